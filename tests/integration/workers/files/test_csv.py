"""All rows of a result come into the thread as one file, whatever Slack and MaxCompute do."""

import csv
import errno
import io
import json
import threading
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import forbid, http_error
from odps_bot.slack import posting
from odps_bot.slack.api.histories import SlackHistories
from odps_bot.slack.errors import PostInProgressError, UnreachableError
from odps_bot.store import keys, message_leases
from odps_bot.store.notification_kind import NotificationKind
from workers.files import csv_file as sending
from workers.files.csv_file import send_csv

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"

EVERY_ORDER = "select order_id, city, amount, ordered_at from orders where ds >= '20261001'"
GONE = "<Error><Code>NoSuchObject</Code><Message>The rows are not kept.</Message></Error>"
FORBIDDEN = '{"Code": "NoPermission", "Message": "You may not use the tunnel."}'


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


def age(world, run, **span):
    """Let the share of the run's file be as old as that."""
    key = keys.post_lease("csv-file", run.run_id)
    lease = json.loads(world.services.redis.get(key))
    for attempt in lease["tried"].values():
        attempt["since"] -= timedelta(**span).total_seconds()
    world.services.redis.set(key, json.dumps({**lease, "till": 0}), keepttl=True)


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
    assert text == f"All 1,204 rows of run *{run.name}*. Times are in `Asia/Shanghai`."


#: Among them the usual "no date", daylight-saving time of Shanghai, its own time before 1901, and
#: years that Python lacks.
MOMENTS = (
    "0000-01-01 00:00:00",
    "1900-01-01 00:00:00",
    "1900-12-31 23:59:59",
    "1989-07-01 12:00:00",
    "2026-01-01 00:00:00.5",
    "2026-07-01 12:00:00",
    "9999-12-31 23:59:59",
)


def select_moments(count=1):
    row = "select datetime '{0}' as d, timestamp '{0}' as t, array(datetime '{0}') as a"
    rows = " union all ".join(row.format(moment) for moment in MOMENTS)
    return " union all ".join(f"select * from ({rows}) x{n}" for n in range(count))


@pytest.mark.parametrize("zone", ["", "UTC", "America/New_York", "Asia/Kolkata"])
def test_times_are_what_maxcompute_shows_row_by_row(world, zone):
    setting = f"set odps.sql.timezone={zone}; " if zone else ""
    run = ended(world, f"{setting}{select_moments(3)}")
    send(world, run)
    (result,) = (
        world.services.maxcompute.of(run.project, Purpose.FILE)
        .get_instance(run.instance_id, project=run.project)
        .get_task_results()
        .values()
    )

    (file,) = world.slack.files()
    shown = result.rows().rows
    assert len(shown) == 3 * len(MOMENTS)
    assert [row[:2] for row in rows_of(file)[1:]] == [list(row[:2]) for row in shown]
    assert {row[0] for row in shown} == set(MOMENTS)
    assert {row[2] for row in rows_of(file)[1:]} == {f'["{moment}"]' for moment in MOMENTS}
    assert shared(world, run)[0]["text"].endswith(f"Times are in `{zone or 'Asia/Shanghai'}`.")


def test_a_zone_that_nobody_knows_does_not_keep_the_file_back(world):
    run = ended(world, "set odps.sql.timezone=Mars/Olympus; select datetime '2026-01-01 00:00:00'")
    send(world, run)

    (file,) = world.slack.files()
    assert rows_of(file)[1] == ["2026-01-01 00:00:00"]
    assert "Times are in `Mars/Olympus`." in shared(world, run)[0]["text"]


def test_settings_that_may_not_be_read_are_asked_for_once(world):
    run = ended(world, "set odps.sql.timezone=UTC; select datetime '2026-01-01 00:00:00'")
    world.maxcompute.faults.add(forbid(), operation="source", times=9)
    world.maxcompute.clear_requests()
    send(world, run)

    (file,) = world.slack.files()
    assert rows_of(file)[1] == ["2026-01-01 00:00:00"]
    asked = [request.operation for request in world.maxcompute.requests()]
    assert asked.count("source") == 1


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
    age(world, run, minutes=2)
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
    world.services.stores.message_leases.begin_post("csv-file", run.run_id)
    send(world, run)

    assert len(shared(world, run)) == 1


