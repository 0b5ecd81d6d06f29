"""`/odps status` of an instance that was not started from Slack, and following it from there."""

import pytest

from odps_bot.commands.watch import watch_instance
from odps_bot.errors import CommandError
from odps_bot.input.request import Request, Surface
from odps_bot.runs import RunState
from workers.queries.answer_due import answer_due

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"


def click(trigger):
    return Request(
        team_id=TEAM,
        channel_id=CHANNEL,
        user_id=ALICE,
        trigger_id=trigger,
        surface=Surface.ACTION,
        answers_question=True,
    )


def test_a_foreign_instance_is_told_with_owner_time_and_progress(world, somebody_else):
    foreign = somebody_else.run_sql("set sandbox.duration=600; select count(*) from customers")
    world.wait_until_running(1)

    said = world.inquire(f"status {foreign.id}")[0].text

    assert "running" in said
    assert "other@example.com" in said
    assert " elapsed" in said
    assert "It was not started from Slack" in said
    assert f"/odps watch --project sandbox {foreign.id}" in said


def test_an_inquiry_leaves_one_audit_line_once_its_answer_is_sent(world, somebody_else):
    foreign = somebody_else.run_sql("select 1")
    interaction_id = world.say(f"status {foreign.id}")
    answer_due(world.services)
    assert not any(line.kind == "notification" for line in world.services.stores.audit.read())
    world.deliver()

    lines = [line for line in world.services.stores.audit.read() if line.kind == "notification"]
    assert [(line.what, line.run_id) for line in lines] == [("ephemeral", interaction_id)]


def test_a_waiting_instance_is_told_with_its_place(world, somebody_else):
    foreign = somebody_else.run_sql("set sandbox.queue=600; select 1")

    assert "*queued* · 1st in the queue" in world.inquire(f"status {foreign.id}")[0].text


@pytest.mark.parametrize(
    ("sql", "end"),
    [("select 1", "succeeded"), ("select * from no_such_table", "failed")],
)
def test_an_ended_instance_is_told_with_its_end_and_is_not_offered_to_follow(
    world, somebody_else, sql, end
):
    foreign = somebody_else.run_sql(sql)
    foreign.wait_for_completion()

    message = world.inquire(f"status {foreign.id}")[0]

    assert f"*{end}* · after" in message.text
    assert "watch" not in str(message.blocks)


def test_the_button_follows_it_once(world, somebody_else):
    foreign = somebody_else.run_sql("select 1 as one")
    buttons = world.inquire(f"status {foreign.id}")[0].blocks[1]["elements"]
    values = [b["value"] for b in buttons if b["action_id"] == "watch_instance"] or [
        f"sandbox {foreign.id}"
    ]
    for n in range(2):
        watch_instance(values[0], click(f"{n}"), world.services)
    world.deliver()  # it is a run once MaxCompute knows the instance
    [run] = world.services.stores.runs.recent(TEAM, CHANNEL, limit=10)
    ended = world.finish(run)

    assert ended.state is RunState.SUCCEEDED
    assert ended.is_foreign
    assert ended.sql == "select 1 as one;"


@pytest.mark.parametrize("value", ["", "sandbox", "sandbox r1", "elsewhere 20261122093000123gabc"])
def test_a_button_that_nobody_made_follows_nothing(world, value):
    with pytest.raises(CommandError):
        watch_instance(value, click("odd"), world.services)

    assert world.services.stores.runs.recent(TEAM, CHANNEL, limit=10) == []
