"""The command line: what is missing is named in a line, not in a traceback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
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


def odps_bot(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
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
def test_a_missing_setting_is_named_in_one_line(command: str) -> None:
    ended = odps_bot(command)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == (
        "odps-bot: REDIS_URL is not set. It is: Redis with runs, jobs and outbox (`redis://`,"
        " `rediss://` or `unix://`).\n"
    )


def test_the_bot_says_which_secret_its_way_to_slack_needs() -> None:
    ended = odps_bot("bot", **COMPLETE, ODPS_BOT_SLACK_MODE="http")

    assert ended.returncode == 2
    assert ended.stderr.startswith("odps-bot: SLACK_SIGNING_SECRET is needed in http mode")


def test_the_bot_says_when_slack_cannot_be_reached() -> None:
    ended = odps_bot("bot", **COMPLETE)

    assert ended.returncode == 2
    assert f"\nodps-bot: Slack cannot be reached at {NOWHERE}/api/" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "very-secret" not in ended.stderr


def test_the_bot_says_when_slack_does_not_know_its_token(refusing_slack: str) -> None:
    ended = odps_bot("bot", **{**COMPLETE, "SLACK_API_URL": refusing_slack})

    assert ended.returncode == 2
    assert ended.stderr == "odps-bot: Slack does not accept SLACK_BOT_TOKEN: invalid_auth\n"


def test_a_worker_says_when_redis_does_not_answer() -> None:
    ended = odps_bot("worker", **COMPLETE)

    assert ended.returncode == 2
    assert "odps-bot: Redis (REDIS_URL) does not answer" in ended.stderr
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
