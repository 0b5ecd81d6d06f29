"""The command line: what is missing is named in a line, not in a traceback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import takewhile
from pathlib import Path
from threading import Thread

import pytest

from odps_bot import __version__
from odps_bot.manifest import manifest

NOWHERE = "http://127.0.0.1:9"

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-very-secret",
    "SLACK_APP_TOKEN": "xapp-very-secret",
    "SLACK_API_URL": f"{NOWHERE}/api/",
    "REDIS_URL": "redis://:very-secret@127.0.0.1:9/0",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "very-secret",
    "ODPS_ENDPOINT": f"{NOWHERE}/api",
    "ODPS_PROJECTS": "sandbox",
}


#: What the bot is not given.
KEYS = {name for name in COMPLETE if name.startswith("ALIBABA_CLOUD_")}


def odps_bot(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    if arguments[:1] == ("bot",):
        environ = {name: value for name, value in environ.items() if name not in KEYS}
    unset = {name: value for name, value in os.environ.items() if name not in COMPLETE}
    return subprocess.run(
        [sys.executable, "-m", "odps_bot", *arguments],
        env={**unset, "NO_PROXY": "127.0.0.1", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def refusing_slack() -> Iterator[str]:
    """The address of a Slack that knows no token."""

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"ok": false, "error": "invalid_auth"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Refusal)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("command", ["bot", "worker"])
def test_a_missing_setting_is_named_with_where_it_comes_from(command: str) -> None:
    ended = odps_bot(command, **{**COMPLETE, "REDIS_URL": ""})

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == (
        "odps-bot: REDIS_URL is not set. It is: Redis for runs, jobs and outbox (`redis://`,"
        " `rediss://` or `unix://`), or its Sentinels"
        " (`redis+sentinel://HOST:26379,HOST:26379/SERVICE/0`, or `rediss+sentinel://…`).\n"
        "  From: your Redis, such as redis://HOST:6379/0 (docs/operating.md, Redis)\n"
    )


@pytest.mark.parametrize(("command", "count"), [("bot", 5), ("worker", 6), ("doctor", 7)])
def test_a_newcomer_is_told_of_all_missing_settings_at_once(command: str, count: int) -> None:
    ended = odps_bot(command)

    assert ended.returncode == 2
    assert ended.stdout == ""
    first, *lines = ended.stderr.splitlines()
    assert first == f"odps-bot: {count} settings are missing or wrong:"
    assert len([line for line in lines if line.startswith("- ")]) == count
    assert len([line for line in lines if line.startswith("  From: ")]) == count
    assert lines[-1] == "Note: to try it without settings, start `odps-bot sandbox`."


@pytest.mark.parametrize("command", ["bot", "worker", "doctor", "audit"])
def test_with_json_logs_wrong_settings_are_told_in_json(command: str) -> None:
    environ = {**COMPLETE, "SLACK_BOT_TOKEN": "xapp-very-secret", "ODPS_BOT_LOG_LEVEL": "loud"}
    ended = odps_bot(command, **environ, ODPS_BOT_LOG_FORMAT="json")

    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    said = json.loads(line)
    assert said["level"] == "CRITICAL"
    assert said["message"].startswith("2 settings are missing or wrong:\n- SLACK_BOT_TOKEN: ")
    assert "ODPS_BOT_LOG_LEVEL: 'loud' cannot be used" in said["message"]
    assert "very-secret" not in line


def test_the_doctor_names_all_that_is_missing_also_what_only_the_bot_needs() -> None:
    ended = odps_bot("doctor")

    assert ended.returncode == 2
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "REDIS_URL", "ODPS_ENDPOINT"):
        assert f"- {name} is not set" in ended.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("worker", "Redis (REDIS_URL) cannot be reached"),
        ("audit", "cannot reach Redis"),
    ],
)
def test_with_json_logs_the_reason_of_an_end_is_told_in_json(command: str, said: str) -> None:
    ended = odps_bot(command, **COMPLETE, ODPS_BOT_LOG_FORMAT="json")

    assert ended.returncode == 2
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert said in lines[-1]["message"]
    assert lines[-1]["level"] == "CRITICAL"
    assert "very-secret" not in ended.stderr


def test_with_json_logs_wrong_rules_are_told_in_json(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[roles\n")
    for command in ("bot", "worker", "doctor"):
        ended = odps_bot(command, **COMPLETE, ODPS_BOT_LOG_FORMAT="json", ODPS_BOT_RULES=str(rules))

        assert ended.returncode == 2
        [line] = ended.stderr.splitlines()
        assert "line 1" in json.loads(line)["message"]


def test_with_json_logs_an_error_that_nobody_foresaw_is_told_in_json() -> None:
    script = (
        "import sys; from odps_bot import __main__ as m;"
        "m._manifest = lambda _: 1 / 0; sys.exit(m.main(['manifest']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "ODPS_BOT_LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    said = json.loads(line)
    assert (said["message"], said["error"]) == (
        "the process ends with an error",
        "ZeroDivisionError",
    )


def test_a_misspelled_name_is_warned_of_at_the_start() -> None:
    ended = odps_bot("worker", **COMPLETE, ODPS_BOT_KEEP_DAY="3")

    [warned] = [line for line in ended.stderr.splitlines() if "WARNING" in line]
    assert "ODPS_BOT_KEEP_DAY is set but is not a setting. Did you mean ODPS_BOT_KEEP_" in warned


def test_a_worker_takes_its_secrets_from_files(tmp_path: Path) -> None:
    environ = dict(COMPLETE)
    for name in ("SLACK_BOT_TOKEN", "REDIS_URL", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        file = tmp_path / name
        file.write_text(environ.pop(name) + "\n")
        environ[f"{name}_FILE"] = str(file)
    ended = odps_bot("worker", **environ)

    assert "odps-bot: Redis (REDIS_URL) cannot be reached" in ended.stderr
    assert "very-secret" not in ended.stderr


def test_the_bot_says_which_secret_its_way_to_slack_needs() -> None:
    ended = odps_bot("bot", **COMPLETE, ODPS_BOT_SLACK_MODE="http")

    assert ended.returncode == 2
    assert ended.stderr.startswith("odps-bot: SLACK_SIGNING_SECRET is not set.")
    assert "needed by the bot in `http` mode" in ended.stderr


def test_the_bot_says_when_slack_cannot_be_reached() -> None:
    bot = subprocess.Popen(
        [sys.executable, "-m", "odps_bot", "bot"],
        env={**os.environ, **COMPLETE, "NO_PROXY": "127.0.0.1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    with bot:
        assert bot.stderr
        # By these it would reach MaxCompute, which it never does.
        assert "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are ignored" in (
            bot.stderr.readline()
        )
        lines = list(takewhile(lambda line: "cannot reach Slack" not in line, bot.stderr))
        bot.kill()

    said = "".join(lines)
    assert "Traceback" not in said
    assert "very-secret" not in said


def test_the_bot_says_when_slack_does_not_know_its_token(refusing_slack: str) -> None:
    ended = odps_bot("bot", **{**COMPLETE, "SLACK_API_URL": refusing_slack})

    assert ended.returncode == 2
    first, second = ended.stderr.splitlines()
    assert first == "odps-bot: Slack does not accept SLACK_BOT_TOKEN: invalid_auth."
    assert second.startswith("  To fix it: copy SLACK_BOT_TOKEN (xoxb-…) again: api.slack.com/apps")


def test_a_worker_says_when_redis_does_not_answer() -> None:
    ended = odps_bot("worker", **COMPLETE)

    assert ended.returncode == 2
    assert "odps-bot: Redis (REDIS_URL) cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "very-secret" not in ended.stderr


def test_the_manifest_is_printed_for_slacks_page() -> None:
    ended = odps_bot("manifest")

    assert ended.returncode == 0
    assert json.loads(ended.stdout) == manifest()


def test_the_version_is_the_packages_and_names_the_commit_where_it_is_known() -> None:
    ended = odps_bot("--version")

    assert (ended.returncode, ended.stderr) == (0, "")
    commit = r"( \(commit [0-9a-f]{12}(-dirty)?\))?"
    assert re.fullmatch(rf"odps-bot {re.escape(__version__)}{commit}\n", ended.stdout)


def test_without_a_command_the_commands_are_named() -> None:
    ended = odps_bot()

    assert ended.returncode == 2
    assert "usage: odps-bot" in ended.stderr
