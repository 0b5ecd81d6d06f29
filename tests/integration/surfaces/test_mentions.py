"""`@odps …` and direct messages: commands, also in threads, each heard once."""

import copy
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from slack_bolt import BoltRequest

from odps_bot.app import create_app
from odps_bot.commands import run
from odps_bot.listeners.events import mentions
from odps_bot.messages import Message
from odps_bot.sandbox.slack import ACK_TIMEOUT
from odps_bot.store.deduplication import EventDeduplicator
from workers.delivery.deliver import deliver_all

ALICE, BOB, BOT = "U0ALICE", "U0BOB", "U0ODPSBOT"
CHANNEL = "C0DATAENG1"


#: Socket Mode and signed HTTP.
both_ways = pytest.mark.parametrize("delivery", ["socket", "http"])


def direct_messages_of(desk: Any) -> str:
    """Return the channel in which Alice writes to the bot."""
    channels = desk.slack._workspace.channels.values()
    [found] = [c.id for c in channels if c.kind == "im" and set(c.members) == {ALICE, BOT}]
    return str(found)


@pytest.mark.parametrize(
    "said",
    [
        "@odps run select a < 'b'",
        "@odps: run select a < 'b'",
        "<@U0ODPSBOT>  RUN ```select a < ‘b’```",
        "run select a < 'b' @odps",
        "@odps /odps run select a < 'b'",
    ],
)
def test_what_follows_a_mention_is_a_command(desk: Any, said: str) -> None:
    desk.slack.say(ALICE, CHANNEL, said)

    run = desk.wait_for_run("select a < 'b'")
    assert (run.user_id, run.channel_id, run.thread_ts) == (ALICE, CHANNEL, None)


@both_ways
def test_in_a_thread_the_card_goes_into_the_thread(desk: Any) -> None:
    parent = desk.slack.say(BOB, CHANNEL, "shall we?").ts

    desk.slack.say(ALICE, CHANNEL, "@odps run --notify @bob select 1", thread_ts=parent)

    run = desk.wait_for_run("select 1")
    assert (run.thread_ts, run.notify) == (parent, (BOB,))


def test_in_the_thread_of_a_run_a_command_means_that_run(desk: Any) -> None:
    parent = desk.slack.say(BOB, CHANNEL, "@odps run select 1").ts
    run = desk.wait_for_run("select 1")
    desk.services.stores.runs.card_posted(run, parent)

    desk.slack.say(ALICE, CHANNEL, "@odps stop", thread_ts=parent)

    assert "Run *r1* was stopped before it was submitted" in desk.wait_for_answer()


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("@odps", "MaxCompute jobs in Slack"),
        ("@odps help", "MaxCompute jobs in Slack"),
        ("@odps stop mine", "Nothing to stop: no active run matches (your active runs)."),
        ("@odps stop chanel", "Did you mean `channel`?"),
        ("@odps usage weak", "Did you mean `week`?"),
        ("@odps staus", "Did you mean `/odps status`?"),
        ("@odps kill r1", "Did you mean `/odps stop`?"),
        ("@odps select 1", "To run SQL, type `/odps run"),
        ("@odps run", "There is no SQL to run. Nothing was submitted."),
        ("@odps run --notify @nobody select 1", "I don't know who `@nobody` is"),
        ("@odps run select 1; grant r to alice", "Run them one by one."),
        ("@odps hello", ":wave: I run MaxCompute jobs. Try `@odps run select 1`"),
        ("@odps hi there!", ":wave: I run MaxCompute jobs. Try `@odps run select 1`"),
        ("@odps thanks!", ":wave: I run MaxCompute jobs. Try `@odps run select 1`"),
        ("many thanks to @odps !", ":wave: I run MaxCompute jobs."),
    ],
)
def test_whatever_is_said_is_answered_privately(desk: Any, said: str, answered: str) -> None:
    desk.slack.say(ALICE, CHANNEL, said)

    assert answered in desk.wait_for_answer()
    assert desk.runs() == []


