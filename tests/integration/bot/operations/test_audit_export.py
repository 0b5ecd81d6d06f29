"""`odps-bot audit` as operators and their tools read it."""

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from odps_bot.operations.audit_export import Choice, add_arguments, instant, write_lines
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

COMMAND = AuditLine(
    kind=AuditKind.COMMAND,
    what="run",
    outcome="answered",
    team_id="T1",
    channel_id="C1",
    user_id="U1",
    run_id="0a1b2c",
    sql="select 1",
    duration_ms=12,
    at=NOON,
)
DENIAL = AuditLine(
    kind=AuditKind.DENIAL,
    what="run",
    outcome="denied",
    user_id="U2",
    detail="needs writer, has viewer",
    at=NOON,
)


@pytest.fixture
def trail(redis: Redis) -> AuditTrail:
    return AuditTrail(redis, keep=1_000)


def written(lines: list[AuditLine], form: str) -> str:
    file = io.BytesIO()
    write_lines(lines, file, form)
    return file.getvalue().decode()


def odps_bot(redis_server: EmbeddedRedis, *arguments: str) -> subprocess.CompletedProcess[str]:
    nowhere = "http://127.0.0.1:9/api"
    settings = {
        "SLACK_BOT_TOKEN": "xoxb-very-secret",
        "REDIS_URL": redis_server.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "very-secret",
        "ODPS_ENDPOINT": nowhere,
        "ODPS_PROJECTS": "sandbox",
    }
    return subprocess.run(
        [sys.executable, "-m", "odps_bot", "audit", *arguments],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_people_read_a_line_each() -> None:
    assert written([COMMAND, DENIAL], "text") == (
        "2026-11-22 12:00:00Z command      run answered; U1 in C1 0a1b2c 12 ms | select 1\n"
        "2026-11-22 12:00:00Z denial       run denied; U2 — needs writer, has viewer\n"
    )


@pytest.mark.parametrize(
    "typed", ["select 1\n-- \x1b[2J", "a\u2028b", "\u202egnp.exe", "\x9b31m", "\r\nfake line"]
)
def test_what_people_typed_cannot_play_tricks_on_a_terminal(typed: str) -> None:
    shown = written([AuditLine(kind=AuditKind.COMMAND, what="run", sql=typed, at=NOON)], "text")

    assert shown.count("\n") == 1
    assert not set(shown) & set("\x1b\x9b\r\u2028\u202e")


def test_tools_read_an_object_each() -> None:
    lines = [json.loads(line) for line in written([COMMAND, DENIAL], "jsonl").splitlines()]

    assert [line["kind"] for line in lines] == ["command", "denial"]
    assert lines[0]["duration_ms"] == 12


@pytest.mark.parametrize("typed", ["=1+1", "@SUM(A1)", "-2", "\t=1", "\uff1d1", ' "=1"'])
def test_a_spreadsheet_finds_texts_and_no_formulas(typed: str) -> None:
    line = AuditLine(kind=AuditKind.COMMAND, what="run", sql=typed, at=NOON)

    header, row = csv.reader(io.StringIO(written([line], "csv"), newline=""))
    cell = row[header.index("sql")]
    assert cell.strip('" ')[:1] not in "=+-@\t\uff1d" or cell.startswith(' "')
    assert cell.endswith(typed)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), ["U1", "U2"]),
        (Choice(kinds=frozenset({"denial"})), ["U2"]),
        (Choice(user_ids=frozenset({"U1", "U3"})), ["U1"]),
        (Choice(runs=frozenset({"0a1b2c"})), ["U1"]),
        (Choice(kinds=frozenset({"denial"}), user_ids=frozenset({"U1"})), []),
    ],
)
def test_lines_are_chosen_by_kind_person_and_run(choice: Choice, expected: list[str]) -> None:
    assert [line.user_id for line in choice.among([COMMAND, DENIAL])] == expected


def test_a_runs_short_name_finds_what_knows_only_its_id() -> None:
    accepted = AuditLine(kind=AuditKind.TRANSITION, what="queued", run_id="0a1b2c", run="r42")
    other = AuditLine(kind=AuditKind.TRANSITION, what="queued", run_id="ffffff", run="r43")
    found = Choice(runs=frozenset({"r42"})).among([other, accepted, COMMAND, DENIAL])

    assert list(found) == [accepted, COMMAND]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", NOON - timedelta(hours=2)),
        ("7d", NOON - timedelta(days=7)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:00+08:00", datetime(2026, 11, 20, tzinfo=UTC)),
        ("999999w", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_an_instant_is_a_day_or_a_span_before_now(text: str, expected: datetime) -> None:
    assert instant(text, now=lambda: NOON) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "-2h", "2 h"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="neither a day"):
        instant(text)


def test_a_follower_gets_what_is_added(trail: AuditTrail) -> None:
    trail.record(COMMAND)
    stop = threading.Event()
    followed = trail.follow(
        since=datetime.now(UTC) - timedelta(hours=1), wait=timedelta(milliseconds=20), stop=stop
    )

    found = [next(followed).user_id]
    trail.record(DENIAL)
    found.append(next(followed).user_id)
    stop.set()

    assert found == ["U1", "U2"]
    assert list(followed) == []


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("action", "action"), ("click", "action"), ("form", "modal"), ("post", "notification")],
)
def test_kinds_are_chosen_by_their_former_names_too(typed: str, kind: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    assert parser.parse_args(["--kind", typed]).kind == [kind]


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    with pytest.raises(SystemExit):
        parser.parse_args(["--kind", "nothing"])
    assert "'notification'" in capsys.readouterr().err


def test_the_command_exports_what_is_chosen(redis_server: EmbeddedRedis, trail: AuditTrail) -> None:
    trail.record(COMMAND, DENIAL)
    ended = odps_bot(redis_server, "--kind", "denial", "--format", "jsonl", "--since", "1h")

    assert ended.returncode == 0
    assert ended.stderr == ""
    assert [json.loads(line)["user_id"] for line in ended.stdout.splitlines()] == ["U2"]


def test_a_reader_that_has_seen_enough_is_no_error(
    redis_server: EmbeddedRedis, trail: AuditTrail
) -> None:
    trail.record(*[COMMAND] * 5_000)
    ended = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m odps_bot audit | head -1"],
        env={
            **os.environ,
            "SLACK_BOT_TOKEN": "xoxb-1",
            "REDIS_URL": redis_server.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
            "ODPS_ENDPOINT": "http://127.0.0.1:9/api",
            "ODPS_PROJECTS": "sandbox",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stdout.count("\n") == 1
    assert ended.stderr == ""


def test_secrets_that_people_paste_are_hidden(redis: Redis) -> None:
    trail = AuditTrail(redis, keep=100, hide=lambda text: text.replace("very-secret", "***"))
    trail.record(
        AuditLine(
            kind=AuditKind.COMMAND, what="watch", sql="very-secret", detail="very-secret \ud800"
        )
    )

    [line] = trail.read()
    assert line.sql == "***"
    assert line.detail == "*** ?"


def test_a_logview_token_that_is_pasted_is_not_kept(trail: AuditTrail) -> None:
    link = "https://logview.example/logview/?h=x&p=y&i=z&token=c2VjcmV0LXRva2Vu"
    trail.record(AuditLine(kind=AuditKind.COMMAND, what="watch", sql=link))

    [line] = trail.read()
    assert "c2VjcmV0" not in line.sql
    assert line.sql.startswith("https://logview.example/")
