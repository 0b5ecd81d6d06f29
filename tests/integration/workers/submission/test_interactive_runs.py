"""Runs that are to be interactive: they are, or they are ordinary jobs exactly once."""

import dataclasses
from datetime import timedelta

import pytest

from odps_bot.config.rules import Project, Role, Rules
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import (
    http_error,
    refuse,
    reset_after,
    reset_before,
    throttle,
)

COUNT = "select count(*) from customers"


def card(world, run):
    world.deliver()
    (found,) = [m for m in world.slack.messages("C0DATAENG1") if m["ts"] == run.card_ts]
    return str(found)


def submissions(world):
    return [
        (request.path.startswith("/api/mcqa/"), request.http_status)
        for request in world.maxcompute.requests()
        if request.operation == "submit"
    ]


def with_rules(world, **project):
    rules = Rules(default_role=Role.ADMIN, default_project=Project(**project))
    world.services = dataclasses.replace(world.services, rules=rules)


def ended(world, run):
    for _ in range(200):
        run = world.look(run)
        if run.is_final:
            return run
        world.clock.push(seconds=2)
    raise AssertionError(run.state)


def test_a_run_is_interactive_and_its_card_says_so(world):
    run = world.submit(world.ask(f"run --interactive {COUNT}"))

    assert run.instance_id.endswith("_mcqa")
    assert submissions(world) == [(True, 201)]
    run = ended(world, run)
    assert run.state is RunState.SUCCEEDED
    assert run.table.rows[0][0].isdigit()
    assert "· interactive" in card(world, run)
    assert world.executions(run) == 1


def test_a_run_is_an_ordinary_job_unless_somebody_says_otherwise(world):
    run = world.submit(world.ask(f"run {COUNT}"))

    assert not run.instance_id.endswith("_mcqa")
    assert submissions(world) == [(False, 201)]
    assert "nteractive" not in card(world, ended(world, run))


@pytest.mark.parametrize("interactive", [True, "interactive"])
def test_the_rules_make_the_runs_of_a_project_interactive(world, interactive):
    with_rules(world, interactive=interactive, quota="batch")
    run = world.submit(world.ask(f"run {COUNT}"))
    other = world.submit(world.ask("run --no-interactive select 2"))

    assert run.instance_id.endswith("_mcqa")
    assert not other.instance_id.endswith("_mcqa")
    sent = [r.body for r in world.maxcompute.requests() if r.operation == "submit"]
    assert ["batch" in str(body) for body in sent] == [False, True]


@pytest.mark.parametrize(
    ("planned", "words"),
    [
        ("full", "Ordinary job instead of interactive: the interactive quota is full"),
        ("absent", "Ordinary job instead of interactive: there is no such interactive quota"),
        ("unsupported", "Ordinary job instead of interactive: MaxQA doesn't support this"),
        ("upgrading", "Ordinary job instead of interactive: MaxQA isn't available right now"),
    ],
)
def test_a_refusal_makes_it_an_ordinary_job_once(world, planned, words):
    run = world.submit(
        world.ask(
            f"run --interactive set sandbox.interactive={planned};\ninsert into customers"
            " select * from customers where 1 = 0"
        )
    )

    assert submissions(world)[-1] == (False, 201)
    assert [status for _, status in submissions(world)].count(201) == 1
    assert world.executions(run) == 1
    assert words in card(world, ended(world, run))


def test_an_unknown_refusal_is_a_reason_to_fall_back_and_is_quoted(world):
    world.maxcompute.faults.add(
        refuse(400, "ODPS-0420888", "ODPS-0420888: not on a Tuesday"), operation="submit"
    )
    run = world.submit(world.ask(f"run --interactive {COUNT}"))

    assert submissions(world) == [(True, 400), (False, 201)]
    assert "Ordinary job instead of interactive: ODPS-0420888: not on a Tuesday" in card(
        world, ended(world, run)
    )


def test_what_an_ordinary_job_could_not_do_either_is_not_tried_again(world):
    world.maxcompute.faults.add(
        refuse(400, "ParseError", "ODPS-0130161: Parse exception"), operation="submit"
    )
    run = world.submit(world.ask(f"run --interactive {COUNT}"))

    assert submissions(world) == [(True, 400)]
    assert run.state is RunState.REFUSED


def test_a_quota_that_does_not_exist_is_said(world):
    run = world.submit(world.ask(f"run --interactive --quota nowhere {COUNT}"))

    assert submissions(world) == [(False, 201)]
    assert "there is no such interactive quota" in card(world, ended(world, run))