@both_ways
def test_in_direct_messages_no_mention_is_needed(desk: Any) -> None:
    place = direct_messages_of(desk)

    desk.slack.say(ALICE, place, "run select 1")

    assert desk.wait_for_run("select 1").channel_id == place
    desk.slack.say(ALICE, place, "good morning")
    assert ":wave: I run MaxCompute jobs. Try `run select 1`" in desk.wait_for_answer()


@pytest.mark.parametrize("said", ["hello", "Hi!", "hey", "ok", "test"])
def test_a_greeting_in_a_direct_message_is_answered_with_how_to_begin(desk: Any, said: str) -> None:
    desk.slack.say(ALICE, direct_messages_of(desk), said)

    assert ":wave: I run MaxCompute jobs. Try `run select 1`" in desk.wait_for_answer()
    assert desk.runs() == []


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("staus", "Did you mean `@odps status`?"),
        ("select 1", "type `@odps run SELECT …`"),
        ("stop r99", "`@odps status` lists"),
        ("run show instances", "To list jobs here, type `@odps list`"),
        ("run wait 2026gabc", "To follow a job here, type `@odps watch 2026gabc`"),
        ("watch", "Usage: `@odps watch"),
        ("help", "`@odps run"),
        ("", "`@odps run SELECT …` runs SQL"),
        ("stop project sandbox", "`@odps list project sandbox` shows them."),
        ("stop", "There are no active runs here"),
    ],
)
def test_hints_in_an_answer_to_a_mention_name_the_mention(desk: Any, said: str, hint: str) -> None:
    desk.slack.say(ALICE, CHANNEL, f"@odps {said}")
    desk.wait_until_heard()
    deliver_all(desk.services)

    [answer] = desk.slack.ephemerals(ALICE)
    assert hint in answer["text"]
    assert "`/odps" not in str(answer)


def test_hints_in_an_answer_to_a_command_name_the_command(desk: Any) -> None:
    answer = desk.slack.say(ALICE, CHANNEL, "/odps staus")

    assert "Did you mean `/odps status`?" in str(answer.ack)


@both_ways
def test_a_file_beside_a_mention_is_what_runs(desk: Any) -> None:
    desk.slack.share_file(ALICE, CHANNEL, "daily.sql", "select 42\n", "@odps run -p analytics")

    run = desk.wait_for_run("select 42")
    assert (run.user_id, run.channel_id, run.project) == (ALICE, CHANNEL, "analytics")


def test_a_file_beside_a_direct_message_is_what_runs(desk: Any) -> None:
    place = direct_messages_of(desk)

    desk.slack.share_file(ALICE, place, "daily.sql", "select 42\n", "run")

    assert desk.wait_for_run("select 42").channel_id == place


@pytest.mark.parametrize(
    ("name", "content", "said", "answered"),
    [
        ("daily.sql", b"select 42", "@odps run select 1", "Keep one of them."),
        ("daily.sql", b"\xff\xfe\x00", "@odps run", "`daily.sql`: The file isn't text"),
        ("<!here>.sql", b"\xff\xfe\x00", "@odps run", "`&lt;!here&gt;.sql`: The file isn't"),
        ("daily.sql", b"-- nothing", "@odps run", "There is no SQL to run."),
        ("photo.png", b"select 42", "@odps run", "There is no SQL to run."),
        ("daily.sql", b"select 42", "@odps", "MaxCompute jobs in Slack"),
    ],
)
def test_a_file_that_cannot_run_is_answered_privately(
    desk: Any, name: str, content: bytes, said: str, answered: str
) -> None:
    desk.slack.share_file(ALICE, CHANNEL, name, content, said)

    assert answered in desk.wait_for_answer()
    assert desk.runs() == []


def test_a_file_with_nothing_beside_it_is_answered_in_direct_messages(desk: Any) -> None:
    desk.slack.share_file(ALICE, direct_messages_of(desk), "photo.png", b"?")

    assert "MaxCompute jobs in Slack" in desk.wait_for_answer()


