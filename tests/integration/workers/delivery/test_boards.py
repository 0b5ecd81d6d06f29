"""A channel's board: one message that lists what runs, kept fresh without notifying anybody."""

import re
from datetime import timedelta

import msgspec
import pytest

from odps_bot.commands import find_command
from odps_bot.errors import CommandError
from odps_bot.input.request import Request
from odps_bot.runs import Change, RunState
from workers.runtime.reconciler import reconcile_once

CHANNEL, OTHER, ALICE, BOB, TEAM = "C0DATAENG1", "C0GENERAL1", "U0ALICE", "U0BOB", "T0SANDBOX1"


@pytest.fixture
def begin(world, make_run, create):
    """Return a function that stores a running run, as if a worker had submitted it."""

    def begin(name, *, channel_id=CHANNEL, **facts):
        now = world.clock()
        run = make_run(
            run_id=f"{name:0>24}",
            name=name,
            state=RunState.RUNNING,
            team_id=TEAM,
            channel_id=channel_id,
            user_id=ALICE,
            sql=f"select {name} from orders",
            requested_at=now,
            started_at=now,
            polled_at=now,
            card_ts="1.000001",
            **facts,
        )
        return create(world.services.stores.runs, run, overdue_in=timedelta(hours=1))

    return begin


def end(world, run, state=RunState.SUCCEEDED):
    now = world.clock()
    change = Change(run=msgspec.structs.replace(run, state=state, ended_at=now))
    world.services.stores.runs.apply(run.run_id, lambda _: change)


def request(world, text, *, user_id=ALICE, channel_id=CHANNEL):
    world.asked += 1
    command, rest = find_command(text)
    asked = Request(
        team_id=TEAM,
        channel_id=channel_id,
        user_id=user_id,
        trigger_id=f"{world.asked}.{id(world)}",
        response_url=f"{world.slack.url}/nowhere",
        text=rest,
    )
    return command.answer(asked, world.services)


def go_on(world, seconds=0.0, step=5.0):
    """Let time pass: the reconciler and the delivery of a worker have their turns."""
    redis = world.services.redis
    left = seconds
    while True:
        redis.delete("odps-bot:pulse", *redis.scan_iter("odps-bot:edited:*"))
        reconcile_once(world.services)
        world.make_all_due()
        world.deliver()
        if left <= 0:
            return
        world.clock.push(seconds=min(step, left))
        left -= step


def boards(world, channel_id=CHANNEL):
    """Return the messages of the bot that are or were a board."""
    messages = world.slack.messages(channel_id, include_ephemeral=False)
    return [m for m in messages if re.search("board|Active runs|Nothing is running", m["text"])]


def updates(world):
    return [c for c in world.slack.traffic() if c.get("method") == "chat.update"]


def the_board(world):
    (found,) = boards(world)
    return found["text"]


def find(world, channel_id=CHANNEL):
    return world.services.stores.boards.find(TEAM, channel_id)


def test_a_board_lists_what_runs_in_its_channel(world, begin):
    begin("r1")
    begin("r2", channel_id=OTHER)
    assert request(world, "board") is None
    go_on(world)
    go_on(world, 3)

    shown = the_board(world)
    assert "*Active runs* · 1 · as of <!date^" in shown
    assert "r1" in shown
    assert "*r2*" not in shown
    assert "`select r1 from orders`" in shown
    assert f"<@{ALICE}>" in shown


def test_a_board_notifies_nobody(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world)
    posts = [c for c in world.slack.traffic() if c.get("method") == "chat.postMessage"]

    assert posts
    assert all("<@" not in str(call) for call in posts)


def test_rows_come_and_go_in_the_same_message(world, begin):
    first = begin("r1")
    request(world, "board")
    go_on(world, 20)
    (before,) = boards(world)
    begin("r2")
    go_on(world, 30)
    assert "· 2 · as of" in the_board(world)
    end(world, first)
    go_on(world, 30)

    (after,) = boards(world)
    assert after["ts"] == before["ts"]
    assert "*r1*" not in after["text"]
    assert "*r2*" in after["text"]


def test_a_board_is_updated_every_15_seconds_at_most(world, begin):
    run = begin("r1")
    request(world, "board")
    go_on(world, 20)
    before, since = len(updates(world)), world.clock()
    for percent in range(60):
        changed = msgspec.structs.replace(run, progress_percent=percent, polled_at=world.clock())
        world.services.stores.runs.apply(run.run_id, lambda _, changed=changed: Change(run=changed))
        go_on(world, 1, step=1)

    # The clock goes on by itself as well, on a busy machine for seconds.
    span_s = (world.clock() - since).total_seconds()
    assert 3 <= len(updates(world)) - before <= 1 + span_s / 15


def test_the_time_on_a_board_is_never_older_than_30_seconds_while_something_runs(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world, 20)
    for _ in range(12):
        go_on(world, 5)
        (stamp,) = re.findall(r"as of <!date\^(\d+)", the_board(world))
        assert world.clock().timestamp() - int(stamp) <= 31


def test_where_nothing_runs_the_board_says_so_once(world, begin):
    run = begin("r1")
    request(world, "board")
    go_on(world, 20)
    end(world, run)
    go_on(world, 40)
    said = the_board(world)
    before = len(updates(world))
    go_on(world, 600, step=60)

    assert "*Nothing is running* · as of" in said
    assert "last: *r1* succeeded" in said
    assert len(updates(world)) == before