def test_two_workers_make_one_file(world):
    run = ended(world, "select 1 as one")
    world.services.stores.message_leases.begin_post("csv-file", run.run_id)
    with pytest.raises(PostInProgressError):
        send(world, run)

    assert world.slack.files() == []


@pytest.fixture
def hidden(monkeypatch):
    """The names of files that Slack does not show yet, although it has taken them."""
    names = set()
    page = SlackHistories.page

    def without_hidden(self, *arguments, **options):
        found = page(self, *arguments, **options)
        shown = [
            message
            for message in found.messages
            if not names & {file["name"] for file in message.get("files") or ()}
        ]
        return replace(found, messages=shown)

    monkeypatch.setattr(SlackHistories, "page", without_hidden)
    return names


@pytest.mark.parametrize("is_response_lost", [False, True])
def test_a_file_that_slack_shows_a_minute_later_is_shared_once(world, hidden, is_response_lost):
    run = ended(world, "select 1 as one")
    hidden.add(f"{run.name}-sandbox.csv")
    fault = {"method": "files.completeUploadExternal", "kind": "drop_after"}
    world.slack.faults.add(**fault, times=int(is_response_lost))
    with pytest.raises(UnreachableError if is_response_lost else PostInProgressError):
        send(world, run)
    assert world.run(run.run_id).csv_ts is None

    age(world, run, seconds=60)
    with pytest.raises(PostInProgressError) as waits:
        send_again(world, run)
    assert waits.value.retry_after == pytest.approx(timedelta(seconds=15), abs=timedelta(seconds=2))

    hidden.clear()
    assert send_again(world, run) is None
    assert world.run(run.run_id).csv_ts == shared(world, run)[0]["ts"]
    assert len(shared(world, run)) == 1


def test_a_file_that_slack_has_taken_and_never_shows_is_not_shared_again(world, hidden):
    run = ended(world, "select 1 as one")
    hidden.add(f"{run.name}-sandbox.csv")
    with pytest.raises(PostInProgressError):
        send(world, run)
    age(world, run, minutes=11)

    assert send_again(world, run) is None
    assert world.run(run.run_id).csv_ts == ""
    assert len(shared(world, run)) == 1


def test_a_file_that_slack_may_have_taken_and_does_not_show_is_shared_after_all(world, hidden):
    run = ended(world, "select 1 as one")
    hidden.add(f"{run.name}-sandbox.csv")
    world.slack.faults.add(method="files.completeUploadExternal", kind="drop_before", times=1)
    with pytest.raises(UnreachableError):
        send(world, run)
    age(world, run, minutes=3)
    hidden.clear()

    assert send_again(world, run) is None
    assert len(shared(world, run)) == 1


def test_where_nobody_may_look_for_files_one_that_slack_has_taken_is_shared_once(
    world, short_leases
):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(
        method="conversations.replies", kind="error", code="missing_scope", times=None
    )
    send(world, run)
    world.services.stores.runs.note(run.run_id, csv_ts=None)
    send_again(world, run)

    assert world.run(run.run_id).csv_ts == ""
    assert len(shared(world, run)) == 1


def test_while_rows_flow_for_longer_than_a_lease_no_other_worker_makes_the_file(world, monkeypatch):
    monkeypatch.setattr(message_leases, "POSTING_LEASE", timedelta(milliseconds=100))
    monkeypatch.setattr(posting, "RENEWED_EVERY", timedelta(milliseconds=10))
    run = ended(world, "select 1 as one")
    write = sending._write

    def slow(*arguments):
        leases = world.services.stores.message_leases
        deadline = monotonic() + 0.3
        while monotonic() < deadline:
            assert leases.begin_post("csv-file", run.run_id) is None
        return write(*arguments)

    monkeypatch.setattr(sending, "_write", slow)
    assert send(world, run) is None

    assert len(shared(world, run)) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]


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
