"""What the process for files counts is served by the worker that has started it."""

from datetime import timedelta

import pytest

from odps_bot.operations.metrics import Metrics
from workers.runtime.child_metrics import FORWARDED, count_forwarded, forward


@pytest.fixture
def pair():
    """Metrics of a child, and those of its parent, which reads what the child writes."""
    child, parent = Metrics(), Metrics()
    forward(child, lambda line: count_forwarded(line, parent))
    return child, parent


def test_what_a_child_counts_its_parent_counts(pair):
    child, parent = pair
    child.job_began("files")
    child.job_ended("send_file", "ok", timedelta(seconds=3))
    child.logged("ERROR", "workers.files", "")

    shown = parent.exposition().decode()
    assert 'odps_bot_job_seconds_sum{job="send_file",outcome="ok"} 3.0' in shown
    assert 'odps_bot_jobs_running{lane="files"} 1.0' in shown
    assert 'level="ERROR",logger="workers.files"} 1.0' in shown
    assert "send_file" not in child.exposition().decode()


def test_a_child_that_has_ended_runs_no_jobs(pair):
    child, parent = pair
    child.job_began("files")
    parent.forget_lanes(["files"])

    assert 'odps_bot_jobs_running{lane="files"} 0.0' in parent.exposition().decode()


def test_all_that_is_forwarded_can_be_counted():
    assert all(callable(getattr(Metrics(), method)) for method in FORWARDED)


def test_a_parent_that_does_not_read_holds_up_nobody():
    child = Metrics()

    def write(_line):
        raise BlockingIOError

    forward(child, write)
    child.job_began("files")


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"5", b'["exposition"]', b'["job_began"]', b'["job_ended", 1]', b"\xff"],
)
def test_a_line_that_cannot_be_read_says_nothing(line):
    count_forwarded(line, Metrics())
