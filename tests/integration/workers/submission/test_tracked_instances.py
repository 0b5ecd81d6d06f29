"""Instances that were started elsewhere, or before Redis was emptied, can be followed again."""

import logging
import re
from dataclasses import replace

import pytest

from odps_bot.config.rules import Role, Rules
from odps_bot.errors import CommandError, DeniedError, UsageError
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import Origin, Program, RunState
from odps_bot.sandbox.maxcompute.faults import forbid, http_error, refuse, reset_before
from workers.runtime.reconciler import detect_data_loss


def test_an_instance_started_elsewhere_is_followed_to_its_end(world):
    elsewhere = world.services.maxcompute.default.run_sql("select 41 + 1 as answer")
    run = world.finish(world.ask(f"watch {elsewhere.id}"))

    assert run.state is RunState.SUCCEEDED
    assert run.is_foreign
    assert "select 41 + 1 as answer" in run.sql
    assert "42" in str(world.replies(run))
    assert len(world.maxcompute.instances()) == 1


def test_a_watched_job_has_its_own_times_owner_and_origin(world):
    elsewhere = world.services.maxcompute.default.run_sql(
        "set SKYNET_ID=210000416174; set SKYNET_NODENAME=daily <report>; select 1",
        task_name="console_query_task_1589731320000",
    )
    elsewhere.wait_for_success()
    world.clock.push(minutes=20)
    run = world.finish(world.ask(f"watch {elsewhere.id}"))
    elsewhere.reload()

    assert (run.started_at, run.ended_at) == (elsewhere.start_time, elsewhere.end_time)
    assert run.owner == elsewhere.owner
    assert run.origin == Origin(
        program=Program.DATAWORKS, node="daily <report>", node_id="210000416174"
    )
    card = str([m for m in world.slack.messages("C0DATAENG1") if m["ts"] == run.card_ts])
    assert "Watched by <@U0ALICE>" in card
    assert "DataWorks node `daily &lt;report&gt;`" in card


def test_a_job_whose_owner_and_times_are_refused_is_followed_all_the_same(world):
    elsewhere = world.services.maxcompute.default.run_sql("select 1")
    run = world.ask(f"watch {elsewhere.id}")
    world.maxcompute.faults.add(http_error(403, "no"), operation="status")
    ended = world.finish(run)

    assert (ended.state, ended.is_foreign) == (RunState.SUCCEEDED, True)


def test_of_a_job_that_shows_no_source_everything_is_asked_once(world):
    world.services.stores.owners.since(world.clock())
    elsewhere = world.services.maxcompute.default.run_sql("set sandbox.stuck=true; select 1")
    for operation in ("source", "xsource"):
        world.maxcompute.faults.add(forbid(), operation=operation, times=9)
    asked = world.ask(f"watch {elsewhere.id}")
    world.maxcompute.clear_requests()
    run = world.submit(asked)

    assert (run.state, run.owner) == (RunState.RUNNING, elsewhere.owner or run.owner)
    asked = [request.operation for request in world.maxcompute.requests()]
    assert asked == ["source", "xsource", "status"]


def test_whoever_takes_up_a_job_may_stop_it_only_if_they_may_stop_those_of_others(world):
    elsewhere = world.services.maxcompute.default.run_sql("set sandbox.stuck=true; select 1")
    run = world.submit(world.ask(f"watch {elsewhere.id}"))
    everybody_may, only_reads = world.services, Rules(default_role=Role.RUNNER)

    world.services = replace(everybody_may, rules=only_reads)
    with pytest.raises(DeniedError, match="stop other people's jobs"):
        world.ask_stop(run)
    world.services = everybody_may
    world.ask_stop(run)

    assert world.finish(run).state is RunState.CANCELLED


def test_after_redis_was_emptied_a_run_is_taken_up_again_and_may_be_stopped(world):
    lost = world.submit(world.ask("run set sandbox.stuck=true; select 1"))
    world.services.redis.flushall()
    run = world.submit(world.ask(f"watch {lost.instance_id}"))
    assert not run.is_foreign

    world.ask_stop(run)
    assert world.finish(run).state is RunState.CANCELLED


def test_an_emptied_redis_is_said_loudly(world, caplog):
    memory = detect_data_loss(None, world.services)
    assert detect_data_loss(memory, world.services) == memory
    assert caplog.records == []

    world.services.redis.flushall()
    with caplog.at_level(logging.CRITICAL):
        detect_data_loss(memory, world.services)
    assert "Redis was emptied" in caplog.text


def test_what_is_followed_already_is_not_followed_twice(world):
    run = world.submit(world.ask("run set sandbox.stuck=true; select 1"))
    world.say(f"watch {run.instance_id}")

    assert len(world.services.stores.runs.recent("T0SANDBOX1", "C0DATAENG1", limit=9)) == 1


UNKNOWN = "20260101000000000gabcdefgh"


def test_a_mistyped_id_is_answered_in_one_line_and_uses_up_no_number(world):
    (answer,) = world.inquire(f"watch {UNKNOWN}")
    run = world.ask("run select 1")

    assert answer.text == (
        f":x: No instance `{UNKNOWN}` in `sandbox`. Check the ID, or add `--project`."
    )
    assert run.name == "r1"
    assert [m for m in world.slack.messages("C0DATAENG1") if UNKNOWN in str(m)] == []


def test_answered_twice_one_run_follows_the_instance(world):
    elsewhere = world.services.maxcompute.default.run_sql("set sandbox.stuck=true; select 1")
    asked = world.say(f"watch {elsewhere.id}")
    answers = {world.answer(asked)[0].text for _ in range(2)}

    assert answers == {f":eyes: Following instance `{elsewhere.id}` as run *r1*; see the card."}
    assert world.ask("run select 1").name == "r2"


def test_while_maxcompute_gives_no_answer_the_run_is_accepted_all_the_same(world):
    elsewhere = world.services.maxcompute.default.run_sql("select 1")
    asked = world.say(f"watch {elsewhere.id}")
    world.maxcompute.faults.add(reset_before(), operation="status")
    world.answer(asked)
    run = world.finish(world.run(asked))

    assert (run.name, run.state) == ("r1", RunState.SUCCEEDED)


def test_an_instance_that_is_gone_by_the_time_it_is_followed_is_refused(world):
    elsewhere = world.services.maxcompute.default.run_sql("select 1")
    run = world.ask(f"watch {elsewhere.id}")
    world.maxcompute.faults.add(refuse(404, "NoSuchObject", "gone"), times=9)
    run = world.submit(run)

    assert run.state is RunState.REFUSED
    assert f"No instance {elsewhere.id} in sandbox" in outcome_in_words(run)


def test_without_an_id_the_usage_is_shown(world):
    with pytest.raises(UsageError, match="need an instance ID"):
        world.say("watch")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("r1", "There is no run `r1`."),
        ("2026112212000112", "`2026112212000112` is neither an instance ID nor a Logview link."),
        ("https://example.com", "`https://example.com` is neither an instance ID nor"),
    ],
)
def test_what_is_no_instance_is_explained_in_one_line(world, typed, answer):
    with pytest.raises(CommandError, match=re.escape(answer)) as error:
        world.say(f"watch {typed}")

    assert not isinstance(error.value, UsageError)
    assert "\n" not in str(error.value)