def test_a_typed_interactive_quota_is_not_sent_with_the_ordinary_job(world):
    with_rules(world, quota="batch")
    world.submit(
        world.ask("run --interactive --quota interactive set sandbox.interactive=full; select 1")
    )

    interactive, ordinary = [
        str(r.body) for r in world.maxcompute.requests() if r.operation == "submit"
    ]
    assert '"odps.task.wlm.quota": "interactive"' in interactive
    assert '"odps.task.wlm.quota": "batch"' in ordinary


def test_a_broken_quota_service_is_no_reason_to_run_nothing(world):
    world.maxcompute.faults.add(http_error(503), operation="connection", times=20)
    run = world.submit(world.ask(f"run --interactive {COUNT}"))

    assert submissions(world) == [(False, 201)]
    assert run.fallback is not None


@pytest.mark.parametrize("text", [COUNT, "insert into customers select * from customers limit 0"])
def test_a_lost_response_is_looked_up_by_its_guid(world, text):
    world.maxcompute.faults.add(reset_after(), operation="submit")
    run = world.submit(world.ask(f"run --interactive {text}"))
    assert run.state is RunState.SUBMITTING

    world.clock.push(seconds=11)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert run.instance_id.endswith("_mcqa")
    assert world.executions(run) == 1
    assert "· interactive" in card(world, ended(world, run))


def test_what_may_have_arrived_is_looked_for_after_a_fallback_too(world):
    def is_interactive(_, path):
        return "/mcqa/" in path

    # The first POST is lost on its way, the second one is refused, and so is the ordinary job.
    faults = world.maxcompute.faults
    faults.add(reset_before(), when=is_interactive, operation="submit")
    faults.add(refuse(400, "ODPS-1830001", "full"), when=is_interactive, operation="submit")
    faults.add(
        throttle(timedelta(seconds=1)),
        when=lambda *about: not is_interactive(*about),
        operation="submit",
    )
    run = world.submit(world.ask(f"run --interactive {COUNT}"))
    world.clock.push(seconds=11)
    run = world.submit(run)
    assert (run.state, run.fallback.reason) == (RunState.SUBMITTING, "busy")
    # Now the first one arrives.
    world.services.maxcompute.default.run_sql_interactive(COUNT, guid=run.run_id)

    world.clock.push(seconds=6)
    sent = submissions(world)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert submissions(world) == sent
    assert world.executions(run) == 1
    assert run.fallback is None
    assert "· interactive" in card(world, ended(world, run))


def test_a_worker_that_dies_after_the_refusal_leaves_an_ordinary_job(world):
    run = world.ask("run --interactive set sandbox.interactive=full; " + COUNT)
    world.maxcompute.faults.add(
        throttle(timedelta(seconds=1)),
        when=lambda _, path: "/mcqa/" not in path,
        operation="submit",
    )
    run = world.submit(run)
    assert (run.state, run.fallback.reason) == (RunState.QUEUED, "busy")

    world.clock.push(seconds=6)
    run = world.submit(run)

    assert submissions(world) == [(True, 400), (False, 429), (False, 201)]
    assert world.executions(run) == 1


@pytest.mark.parametrize("text", ["alter table customers merge smallfiles"])
def test_what_no_interactive_quota_takes_is_not_sent_there(world, text):
    with_rules(world, interactive=True)
    run = world.submit(world.ask(f"run {text}"))

    assert submissions(world) == [(False, 201)]
    assert "MaxQA takes only queries, DML and DDL" in card(world, ended(world, run))


def test_a_statement_that_turns_it_off_itself_is_an_ordinary_job(world):
    run = world.submit(world.ask(f"run --interactive set odps.mcqa.disable=true; {COUNT}"))

    assert submissions(world) == [(False, 201)]
    assert "the statement sets `odps.mcqa.disable`" in card(world, ended(world, run))


def test_an_interactive_run_can_be_stopped(world):
    run = world.submit(world.ask("run --interactive set sandbox.duration=600; select 1"))
    world.look(run)
    world.ask_stop(run)

    assert ended(world, run).state is RunState.CANCELLED


def test_an_interactive_instance_of_somebody_else_is_followed(world):
    elsewhere = world.services.maxcompute.default.run_sql_interactive(
        "select 1", hints={"sandbox.duration": "30"}
    )
    run = world.submit(world.ask(f"watch {elsewhere.id}"))
    run = world.look(run)

    assert run.state is RunState.RUNNING
    assert "· interactive" in card(world, run)
    assert "Ordinary job" not in card(world, run)


def test_the_audit_trail_knows_both(world):
    ended(world, world.submit(world.ask(f"run --interactive {COUNT}")))
    ended(
        world, world.submit(world.ask("run --interactive set sandbox.interactive=full; select 1"))
    )

    lines = str(world.services.redis.xrange("odps-bot:audit"))
    assert "interactive; " in lines or '"interactive"' in lines
    assert "not interactive: busy: " in lines