@both_ways
@pytest.mark.parametrize("ack_timeout", [ACK_TIMEOUT])
def test_an_event_that_is_delivered_again_is_answered_once(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = EventDeduplicator.begin
    begun: list[str] = []

    def begin_and_note(heard: EventDeduplicator, interaction_id: str) -> bool:
        begun.append(interaction_id)
        return begin(heard, interaction_id)

    finish = EventDeduplicator.finish

    def finish_and_fail(heard: EventDeduplicator, interaction_id: str) -> None:
        finish(heard, interaction_id)
        if len(begun) == 1:
            raise RuntimeError("the process ends before it can acknowledge")

    monkeypatch.setattr(EventDeduplicator, "begin", begin_and_note)
    monkeypatch.setattr(EventDeduplicator, "finish", finish_and_fail)
    desk.slack.say(ALICE, CHANNEL, "@odps help")

    desk.wait_until_heard()
    assert len(begun) == 2
    assert len(set(begun)) == 1
    assert len(desk.answers()) == 1


@both_ways
@pytest.mark.parametrize("ack_timeout", [ACK_TIMEOUT])
def test_what_could_not_be_handled_is_handled_when_it_comes_again(
    desk: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    respond = mentions.respond
    attempts: list[int] = []

    def respond_at_last(*arguments: Any) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("not this time")
        respond(*arguments)

    monkeypatch.setattr(mentions, "respond", respond_at_last)
    desk.slack.say(ALICE, CHANNEL, "@odps help")

    assert "MaxCompute jobs in Slack" in desk.wait_for_answer()
    assert len(attempts) == 2
    assert "not this time" in caplog.text


def test_what_was_called_not_submitted_without_redis_stays_so_when_it_comes_again(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(desk.services)
    where = {"channel": CHANNEL, "user": ALICE, "ts": "1796000000.000100"}
    event = {"type": "app_mention", "text": f"<@{BOT}> run select 1", **where}
    body = {"type": "event_callback", "team_id": "T0SANDBOX1", "event_id": "Ev1", "event": event}

    def deliver() -> None:
        response = app.dispatch(BoltRequest(body=copy.deepcopy(body), mode="socket_mode"))
        assert response.status == 200

    def lost(*_: object, **__: object) -> None:
        raise RedisConnectionError("gone")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(EventDeduplicator, "begin", lost)
        meanwhile.setattr(run, "read_facts", lost)
        deliver()
        assert "Nothing was submitted or changed." in desk.wait_for_answer()
        deliver()
    deliver()

    assert desk.answers() == []
    assert desk.runs() == []


def test_an_event_that_somebody_is_at_is_left_to_slack(desk: Any) -> None:
    heard = desk.services.stores.deduplication

    assert heard.begin("ask")
    assert not heard.begin("ask")
    assert not heard.is_done("ask")
    heard.finish("ask")
    assert heard.is_done("ask")
    assert not heard.begin("ask")
    heard.release("ask")
    assert heard.begin("ask")


@both_ways
def test_what_is_not_said_to_us_is_passed_over(desk: Any) -> None:
    place = direct_messages_of(desk)
    ts = desk.slack.say(ALICE, place, "good morning").ts
    desk.wait_for_answer()

    desk.services.slack.gateway._messages.post(
        place, Message("run select 2"), thread_ts=None, label={}
    )
    desk.slack.delete(ALICE, place, ts)
    desk.wait_until_heard(3)

    assert desk.runs() == []
    assert desk.answers() == []


@both_ways
def test_an_edited_message_is_answered_once_and_never_run(desk: Any) -> None:
    place = direct_messages_of(desk)
    ts = desk.slack.say(ALICE, place, "good morning").ts
    desk.wait_for_answer()

    desk.slack.edit(ALICE, place, ts, "run select 1")
    assert "I don't act on edited messages." in desk.wait_for_answer()
    desk.slack.edit(ALICE, place, ts, "run select 2")
    desk.wait_until_heard(3)

    assert desk.runs() == []
    assert desk.answers() == []
