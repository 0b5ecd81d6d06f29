"""A process in which no Python runs any more does not stay."""

import subprocess
import sys

#: While a regular expression backtracks, no other thread gets its turn.
HANGS = """
import re
from datetime import timedelta
from odps_bot.operations.watchdog import watched

with watched({}, is_stopping=lambda: False, environ={}, hangs_after=timedelta(seconds=1)):
    print("hangs", flush=True)
    re.match("(a+)+$", "a" * 60 + "b")
"""

ENDS = """
import threading
from datetime import timedelta
from odps_bot.operations.watchdog import watched

with watched({}, is_stopping=lambda: False, environ={}, hangs_after=timedelta(seconds=0.1)):
    pass
threading.Event().wait(0.3)
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_that_hangs_ends_and_says_where_it_was() -> None:
    ended = run(HANGS)

    assert (ended.returncode, ended.stdout) == (1, "hangs\n")
    assert "Timeout" in ended.stderr
    assert "in match" in ended.stderr


def test_a_process_that_has_left_its_work_has_its_time() -> None:
    assert run(ENDS).returncode == 0
