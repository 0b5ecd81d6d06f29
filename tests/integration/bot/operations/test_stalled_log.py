"""Whoever reads the log may stop reading: a process ends all the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]

BEGINNING = """
import logging, os, signal, sys, threading, time
from datetime import timedelta
from functools import partial
from odps_bot.operations.logs import set_up_logs
from odps_bot.operations.shutdown import GracefulShutdown, end_now
from odps_bot.operations.watchdog import SystemdNotifier, Watchdog, watched
set_up_logs("INFO")
end = partial(end_now, within=timedelta(milliseconds=200))
"""

#: Another thread is at its line already, and holds what a line needs.
BLOCKED = """
threading.Thread(target=logging.getLogger("odps_bot").warning, args=["line"], daemon=True).start()
time.sleep(0.2)
"""

UNWELL = """
watchdog = Watchdog({"pulse": lambda: "hangs"}, notifier=SystemdNotifier({}), end=end,
                    is_stopping=lambda: False)
for _ in range(3):
    watchdog.check()
"""

TOO_LATE = """
GracefulShutdown(within=timedelta(milliseconds=100), end=end).request()
time.sleep(60)
"""

TOLD_TWICE = """
stopping = GracefulShutdown(within=timedelta(hours=1), end=end, clock=iter((0, 1)).__next__)
stopping.request()
stopping.request()
"""

#: Nothing else runs: the regular expression keeps the interpreter to itself.
HANGS = """
import re
with watched({}, is_stopping=lambda: False, hangs_after=timedelta(seconds=0.5)):
    re.match(r"(a|a)*b", "a" * 60)
"""


@pytest.fixture
def full_pipe() -> Iterator[int]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 512)
    except BlockingIOError:
        pass
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


def run(code: str, errors: int) -> int:
    arguments = [sys.executable, "-c", BEGINNING + code]
    with subprocess.Popen(arguments, stderr=errors) as process:
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (UNWELL, 2),
        (BLOCKED + UNWELL, 2),
        (TOO_LATE, 143),
        (BLOCKED + TOO_LATE, 143),
        (TOLD_TWICE, 143),
        (HANGS, 1),
    ],
    ids=["unwell", "unwell-blocked", "too-late", "too-late-blocked", "told-twice", "hangs"],
)
def test_a_process_whose_log_nobody_reads_ends(code: str, status: int, full_pipe: int) -> None:
    assert run(code, full_pipe) == status


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_process_that_cannot_start_ends_although_nobody_reads_why(
    style: str, full_pipe: int
) -> None:
    environ = {"ODPS_BOT_LOG_FORMAT": style, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", "odps_bot", "worker"]

    with subprocess.Popen(arguments, stderr=full_pipe, env=environ) as process:
        try:
            assert process.wait(30) == 2
        finally:
            process.kill()


def test_what_hangs_says_where() -> None:
    arguments = [sys.executable, "-c", BEGINNING + HANGS]

    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 1
    assert "match" in ended.stderr
