"""All rows of a result come into the thread as one file, whatever Slack and MaxCompute do."""

import csv
import errno
import io
from datetime import timedelta

import pytest

from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import http_error
from odps_bot.slack.errors import PostInProgressError, UnreachableError
from odps_bot.store import message_leases
from odps_bot.store.notification_kind import NotificationKind
from workers.files import csv_file as sending
from workers.files.csv_file import send_csv

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"

EVERY_ORDER = "select order_id, city, amount, ordered_at from orders where ds >= '20261001'"
GONE = "<Error><Code>NoSuchObject</Code><Message>The rows are not kept.</Message></Error>"
FORBIDDEN = '{"Code": "NoPermission", "Message": "You may not use the tunnel."}'


@pytest.fixture
def short_leases(monkeypatch):
    """A file of unknown fate is looked for, and made again, at once."""
    monkeypatch.setattr(message_leases, "POSTING_LEASE", message_leases.POSTING_LEASE * 0)


def ended(world, sql):
    run = world.finish(world.ask(f"run {sql}"))
    assert run.state is RunState.SUCCEEDED, outcome_in_words(run)
    return world.run(run.run_id)


def ask(world, run):
    outbox = world.services.stores.outbox
    world.services.stores.ephemeral_replies.request_file(
        NotificationKind.CSV,
        run.run_id,
        Address(user_id=ALICE, channel_id=CHANNEL, thread_ts=run.card_ts),
    )
    # The tests deliver it themselves.
    for entry in outbox.claim(limit=1, lease=timedelta(minutes=1), kinds=(NotificationKind.CSV,)):
        outbox.ack(entry)


def send(world, run):
    ask(world, run)
    return send_csv(run.run_id, world.services)


def send_again(world, run):
    """Let the outbox try again, once there is a budget."""
    world.make_all_due()
    return send_csv(run.run_id, world.services)


def answers(world):
    """Return what was said to Alice alone."""
    world.deliver()
    return [message["text"] for message in world.slack.ephemerals(ALICE)]


def shared(world, run):
    """Return the messages in the run's thread that show a file."""
    return [m for m in world.slack.thread(CHANNEL, run.card_ts) if m.get("files")]


def rows_of(file):
    text = file["content"].decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_all_rows_come_as_a_file_that_spreadsheets_read(world):
    run = ended(world, "select id, name from values (1, 'a,b'), (2, '北京'), (3, null) t(id, name)")
    delay = send(world, run)

    (file,) = world.slack.files()
    (message,) = shared(world, run)
    assert delay is None
    assert file["name"] == f"{run.name}-sandbox.csv"
    assert file["content"].startswith(b"\xef\xbb\xbf")
    assert sorted(rows_of(file)[1:]) == [["1", "a,b"], ["2", "北京"], ["3", ""]]
    assert rows_of(file)[0] == ["id", "name"]
    assert message["text"] == f"All 3 rows of run *{run.name}*."
    assert world.run(run.run_id).csv_ts == message["ts"]
    assert answers(world) == []


def test_1204_rows_come_whole(world):
    run = ended(world, f"{EVERY_ORDER} union all {EVERY_ORDER} limit 1204")
    send(world, run)

    (file,) = world.slack.files()
    rows = rows_of(file)
    assert len(rows) == 1 + 1_204
    assert rows[0] == ["order_id", "city", "amount", "ordered_at"]
    assert {len(row) for row in rows} == {4}
    text = shared(world, run)[0]["text"]
    assert text == f"All 1,204 rows of run *{run.name}*. Times are UTC."


def test_formulas_are_defused_on_their_way(world):
    run = ended(world, "select '=1+1' as a, '-1.5' as b, '@SUM(A1)' as c, '' as d")
    send(world, run)

    (file,) = world.slack.files()
    assert rows_of(file)[1] == ["'=1+1", "-1.5", "'@SUM(A1)", ""]
    assert file["content"].endswith(b',""\r\n')


def test_a_result_without_rows_is_told_in_a_sentence(world):
    run = ended(world, "select 1 as one from values (1) t(n) where n > 1")
    send(world, run)

    assert world.slack.files() == []
    (answer,) = answers(world)
    assert "has no rows" in answer
    assert "Nothing was sent." in answer


def test_a_file_has_a_million_rows_or_fifty_megabytes_and_takes_ninety_seconds_at_most():
    assert sending.MOST_ROWS == 1_000_000
    assert sending.MOST_BYTES == 50_000_000
    assert timedelta(seconds=90) == sending.LONGEST_READ


def test_a_file_has_so_many_rows_and_says_so(world, monkeypatch):
    monkeypatch.setattr(sending, "MOST_ROWS", 2)
    run = ended(world, "select n from values (1), (2), (3) t(n)")
    send(world, run)

    (file,) = world.slack.files()
    assert len(rows_of(file)) == 3
    assert shared(world, run)[0]["text"].startswith("The first 2 of 3 rows")


def test_a_file_has_so_many_bytes_and_says_so(world, monkeypatch):
    monkeypatch.setattr(sending, "MOST_BYTES", 20)
    run = ended(world, "select n from values (100000), (200000), (300000) t(n)")
    send(world, run)

    (file,) = world.slack.files()
    assert len(file["content"]) <= 20
    assert shared(world, run)[0]["text"].startswith("The first 1 of 3 rows")


