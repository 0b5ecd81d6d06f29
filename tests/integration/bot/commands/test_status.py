"""`/odps status`: answered from the records."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from redis import ConnectionPool

from odps_bot.commands import find_command
from odps_bot.messages import Message
from odps_bot.runs import RunState, Stage

INSTANCE_ID = "20261122120001123gabcde"

STAGES = (
    Stage(
        name="M1",
        status="RUNNING",
        terminated_workers=42,
        running_workers=58,
        total_workers=100,
        progress_percent=42,
    ),
)

MakePerson = Callable[..., Any]


@pytest.mark.parametrize("command", ["status", "stop"])
def test_however_many_runs_there_are_redis_is_asked_a_few_times(
    alice: Any, person: MakePerson, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for number in range(60):
        (alice if number % 2 else person(user_id="U2")).types(f"run select {number}")
    asked = count()
    get_connection = ConnectionPool.get_connection

    def get_and_count(pool: ConnectionPool, *args: Any, **options: Any) -> Any:
        next(asked)
        return get_connection(pool, *args, **options)

    monkeypatch.setattr(ConnectionPool, "get_connection", get_and_count)
    alice.reads(command)

    assert 0 < next(asked) <= 12


def test_status_without_an_id_lists_mine_and_this_channels(alice: Any, person: MakePerson) -> None:
    alice.types("run select 'mine'")
    person(user_id="U2").types("run select 'of this channel'")
    person(user_id="U2", channel_id="C2").types("run select 'of neither'")

    shown = alice.reads("status")

    assert "select 'mine'" in shown
    assert "select 'of this channel'" in shown
    assert "select 'of neither'" not in shown


def test_status_before_anything_says_how_to_start(alice: Any) -> None:
    assert "`/odps run" in alice.reads("status")


@pytest.mark.parametrize("identifier", ["r1", "R1", "`r1`", '"r1"', INSTANCE_ID])
def test_status_of_a_run_is_its_card(alice: Any, bot: Any, identifier: str) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)

    answer = alice.types(f"status {identifier}")

    assert answer.text.startswith("Queued: run r1 in sandbox")
    assert "odps-bot:inquiry" not in str(bot.redis.keys())


def test_status_of_an_instance_that_is_not_ours_is_asked_for(alice: Any, bot: Any) -> None:
    assert alice.types(f"status {INSTANCE_ID}") is None

    interaction_id = alice.requests[0].interaction_id
    inquiry = bot.services.stores.ephemeral_replies.inquiry(interaction_id)
    # The note waits in the outbox for an answer that comes late.
    [note] = bot.services.stores.ephemeral_replies.answer(interaction_id)
    assert note.text == f":mag: Still asking MaxCompute about `{INSTANCE_ID}` …"
    assert bot.told() == [f"inquiry:{interaction_id}"]
    assert inquiry is not None
    assert (inquiry.wants, inquiry.instance_id, inquiry.project) == (
        "status",
        INSTANCE_ID,
        "sandbox",
    )
    assert (
        bot.services.stores.ephemeral_replies.address(interaction_id).response_url
        == "https://hooks.slack.com/commands/0"
    )


def test_what_goes_on_is_listed_first_however_old_it_is(alice: Any, bot: Any) -> None:
    alice.types("run select 'old and running'")
    bot.bring(bot.newest_run(), RunState.RUNNING, progress_percent=42, stages=STAGES)
    for _ in range(25):
        alice.types("run select 'ended'")
        bot.bring(bot.newest_run(), RunState.FAILED)

    lines = alice.reads("status").splitlines()

    assert lines[0] == "*Your and this channel's recent runs (1 active)*"
    assert "'old and running'" in lines[1]
    assert "42%" in lines[1]
    assert len(lines) == 12


def test_status_in_the_thread_of_a_run_is_its_card(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    run = bot.newest_run()
    bot.services.stores.runs.card_posted(run, "1.1")
    command, rest = find_command("status")

    answer = command.answer(replace(alice.requests[0], text=rest, thread_ts="1.1"), bot.services)

    assert isinstance(answer, Message)
    assert "run r1" in answer.text


def test_what_is_offered_are_the_newest_twenty_runs_ten_by_a_button(alice: Any, bot: Any) -> None:
    for _ in range(30):
        alice.types("run select 'ended'")
        bot.bring(bot.newest_run(), RunState.FAILED)

    answer = alice.types("rerun")

    assert len([block for block in answer.blocks if "accessory" in block]) == 10
    assert "and 10 more" in str(answer.blocks)
