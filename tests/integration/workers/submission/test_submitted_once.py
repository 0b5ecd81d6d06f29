"""A run has one execution, whatever happens on the way."""

import contextlib

import pytest

from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import http_error, reset_after, reset_before, truncated_xml
from odps_bot.sql.classification import classifier


def test_submitting_twice_makes_one_instance(world):
    run = world.ask("run select 1")
    world.submit(run)
    world.submit(run)

    assert world.executions(run) == 1


def test_a_submission_cuts_the_text_to_judge_it_and_to_send_it(world, cuts):
    run = world.ask("run set odps.sql.allow.fullscan=true; select 'cut twice'")
    classifier._classify.cache_clear()  # as in a process of its own
    cuts.clear()
    world.submit(run)

    assert cuts == [run.sql] * 2


def test_priority_and_settings_go_with_it_and_those_of_the_options_win(world):
    run = world.submit(
        world.ask("run --priority 3 --hint a.b=2 --hint c.d=4 set a.b=1; set e.f=5; select 1")
    )

    source = world.services.maxcompute.default.get_instance(run.instance_id).get_source()
    assert source.priority == 3
    assert source.tasks[0].settings.items() >= {"a.b": "2", "c.d": "4", "e.f": "5"}.items()


def test_a_repeated_delivery_of_the_command_is_the_same_run(world):
    first = world.ask("run select 1")
    world.asked -= 1
    again = world.ask("run select 1")

    assert again == first


def test_an_answer_that_was_lost_is_found_by_its_guid(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask("run select 1"))
    assert run.state is RunState.SUBMITTING

    world.clock.push(seconds=15)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1
    assert world.maxcompute.instances()[0].id == run.instance_id


def test_a_look_up_that_cannot_be_read_is_repeated(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    world.maxcompute.faults.add(truncated_xml(), operation="list", times=1)
    run = world.submit(world.ask("run select 1"))
    world.clock.push(seconds=15)
    run = world.submit(run)
    assert run.state is RunState.SUBMITTING

    world.clock.push(seconds=15)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1


def test_what_never_arrived_is_sent_again(world):
    world.maxcompute.faults.add(reset_before(), operation="submit", times=1)
    run = world.submit(world.ask("run select 1"))

    world.clock.push(seconds=15)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1


def test_a_worker_that_died_while_submitting_is_replaced_after_its_lease(world, monkeypatch):
    run = world.ask("run select 1")
    with monkeypatch.context() as dying:
        dying.setattr("workers.submission.submit._submitted", _die)
        with contextlib.suppress(SystemExit):
            world.submit(run)
    assert world.run(run.run_id).state is RunState.SUBMITTING

    world.submit(run)
    assert world.run(run.run_id).instance_id is None
    world.clock.push(seconds=100)
    run = world.submit(run)

    assert run.state is RunState.RUNNING
    assert world.executions(run) == 1


def test_when_nobody_can_tell_the_requester_is_asked(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    world.maxcompute.faults.add(
        http_error(403, "<Error><Code>NoPermission</Code><Message>no listing</Message></Error>"),
        operation="list",
        times=9,
    )
    run = world.submit(world.ask("run select 1"))
    world.clock.push(seconds=15)
    run = world.submit(run)
    world.deliver()

    assert run.state is RunState.UNKNOWN
    assert "didn't send it again" in str(world.replies(run))
    assert world.executions(run) == 1


def test_a_stop_while_submitting_stops_what_comes_of_it(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask("run set sandbox.stuck=true; select 1"))
    world.ask_stop(run)
    world.clock.push(seconds=15)
    run = world.finish(run)

    assert run.state is RunState.CANCELLED
    assert run.stop_requested_by == "U0ALICE"


def test_a_stop_before_submitting_submits_nothing(world):
    run = world.ask("run select 1")
    world.ask_stop(run)
    run = world.submit(run)
    world.deliver()

    assert run.state is RunState.CANCELLED
    assert world.maxcompute.instances() == []


def test_a_run_waits_while_maxcompute_is_out_of_reach(world):
    world.maxcompute.stop()
    run = world.ask("run select 1")
    for _ in range(5):
        run = world.submit(run)
        world.clock.push(seconds=5)
    world.deliver()

    assert run.state is RunState.QUEUED
    assert "Waiting for MaxCompute since" in card(world, run)

    world.clock.push(hours=25)
    run = world.submit(run)
    world.deliver()

    assert run.state is RunState.REFUSED
    assert any(
        "Nothing was submitted" in m["text"] + str(m.get("blocks"))
        for m in world.slack.messages("C0DATAENG1")
    )


def card(world, run):
    (found,) = [m for m in world.slack.messages("C0DATAENG1") if m["ts"] == run.card_ts]
    return str(found)


def _die(*_arguments, **_names):
    raise SystemExit


@pytest.mark.parametrize(
    "typed",
    [
        "run insert into customers select * from customers",
        "run --hint odps.sql.session.resources=a.jar select 1",
    ],
)
def test_a_write_that_is_not_found_is_never_sent_again(world, typed):
    world.maxcompute.faults.add(reset_before(), operation="submit", times=1)
    run = world.submit(world.ask(typed))
    for _ in range(10):
        world.clock.push(seconds=15)
        run = world.submit(run)
    world.deliver()

    assert run.state is RunState.UNKNOWN
    assert world.executions(run) == 0
    assert "didn't send it again" in str(world.replies(run))


def test_a_write_that_is_found_goes_on(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask("run create table found_again as select 1 as n"))
    world.clock.push(seconds=15)

    assert world.submit(run).state is RunState.RUNNING
    assert world.executions(run) == 1
