"""`odps-bot sandbox` as people start it: what it prints can be used, and it ends cleanly."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PATIENCE_S = 45
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ INFO ")


@dataclass
class Command:
    """The command as it runs."""

    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)

    @property
    def welcome(self) -> str:
        return wait_for(lambda: "Ctrl-C stops" in "".join(self.printed) and "".join(self.printed))

    @property
    def page(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+$", self.welcome, re.MULTILINE)
        assert found, self.welcome
        return found[0]

    def snippet(self) -> str:
        """Return the lines that are to be pasted into Python."""
        lines = self.welcome.split("type what it prints:\n\n")[1].split("\n\n")[0]
        return textwrap.dedent(lines)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.page + path, data=data, headers={"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)

    def channel(self) -> str:
        return json.dumps(self.ask(f"/sandbox/messages?channel={CHANNEL}"), ensure_ascii=False)


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return found


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with subprocess.Popen(
        [sys.executable, "-W", "default", "-m", "odps_bot", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    ) as process:
        command = Command(process)
        reading = threading.Thread(target=command.read)
        reading.start()
        yield command
        process.kill()
        reading.join()


def test_what_pyodps_submits_to_the_printed_endpoint_can_be_watched(command: Command) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(command.snippet(), {})

    watch = printed.getvalue().strip()
    assert watch.startswith("/odps watch ")
    said = command.ask("/sandbox/say", {"user": ALICE, "channel": CHANNEL, "text": watch})
    assert said["ok"], said
    instance_id = watch.split()[-1]
    wait_for(lambda: instance_id in (shown := command.channel()) and "Running" in shown)


def test_endpoint_and_page_are_open_to_this_machine_alone(command: Command) -> None:
    hosts = re.findall(r"http://([^/:\s]+)", command.welcome)

    assert set(hosts) == {"127.0.0.1"}


def test_ctrl_c_ends_it_without_complaints(command: Command) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(command.snippet(), {})
    command.process.send_signal(signal.SIGINT)

    assert command.process.wait(PATIENCE_S) == 0
    assert command.process.stderr is not None
    said = command.process.stderr.read().splitlines()
    assert [line for line in said if not LOG_LINE.match(line)] == []
