"""Whose a run is, and who may see it."""

from collections.abc import Callable

import pytest

from odps_bot.policy.visibility import is_own, is_their_job, is_visible
from odps_bot.runs import Run

MakeRun = Callable[..., Run]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(("T1", "C1", "U1"), True, id="the requester where it was asked for"),
        pytest.param(("T1", "C2", "U1"), True, id="the requester anywhere else"),
        pytest.param(("T2", "C2", "U1"), True, id="the requester in a colleague's workspace"),
        pytest.param(("T1", "C1", "U2"), True, id="anybody where its card stands"),
        pytest.param(("T1", "C2", "U2"), False, id="others elsewhere"),
        pytest.param(("T2", "C2", "U2"), False, id="others of another team"),
        pytest.param(("T2", "C1", "U2"), False, id="others in a channel of the same id"),
    ],
)
def test_a_run_belongs_to_its_requester_and_to_its_channel(
    make_run: MakeRun, person: tuple[str, str, str], expected: bool
) -> None:
    run = make_run(team_id="T1", channel_id="C1", user_id="U1")
    team_id, channel_id, user_id = person

    answer = is_visible(run, team_id=team_id, channel_id=channel_id, user_id=user_id)

    assert answer is expected


@pytest.mark.parametrize("is_external", [False, True])
def test_whose_a_run_is_depends_on_the_person_not_on_what_slack_said_of_their_workspace(
    make_run: MakeRun, is_external: bool
) -> None:
    run = make_run(is_external=is_external)

    assert is_own(run, user_id="U1")
    assert not is_own(run, user_id="U2")


def test_whoever_takes_up_a_job_does_not_own_it(make_run: MakeRun) -> None:
    taken_up = make_run(tracked_instance_id="20261122120001123gabcde")

    assert is_own(taken_up, user_id="U1")
    assert not is_their_job(taken_up, user_id="U1")
    assert is_their_job(make_run(), user_id="U1")