def test_a_run_that_begins_on_an_idle_board_is_shown_at_its_next_turn(world, begin):
    request(world, "board")
    go_on(world, 200, step=20)
    begin("r1")
    go_on(world, 20)

    assert "*Active runs* · 1" in the_board(world)


def test_a_board_ends_when_nothing_has_run_for_a_day(world):
    request(world, "board")
    go_on(world, 10)
    world.clock.push(days=1)
    go_on(world, 20)

    assert "has ended" in the_board(world)
    assert "nothing has run here for a day" in the_board(world)
    assert find(world) is None
    assert not world.services.stores.boards.has_any()


def test_a_board_that_is_asked_for_again_is_pointed_to(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    again = request(world, "board", user_id=BOB)
    go_on(world, 5)

    assert len(boards(world)) == 1
    assert "|the board>" in again.text
    labels = [button["text"]["text"] for button in again.blocks[-1]["elements"]]
    assert labels == ["Move it to the bottom", "End it"]


def test_a_moved_board_leaves_a_link_behind(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    request(world, "board move")
    go_on(world, 10)
    former, current = boards(world)

    assert "This board has moved: <" in former["text"]
    assert "*Active runs* · 1" in current["text"]
    assert find(world).ts == current["ts"]


def test_a_board_of_a_project_hides_sql_of_other_channels(world, begin):
    begin("r1")
    begin("r2", channel_id=OTHER)
    request(world, "board project sandbox")
    go_on(world, 5)
    shown = the_board(world)

    assert "*Active runs in `sandbox`* · 2" in shown
    assert "`select r1 from orders`" in shown
    assert "*r2*" in shown
    assert "select r2" not in shown


def test_a_board_that_is_ended_says_by_whom(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    request(world, "board off", user_id=BOB)
    go_on(world, 5)

    assert f"<@{BOB}> ended this board" in the_board(world)
    assert find(world) is None
    with pytest.raises(CommandError, match="no board"):
        request(world, "board off")


def test_a_former_message_says_that_the_board_has_ended_although_the_newer_one_was_deleted(
    world, begin
):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    (former,) = boards(world)
    facts = {"ts": "1.000009", "former_ts": former["ts"]}
    world.services.stores.boards.change(
        TEAM, CHANNEL, lambda board: msgspec.structs.replace(board, **facts)
    )
    request(world, "board off", user_id=BOB)
    go_on(world, 5)

    assert f"<@{BOB}> ended this board" in the_board(world)


def test_who_has_ended_a_board_is_in_the_audit_trail(world):
    request(world, "board")
    go_on(world, 5)
    request(world, "board off", user_id=BOB)
    go_on(world, 5)
    lines = [line for line in world.services.stores.audit.read() if line.what == "board"]

    assert [(line.outcome, line.user_id) for line in lines if line.outcome == "ended"] == [
        ("ended", BOB)
    ]


def test_a_deleted_board_is_posted_anew_once(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    (first,) = boards(world)
    world.slack.delete(BOB, CHANNEL, first["ts"], as_admin=True)
    go_on(world, 60)
    (second,) = boards(world)
    assert second["ts"] != first["ts"]
    world.slack.delete(BOB, CHANNEL, second["ts"], as_admin=True)
    go_on(world, 60)

    assert boards(world) == []
    assert find(world) is None


@pytest.mark.parametrize("how", ["archived", "without the bot"])
def test_a_board_outlives_a_channel_that_is_closed_for_a_while(world, begin, how):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    if how == "archived":
        world.slack.archive(CHANNEL)
    else:
        world.slack.faults.add(
            method="chat.update", kind="error", code="not_in_channel", times=None
        )
    go_on(world, 40)
    closed = find(world)
    assert closed.closed_since is not None
    assert closed.active == 0

    if how == "archived":
        world.slack.archive(CHANNEL, archived=False)
    else:
        world.slack.faults.clear()
    world.clock.push(hours=2)
    world.services.redis.delete(f"odps-bot:closed-channel:{CHANNEL}")
    go_on(world, 40)

    assert find(world).closed_since is None
    assert "*Active runs* · 1" in the_board(world)


def test_a_board_whose_channel_stays_closed_is_forgotten_after_a_fortnight(world, begin):
    begin("r1")
    request(world, "board")
    go_on(world, 5)
    world.slack.archive(CHANNEL)
    go_on(world, 40)
    world.clock.push(days=14)
    go_on(world, 5)

    assert find(world) is None


def test_a_board_in_a_channel_without_the_bot_is_refused_in_words(world):
    world.slack.kick(CHANNEL)
    interaction = world.say("board")
    go_on(world)

    (said, *_) = world.services.stores.ephemeral_replies.answer(interaction)
    assert "/invite @odps" in said.text
    assert "No board was posted." in said.text
    assert find(world) is None


def test_a_board_is_not_moved_by_a_button_of_a_former_one(world):
    request(world, "board")
    go_on(world, 5)
    from odps_bot.commands.board import move_board  # noqa: PLC0415

    asked = Request(team_id=TEAM, channel_id=CHANNEL, user_id=ALICE, trigger_id="1.1")
    with pytest.raises(CommandError, match="changed since"):
        move_board("another", asked, world.services)


def test_a_board_says_how_many_runs_it_has_no_room_for(world, begin):
    for number in range(1, 28):
        begin(f"r{number}")
    request(world, "board")
    go_on(world, 5)
    (shown,) = boards(world)

    assert "*Active runs* · 27 · as of" in shown["text"]
    assert "and 7 more (`/odps list`)" in str(shown["blocks"])
    assert len(shown["text"]) <= 4_000
