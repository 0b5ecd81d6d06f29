"""While network, organization or token keep the app out of Slack, the end of a run waits."""

import pytest

from odps_bot.runs import RunState


@pytest.mark.parametrize(
    "code",
    [
        "team_added_to_org",
        "org_login_required",
        "accesslimited",
        "ekm_access_denied",
        "external_channel_migrating",
        "token_expired",
        "team_access_not_granted",
        "two_factor_setup_required",
        "fatal_error",
        "internal_error",
        "service_unavailable",
        "request_timeout",
    ],
)
def test_the_end_of_a_run_is_told_once_the_app_is_let_in_again(world, code, let_leases_run_out):
    run = world.ask("run select 1 as one")
    world.submit(run)
    world.deliver()
    for method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
        world.slack.faults.add(method=method, kind="error", code=code, times=None)
    run = world.finish(run)
    assert run.state is RunState.SUCCEEDED
    for _ in range(3):
        world.make_all_due()
        world.deliver()
    assert world.replies(run) == []

    world.slack.faults.clear()
    let_leases_run_out()
    for _ in range(3):
        world.make_all_due()
        world.deliver()

    assert len(world.replies(run)) == 1