def test_a_file_takes_so_long_and_says_so(world, monkeypatch):
    monkeypatch.setattr(sending, "LONGEST_READ", timedelta(seconds=-1))
    monkeypatch.setattr(sending, "ROWS_BETWEEN_CLOCKS", 2)
    run = ended(world, "select n from values (1), (2), (3) t(n)")
    send(world, run)

    assert shared(world, run)[0]["text"].startswith("The first 2 of 3 rows")


def test_a_row_too_large_for_any_file_is_told(world, monkeypatch):
    monkeypatch.setattr(sending, "MOST_BYTES", 10)
    run = ended(world, "select 'abcdefghijklmnop' as a")
    send(world, run)

    assert "first row alone" in answers(world)[0]


def test_asked_twice_there_is_one_file(world):
    run = ended(world, "select 1 as one")
    send(world, run)
    world.make_all_due()
    send(world, run)

    assert len(shared(world, run)) == 1
    assert len(world.slack.files()) == 1


@pytest.mark.parametrize("fault", ["drop_after", "http_500", "drop_before"])
def test_a_file_of_unknown_fate_is_shared_once(world, short_leases, fault):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(method="files.completeUploadExternal", kind=fault, times=1)
    with pytest.raises(UnreachableError):
        send(world, run)
    send_again(world, run)

    (message,) = shared(world, run)
    assert world.run(run.run_id).csv_ts == message["ts"]


def test_a_worker_that_died_after_sharing_leaves_one_file(world, short_leases):
    run = ended(world, "select 1 as one")
    send(world, run)
    world.services.stores.runs.note(run.run_id, csv_ts=None)
    send_again(world, run)

    (message,) = shared(world, run)
    assert world.run(run.run_id).csv_ts == message["ts"]


def test_a_worker_that_died_before_sharing_is_followed_by_another(world, short_leases):
    run = ended(world, "select 1 as one")
    world.services.stores.message_leases.begin_post("csv-making", run.run_id)
    world.services.stores.message_leases.begin_post("csv", run.run_id)
    send(world, run)

    assert len(shared(world, run)) == 1


def test_two_workers_make_one_file(world):
    run = ended(world, "select 1 as one")
    world.services.stores.message_leases.begin_post("csv-making", run.run_id)
    with pytest.raises(PostInProgressError):
        send(world, run)

    assert world.slack.files() == []


def test_slack_shows_the_file_a_moment_later(world, monkeypatch):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(
        method="conversations.replies", kind="error", code="thread_not_found", times=2
    )
    assert send(world, run) == timedelta(seconds=3)
    assert world.run(run.run_id).csv_ts is None

    assert send_again(world, run) is None
    assert world.run(run.run_id).csv_ts == shared(world, run)[0]["ts"]


@pytest.mark.parametrize(
    ("method", "code", "advice"),
    [
        ("files.getUploadURLExternal", "file_uploads_disabled", "doesn't allow file uploads"),
        ("files.getUploadURLExternal", "missing_scope", "`files:write`"),
        ("files.completeUploadExternal", "not_in_channel", "`/invite @odps`"),
        ("files.completeUploadExternal", "posting_to_channel_denied", "doesn't let me post"),
        ("files.completeUploadExternal", "odd_new_code", "`odd_new_code`"),
    ],
)
def test_what_slack_refuses_is_told_to_who_asked(world, method, code, advice):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(method=method, kind="error", code=code, times=1)
    delay = send(world, run)

    (answer,) = answers(world)
    assert delay is None
    assert advice in answer
    assert shared(world, run) == []


def test_a_refused_file_can_be_asked_for_again(world):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(
        method="files.completeUploadExternal", kind="error", code="not_in_channel", times=1
    )
    send(world, run)
    world.make_all_due()
    send(world, run)

    assert len(shared(world, run)) == 1


def test_a_result_that_is_kept_no_more_is_to_be_run_again(world):
    run = ended(world, "select 1 as one")
    for operation in ("tunnel_create", "result"):
        world.maxcompute.faults.add(http_error(404, GONE), operation=operation)
    send(world, run)

    assert "Run the statement again" in answers(world)[0]


def test_maxcompute_in_trouble_is_asked_again_while_somebody_waits(world):
    run = ended(world, "select 1 as one")
    world.maxcompute.faults.add(http_error(503), times=100)
    assert send(world, run) == timedelta(seconds=15)

    world.maxcompute.faults.clear()
    world.clock.push(seconds=15)
    assert send_again(world, run) is None
    assert len(shared(world, run)) == 1


def test_without_the_tunnel_the_result_comes_as_it_was_shown(world, monkeypatch):
    run = ended(world, "select 1 as id, '北京' as city, cast(null as string) as c")
    fault = http_error(403, FORBIDDEN, content_type="application/json")
    world.maxcompute.faults.add(fault, operation="tunnel_create", times=2)
    send(world, run)

    (file,) = world.slack.files()
    assert rows_of(file) == [["id", "city", "c"], ["1", "北京", ""]]


def test_a_run_that_is_forgotten_needs_no_file(world):
    assert send_csv("nobody", world.services) is None


def test_a_full_disk_is_told_to_who_asked(world, monkeypatch):
    class NoRoom(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sending, "TemporaryFile", NoRoom)
    run = ended(world, "select 1 as one")
    send(world, run)

    assert "disk is full" in answers(world)[0]


def test_a_file_is_found_again_in_a_long_thread(world, short_leases):
    run = ended(world, "select 1 as one")
    for n in range(210):
        world.slack.say("alice", CHANNEL, f"chatting {n}", thread_ts=run.card_ts)
    send(world, run)
    world.services.stores.runs.note(run.run_id, csv_ts=None)
    send_again(world, run)

    assert len(shared(world, run)) == 1
