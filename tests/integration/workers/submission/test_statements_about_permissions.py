"""Statements about permissions are carried out by the authorization, and answered in the thread."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from odps_bot.commands.approve import approve
from odps_bot.config.rules import Money, Project, Role, Rules
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.maxcompute import QueryResult, QueryStatus
from odps_bot.runs import ReasonCode, RunState
from odps_bot.sandbox.maxcompute.faults import http_error, reset_after, reset_before, throttle
from workers.submission.submit import submit

QUERY = "authorization_query"
GRANT = "grant select on table orders to user ALIYUN$other@example.com"


def queries(world):
    return [request for request in world.maxcompute.requests() if request.operation == QUERY]


def text_of(message):
    return f"{message['text']} {message['blocks']}"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("whoami", "Name: ALIYUN$key@example.com"),
        ("list users", "ALIYUN$other@example.com"),
        ("list roles;", "super_administrator"),
        ("show grants for user ALIYUN$other@example.com", "Authorization Type: ACL"),
        ("show securityconfiguration", "ProjectProtection=false"),
        ("get policy", "Version"),
    ],
)
def test_what_only_asks_is_answered_in_the_thread(world, statement, said):
    run = world.finish(world.ask(f"run {statement}"))

    assert run.state is RunState.SUCCEEDED
    assert run.statement_class == "read"
    assert run.instance_id is None
    assert world.maxcompute.instances() == []
    (reply,) = world.replies(run)
    assert said in text_of(reply)


def test_a_change_of_permissions_is_carried_out_and_seen_afterwards(world):
    changed = world.finish(world.ask(f"run {GRANT}"))
    shown = world.finish(world.ask("run show grants for user ALIYUN$other@example.com"))

    assert (changed.state, changed.statement_class) == (RunState.SUCCEEDED, "admin")
    assert changed.result_text is None
    assert "A       projects/sandbox/tables/orders: Select" in (shown.result_text or "")
    assert len(queries(world)) == 2


def test_users_roles_and_packages_are_kept_in_the_project(world):
    for statement in (
        "create role analysts",
        "add user RAM$p:alice",
        "grant analysts to RAM$p:alice",
        "grant describe, select on table orders to role analysts",
        "create package x",
        "add table orders to package x",
    ):
        assert world.submit(world.ask(f"run {statement}")).state is RunState.SUCCEEDED
        world.make_all_due()

    described = world.submit(world.ask("run desc role analysts"))
    package = world.submit(world.ask("run desc package sandbox.x"))
    assert (described.result_text or "").splitlines() == [
        "[users]",
        "RAM$p:alice",
        "",
        "Authorization Type: ACL",
        "A       projects/sandbox/tables/orders: Describe | Select",
    ]
    assert "projects/sandbox/tables/orders" in (package.result_text or "")


def test_settings_go_with_a_statement_about_permissions_and_the_text_without_comments(world):
    world.finish(world.ask("run --hint a.b=1 set c.d=2; -- who am I?\nwhoami /* really */ ;"))

    (request,) = queries(world)
    assert b"<Query>whoami</Query>" in request.body
    assert b'{"c.d": "2", "a.b": "1"}' in request.body


def test_what_maxcompute_refuses_is_a_failure_with_its_words_and_an_explanation(world):
    run = world.finish(world.ask("run grant nobody to ALIYUN$other@example.com"))

    assert run.state is RunState.FAILED
    (reply,) = world.replies(run)
    said = text_of(reply)
    assert "The specified role 'nobody' does not exist" in said
    assert "logview" not in said


def test_what_maxcompute_says_is_shown_as_it_is_and_without_secrets(world, monkeypatch):
    hostile = "<!channel> *bold* `x` <@U0ALICE> & xoxb-12345-67890-abcdefghijklmnop"
    monkeypatch.setattr(
        "odps_bot.maxcompute.authorization.Authorization.run",
        lambda *_, before_sending, **__: (
            before_sending(),
            QueryResult(status=QueryStatus.TERMINATED, text=hostile),
        )[1],
    )
    run = world.finish(world.ask("run list users"))

    (reply,) = world.replies(run)
    assert "<!channel>" not in reply["text"]
    assert "&lt;!channel&gt;" in reply["text"]
    assert "xoxb-12345" not in text_of(reply)
    assert "xoxb-12345" not in (run.result_text or "")


def test_of_a_long_answer_the_beginning_is_shown_and_said_so(world):
    for number in range(150):
        name = f"RAM$company_account:user_with_a_long_name_{number:03}"
        world.services.maxcompute.default.authorization.run(f"add user {name}")
    run = world.finish(world.ask("run list users"))

    (reply,) = world.replies(run)
    assert "user_with_a_long_name_000" in text_of(reply)
    assert "Only the beginning of it is shown here." in text_of(reply)


def test_whoami_shows_no_more_than_odpscmd_does(world, monkeypatch):
    answer = '{"DisplayName": "ALIYUN$a", "ID": "1", "AccessKey": "k", "SourceIP": "10.0.0.1"}'
    monkeypatch.setattr(
        "odps_bot.maxcompute.authorization.Authorization.run",
        lambda *_, **__: QueryResult(status=QueryStatus.TERMINATED, text=answer),
    )
    run = world.finish(world.ask("run WhoAmI"))

    assert run.result_text == "Name: ALIYUN$a\nSource IP: 10.0.0.1"


def test_a_change_whose_answer_was_lost_is_not_known_and_never_sent_again(world):
    world.maxcompute.faults.add(reset_after(), operation=QUERY, times=1)
    run = world.finish(world.ask(f"run {GRANT}"))

    assert run.state is RunState.UNKNOWN
    assert run.outcome.reason is ReasonCode.CHANGE_UNKNOWN
    assert len(queries(world)) == 1
    (reply,) = world.replies(run)
    assert "I didn't send it again" in text_of(reply)


def test_of_two_changes_that_an_earlier_version_took_at_once_none_is_sent(world):
    run = world.ask(f"run {GRANT}")
    world.services.stores.runs.note(run.run_id, sql=f"{GRANT}; revoke analysts from RAM$p:a;")
    run = world.submit(run)

    assert (run.state, run.outcome.reason) == (RunState.REFUSED, ReasonCode.CLIENT_COMMAND)
    assert queries(world) == []


@pytest.mark.parametrize("fault", [http_error(502), http_error(200), reset_before()])
def test_a_change_that_may_have_arrived_is_not_sent_again(world, fault):
    world.maxcompute.faults.add(fault, operation=QUERY, times=1)
    run = world.submit(world.ask(f"run {GRANT}"))

    assert run.state is RunState.UNKNOWN
    assert len(queries(world)) == 1


def test_a_question_whose_answer_was_lost_is_asked_again(world):
    world.maxcompute.faults.add(reset_after(), operation=QUERY, times=1)
    run = world.submit(world.ask("run list users"))

    assert run.state is RunState.SUCCEEDED
    assert len(queries(world)) == 2


def test_a_change_that_maxcompute_has_no_time_for_waits_and_is_sent_later(world):
    world.maxcompute.faults.add(throttle(timedelta(seconds=2)), operation=QUERY, times=1)
    run = world.submit(world.ask(f"run {GRANT}"))
    assert run.state is RunState.QUEUED

    world.clock.push(seconds=10)
    assert world.submit(run).state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("statement", "state", "times"),
    [(GRANT, RunState.UNKNOWN, 1), ("list users", RunState.SUCCEEDED, 2)],
)
def test_what_a_killed_worker_has_sent_is_repeated_only_if_it_asks(
    world, monkeypatch, statement, state, times
):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    run = world.ask(f"run {statement}")
    with monkeypatch.context() as patched:
        patched.setattr("workers.submission.authorization._record", die)
        with pytest.raises(Killed):
            submit(run.run_id, world.services)
    assert world.run(run.run_id).state is RunState.SUBMITTING

    world.clock.push(seconds=100)
    assert world.submit(run).state is state
    assert len(queries(world)) == times


def test_what_a_killed_worker_has_not_sent_is_sent_by_the_next_one(world, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    run = world.ask(f"run {GRANT}")
    with monkeypatch.context() as patched:
        patched.setattr("workers.submission.authorization._send", die)
        with pytest.raises(Killed):
            submit(run.run_id, world.services)

    world.clock.push(seconds=100)
    assert world.submit(run).state is RunState.SUCCEEDED
    assert len(queries(world)) == 1


def ask_to_install(world):
    readable = {"sandbox": Project(reads_from=("p",))}
    rules = msgspec.structs.replace(world.services.rules, projects=readable)
    world.services = replace(world.services, rules=rules)
    return world.ask("run install package p.x")


def test_installing_a_package_is_asked_about_until_it_is_done(world):
    run = world.submit(ask_to_install(world))
    assert run.state is RunState.SUBMITTING
    with pytest.raises(CommandError, match="no way to stop"):
        world.ask_stop(run)

    for _ in range(2):
        world.clock.push(seconds=5)
        run = world.submit(run)

    assert run.state is RunState.SUCCEEDED
    assert len(queries(world)) == 1


def test_what_takes_long_is_asked_about_the_more_rarely_the_longer_it_takes(world, monkeypatch):
    run = world.submit(ask_to_install(world))
    monkeypatch.setattr(
        "odps_bot.maxcompute.authorization.Authorization.get",
        lambda _, query_id, **__: QueryResult(status=QueryStatus.RUNNING, query_id=query_id),
    )
    pauses = []
    for waited in (timedelta(seconds=5), timedelta(minutes=2), timedelta(hours=2)):
        world.clock.push(seconds=waited.total_seconds())
        run = world.submit(run)
        pauses.append((run.submitting_until - world.clock()).total_seconds())

    assert run.state is RunState.SUBMITTING
    assert pauses == pytest.approx([3, 12.5, 30], abs=2)


def test_a_package_that_is_installed_out_of_reach_is_not_known_at_last(world):
    run = world.submit(ask_to_install(world))
    world.maxcompute.faults.add(http_error(503), operation="authorization_status", times=1_000)
    world.clock.push(seconds=5)
    assert world.submit(run).state is RunState.SUBMITTING

    world.clock.push(hours=100)
    run = world.submit(run)
    assert run.state is RunState.UNKNOWN
    assert len(queries(world)) == 1


def test_a_stop_before_it_is_sent_sends_nothing(world):
    run = world.ask(f"run {GRANT}")
    world.ask_stop(run)

    assert world.submit(run).state is RunState.CANCELLED
    assert queries(world) == []


def test_only_an_admin_changes_permissions_and_runners_may_ask(world):
    world.services = replace(world.services, rules=Rules(default_role=Role.RUNNER))

    with pytest.raises(DeniedError, match="admin"):
        world.ask(f"run {GRANT}")
    assert world.submit(world.ask("run show grants")).state is RunState.SUCCEEDED


def test_a_change_of_permissions_waits_for_its_approval_and_is_carried_out_then(world):
    rules = Rules(default_role=Role.ADMIN, default_project=Project(approve=("admin",)))
    world.services = replace(world.services, rules=rules)
    run = world.submit(world.ask(f"run {GRANT}"))
    world.deliver()
    run = world.run(run.run_id)
    assert run.state is RunState.AWAITING_DECISION
    assert queries(world) == []

    click = Request(
        team_id=run.team_id,
        channel_id=run.channel_id,
        user_id="U0BOB",
        trigger_id="click of U0BOB",
        surface=Surface.ACTION,
    )
    approve(run, run.question.digest, click, world.services)
    assert world.submit(run).state is RunState.SUCCEEDED


def test_nothing_is_estimated_or_reserved_for_permissions(world):
    price = Money(amount=Decimal("0.3"), currency="CNY")
    project = Project(estimates=True, price_per_gb=price, cap=Decimal(5), daily_budget=Decimal(1))
    world.services = replace(
        world.services, rules=Rules(default_role=Role.ADMIN, default_project=project)
    )
    run = world.submit(world.ask(f"run {GRANT}"))

    assert run.state is RunState.SUCCEEDED
    assert run.estimate_id is None
    assert world.maxcompute.instances() == []


def test_the_audit_trail_says_who_changed_which_permissions(world):
    run = world.finish(world.ask(f"run {GRANT}"))

    read = world.services.stores.audit.read()
    lines = [line for line in read if line.run_id == run.run_id and line.kind == "transition"]
    assert [line.what for line in lines] == ["queued", "submitting", "succeeded"]
    assert lines[0].sql == GRANT


def test_a_rerun_of_a_change_asks_first_and_of_a_question_does_not(world):
    changed = world.finish(world.ask(f"run {GRANT}"))
    asked = world.finish(world.ask("run list users"))

    world.say(f"rerun {changed.name}")
    assert len(queries(world)) == 2
    again = world.run(world.say(f"rerun {asked.name}"))
    assert world.submit(again).state is RunState.SUCCEEDED
