from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.runs import Change, Decision, RunState, RunStore
from odps_bot.store import keys
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail, line_writer


def clicked(user_id="U1", **facts):
    return AuditLine(kind=AuditKind.ACTION, what="stop_run", user_id=user_id, **facts)


def test_what_is_recorded_is_read_in_order(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100)
    for user_id in ("U1", "U2", "U3"):
        trail.record(clicked(user_id))

    assert [line.user_id for line in trail.read()] == ["U1", "U2", "U3"]


def test_more_than_a_page_is_read(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=5_000)
    for number in range(2_100):
        trail.record(clicked(str(number)))

    assert [line.user_id for line in trail.read()] == [str(number) for number in range(2_100)]


def test_a_line_keeps_10000_letters_of_a_statement_and_500_of_a_detail(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100)
    trail.record(clicked(sql="x " * 50_000, detail="y " * 50_000))

    (line,) = trail.read()
    assert (len(line.sql), len(line.detail)) == (10_000, 500)


def test_lines_whose_entry_redis_could_not_take_are_held_by_the_next_one(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100)

    def hold_and_fail() -> None:
        with trail.held():
            trail.record(clicked("U1"))
            raise RedisConnectionError

    with pytest.raises(RedisConnectionError):
        hold_and_fail()
    with trail.held() as lines:
        trail.record(clicked("U2"))
    with trail.held() as later:
        pass

    assert [msgspec.json.decode(body, type=AuditLine).user_id for body in lines.bodies] == [
        "U1",
        "U2",
    ]
    assert later.bodies == []


def test_reading_begins_at_an_instant(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100)
    trail.record(clicked())

    assert list(trail.read(since=datetime.now(UTC) + timedelta(minutes=1))) == []
    assert len(list(trail.read(since=datetime.now(UTC) - timedelta(minutes=1)))) == 1


def test_the_stream_is_bounded(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100)
    for _ in range(1_000):
        trail.record(clicked())

    assert redis.xlen(keys.audit()) < 300


def test_a_damaged_line_is_skipped(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100)
    redis.xadd(keys.audit(), {"line": "{"})
    redis.xadd(keys.audit(), {"other": "field"})
    trail.record(clicked())

    assert len(list(trail.read())) == 1


@pytest.mark.parametrize(
    ("kept", "shown"),
    [("full", "select secret"), ("none", ""), ("hash", "sha256:")],
)
def test_sql_is_kept_as_configured(redis: Redis, kept, shown) -> None:
    trail = AuditTrail(redis, keep=100, sql=kept)
    trail.record(clicked(sql="select secret"))

    [line] = trail.read()
    assert line.sql.startswith(shown)
    assert ("secret" in line.sql) is (kept == "full")


def test_every_change_of_a_runs_state_leaves_one_line(redis: Redis, make_run, tmp_path) -> None:
    output = tmp_path / "audit.jsonl"
    trail = AuditTrail(redis, keep=100, write=line_writer(str(output)))
    runs = RunStore(redis, keep=timedelta(days=1), audit=trail)
    run = runs.create(make_run(), overdue_in=timedelta(seconds=1))
    runs.note(run.run_id, polls=3)
    for state in (RunState.SUBMITTING, RunState.RUNNING, RunState.SUCCEEDED):
        runs.apply(
            run.run_id,
            lambda run, state=state: Change(run=msgspec.structs.replace(run, state=state)),
        )

    lines = [msgspec.json.decode(line, type=AuditLine) for line in output.read_bytes().splitlines()]
    assert [(line.what, line.outcome) for line in trail.read()] == [
        ("queued", "accepted"),
        ("submitting", "was queued"),
        ("running", "was submitting"),
        ("succeeded", "was running"),
    ]
    assert lines == list(trail.read())
    assert lines[0].sql == run.sql


def test_the_end_of_a_run_says_how_long_it_took_without_the_time_to_decide(
    redis: Redis, make_run, create
) -> None:
    trail = AuditTrail(redis, keep=100)
    runs = RunStore(redis, keep=timedelta(days=1), audit=trail)
    asked = make_run(state=RunState.RUNNING)
    approved_at = asked.requested_at + timedelta(hours=3)
    decision = Decision(user_id="U2", at=approved_at, is_approval=True, digest="d")
    decided = msgspec.structs.replace(asked, decision=decision)
    run = create(runs, decided, overdue_in=timedelta(seconds=1))
    ended = msgspec.structs.replace(
        run, state=RunState.SUCCEEDED, ended_at=approved_at + timedelta(seconds=40)
    )
    runs.apply(run.run_id, lambda _: Change(run=ended))

    assert [line.duration_ms for line in trail.read()] == [None, None, None, 40_000]


def test_a_file_that_cannot_be_written_fails_nothing(redis: Redis) -> None:
    def write(line: bytes) -> None:
        raise OSError("disk full")

    trail = AuditTrail(redis, keep=100, write=write)
    trail.record(clicked())

    assert len(list(trail.read())) == 1


@pytest.mark.parametrize("rotate", [Path.unlink, lambda file: file.rename(f"{file}.1")])
def test_lines_go_to_the_new_file_after_the_old_one_was_rotated(tmp_path, rotate) -> None:
    output = tmp_path / "audit.jsonl"
    write = line_writer(str(output))
    write(b"1\n")
    rotate(output)
    write(b"2\n")
    write(b"3\n")

    assert output.read_bytes() == b"2\n3\n"
    assert output.stat().st_mode & 0o777 == 0o600


def test_lines_go_to_the_file_that_logrotate_created_in_its_place(tmp_path) -> None:
    output = tmp_path / "audit.jsonl"
    write = line_writer(str(output))
    write(b"1\n")
    output.rename(f"{output}.1")
    output.touch()
    write(b"2\n")

    assert output.read_bytes() == b"2\n"


def test_a_directory_that_is_gone_for_a_while_loses_no_line_after_it_is_back(tmp_path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write = line_writer(str(folder / "audit.jsonl"))
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="audit"):
        write(b"1\n")
    folder.mkdir()
    write(b"2\n")

    assert (folder / "audit.jsonl").read_bytes() == b"2\n"
