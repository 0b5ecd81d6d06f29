"""All rows of a result come into the thread as one file, whatever Slack and MaxCompute do."""

import errno
import io
from datetime import timedelta

import pytest

from odps_bot.maxcompute_clients import Purpose
from odps_bot.sandbox.maxcompute.faults import forbid, http_error
from workers.files import csv_file as sending
from workers.files.csv_file import send_csv

from .csv_requests import answers, ended, rows_of, send, send_again, shared

EVERY_ORDER = "select order_id, city, amount, ordered_at from orders where ds >= '20261001'"
GONE = "<Error><Code>NoSuchObject</Code><Message>The rows are not kept.</Message></Error>"
FORBIDDEN = '{"Code": "NoPermission", "Message": "You may not use the tunnel."}'


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
    ten = f"(select * from values {', '.join(f'({n})' for n in range(10))} t(n))"
    run = ended(world, f"select a.n from {' cross join '.join(f'{ten} {name}' for name in 'abcd')}")
    send(world, run)

    text = shared(world, run)[0]["text"]
    (file,) = world.slack.files()
    written = file["content"].count(b"\r\n") - 1
    assert 0 < written < 10_000
    assert text.startswith(f"The first {written:,} of 10,000 rows")


def test_a_row_too_large_for_any_file_is_told(world, monkeypatch):
    monkeypatch.setattr(sending, "MOST_BYTES", 10)
    run = ended(world, "select 'abcdefghijklmnop' as a")
    send(world, run)

    assert "first row alone" in answers(world)[0]


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
