"""What a child process counts, counted by the process that started it, which serves `/metrics`."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from odps_bot.operations.metrics import Metrics

#: What is counted elsewhere: methods of Metrics, whose arguments are texts and times.
FORWARDED = (
    "slack_responded",
    "maxcompute_responded",
    "job_began",
    "job_left",
    "job_ended",
    "job_waited",
    "requested",
    "run_transitioned",
    "logged",
)


def forward(metrics: Metrics, write: Callable[[bytes], object]) -> None:
    """Have whatever is counted by `metrics` written as lines, for `count_forwarded`."""

    def send(method: str, *arguments: str | timedelta) -> None:
        plain = [a.total_seconds() if isinstance(a, timedelta) else a for a in arguments]
        # A reader that is behind must not hold up the work.
        with suppress(OSError):
            write(json.dumps([method, *plain]).encode() + b"\n")

    for method in FORWARDED:
        setattr(metrics, method, partial(send, method))


def forward_to_parent(metrics: Metrics) -> None:
    """Write them to this process's output, which its parent reads."""
    output = 1
    os.set_blocking(output, False)
    forward(metrics, partial(os.write, output))


def is_forwarded(line: bytes) -> bool:
    """Return whether a line is one of those; others are lines of the audit trail."""
    return line.startswith(b"[")


def count_forwarded(line: bytes, metrics: Metrics) -> None:
    """Count what a line says; one that cannot be read says nothing."""
    with suppress(ValueError, TypeError):
        method, *plain = json.loads(line)
        if method in FORWARDED:
            arguments = [timedelta(seconds=a) if isinstance(a, float) else a for a in plain]
            getattr(metrics, method)(*arguments)
