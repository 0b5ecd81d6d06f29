"""`odps-bot classify` says what SQL does, without settings, Redis or network."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from odps_bot.operations.classify import MIXED, classify_lines, runs_as
from odps_bot.sql.classification import Classification, RunsAs, StatementClass, StatementInfo

KEYS = ["class", "runs_as", "projects", "targets", "unproven", "refused_settings"]


def classify(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command with nothing in its environment but where programs are."""
    return subprocess.run(
        [sys.executable, "-m", "odps_bot", "classify", *arguments],
        env={"PATH": os.environ["PATH"]},
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


def classify_lines_of(*lines: object) -> tuple[int, list[dict[str, Any]]]:
    given = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    ended = classify("--json", given=given.encode())
    assert ended.stderr == b""
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


def classify_one(sql: str) -> dict[str, Any]:
    (found,) = classify_lines([json.dumps({"sql": sql}).encode()])
    return found


def test_a_statement_is_described_for_people() -> None:
    ended = classify(given=b"insert overwrite table ads.t select * from logs.u\n")

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.decode().splitlines() == [
        "class:            write",
        "runs as:          sql",
        "projects:         ads, logs",
        "targets:          ads.t",
        "settings:         -",
        "refused settings: -",
        "unproven:         -",
    ]


def test_a_file_is_described_statement_by_statement(tmp_path: Path) -> None:
    file = tmp_path / "report.sql"
    file.write_bytes(
        b"\xef\xbb\xbfset odps.sql.allow.fullscan=true;\nset LabelSecurity=false;\n"
        b"select 1;\ndrop table t;\nfrob \x1b[31m t"
    )

    lines = classify(str(file)).stdout.decode().splitlines()

    assert lines[0] == "class:            unknown"
    assert lines[4] == "settings:         odps.sql.allow.fullscan=true, LabelSecurity=false"
    assert lines[5].startswith("refused settings: LabelSecurity (it changes how the project")
    assert lines[6] == "unproven:         There is a control character outside of quotes."
    assert "\x1b" not in "".join(lines)


def test_each_statement_of_several_is_listed() -> None:
    lines = classify(given=b"select 1; drop table t; frob x").stdout.decode().splitlines()

    assert lines[-4:] == [
        "statements:",
        "   1. SELECT: read, sql",
        "   2. DROP TABLE: ddl, sql, changes t",
        "   3. FROB: unknown, sql (I can't tell what it does.)",
    ]


def test_each_json_line_gets_an_object_with_the_same_keys() -> None:
    status, found = classify_lines_of(
        {"sql": "select * from Ads.t"},
        {"sql": "set projectprotection=false; drop table ads.t; drop table ads.t", "id": 7},
        {"sql": "select new X()"},
        {"sql": ""},
    )

    assert status == 0
    assert [list(one) for one in found] == [KEYS] * 4
    assert found[0] == {
        "class": "read",
        "runs_as": "sql",
        "projects": ["ads"],
        "targets": [],
        "unproven": "",
        "refused_settings": [],
    }
    assert (found[1]["class"], found[1]["targets"]) == ("admin", ["ads.t"])
    assert found[1]["refused_settings"] == ["projectprotection"]
    assert (found[2]["class"], found[2]["unproven"]) == ("unknown", "It creates Java objects.")
    assert (found[3]["class"], found[3]["unproven"]) == ("unknown", "There is no statement.")


def test_a_bad_line_is_named_and_the_others_are_not_lost() -> None:
    status, found = classify_lines_of(
        {"sql": "select 1"},
        "",
        "select 1",
        ["select 1"],
        {"sql": 1},
        "[" * 100_000,
        {"sql": "select \ud800"},
        {"sql": "drop table t"},
    )

    assert status == 1
    assert [one.get("class") for one in found] == ["read", *[None] * 4, "unknown", "ddl"]
    assert [one["line"] for one in found if "line" in one] == [3, 4, 5, 6]
    assert found[1]["error"].startswith("The line isn't JSON: ")
    assert found[2]["error"] == 'The line isn\'t an object with a text "sql".'
    assert found[3] == {"line": 5, "error": found[2]["error"]}
    assert found[4]["error"] == "The line is nested too deeply."


def test_bytes_that_are_no_text_are_named() -> None:
    as_lines = classify("--json", given=b'{"sql": "\xff"}\n{"sql": "select 1"}')
    as_text = classify(given=b"select '\xff'")

    assert as_lines.returncode == 1
    assert json.loads(as_lines.stdout.splitlines()[0])["error"] == "The line isn't UTF-8."
    assert json.loads(as_lines.stdout.splitlines()[1])["class"] == "read"
    assert as_text.returncode == 2
    assert as_text.stderr.startswith(b"odps-bot: standard input isn't UTF-8: ")


def test_a_file_that_is_not_there_is_named() -> None:
    ended = classify("/nowhere/x.sql")

    assert ended.returncode == 2
    assert ended.stderr == b"odps-bot: /nowhere/x.sql can't be read: No such file or directory\n"


def test_without_standard_input_a_file_is_asked_for() -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -m odps_bot classify <&-"],
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr == b"odps-bot: standard input is closed: name a file\n"


def test_letters_that_the_terminal_lacks_are_shown_by_their_codes() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "odps_bot", "classify"],
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"},
        input="drop table \u8868".encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"targets:          \\u8868\n" in ended.stdout


def test_who_reads_only_the_first_lines_sees_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "odps_bot", "classify", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b'{"sql": "select 1"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["class"] == "read"
        process.stdout.close()
        process.stdin.write(b'{"sql": "select 1"}\n' * 9)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_the_help_names_what_is_printed() -> None:
    said = " ".join(classify("--help").stdout.decode().split())

    assert "class, runs_as, projects, targets, unproven, refused_settings" in said


@pytest.mark.parametrize(
    ("sql", "projects"),
    [
        ("select a.x from ads.t a join `Logs`.s.u b on a.id = b.id", ["ads", "logs"]),
        ("desc ads.t", ["ads"]),
        ("show tables in ads", ["ads"]),
        ("use ads", ["ads"]),
        ("drop schema ads", []),
        ("grant select on table ads.t to user alice", ["ads"]),
        ("frobnicate ads.t", ["ads"]),
        ("drop table t", []),
        ("select 'from ads.t'", []),
        ("set odps.sql.allow.fullscan=true; frobnicate t", []),
    ],
)
def test_projects_are_named_without_the_words_around_them(sql: str, projects: list[str]) -> None:
    assert classify_one(sql)["projects"] == projects


def test_statements_that_run_in_different_ways_are_mixed() -> None:
    def statements(*ways: RunsAs) -> Classification:
        infos = (
            StatementInfo(statement_class=StatementClass.ADMIN, verb="X", runs_as=way)
            for way in ways
        )
        return Classification(statement_class=StatementClass.ADMIN, statements=tuple(infos))

    assert runs_as(statements()) == "sql"
    assert runs_as(statements(RunsAs.AUTHORIZATION, RunsAs.AUTHORIZATION)) == "authorization"
    assert runs_as(statements(RunsAs.SQL, RunsAs.MERGE)) == MIXED
