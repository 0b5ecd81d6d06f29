"""What is counted has few labels, and none of them tells of people or statements."""

import logging
from datetime import timedelta

import pytest

from odps_bot.operations.metrics import LogCounter, Metrics

SECOND = timedelta(seconds=1)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_what_happens_is_counted_and_timed() -> None:
    metrics = Metrics()

    metrics.acknowledged("command", "ok", timedelta(milliseconds=20))
    metrics.slack_responded("chat.postMessage", "busy", SECOND)
    metrics.maxcompute_responded("GET instances/*", "200", SECOND)
    metrics.job_ended("submit_run", "ok", SECOND)
    metrics.job_waited("odps-bot-submit", SECOND)
    metrics.requested("command", "run", "done")
    metrics.run_transitioned("running")

    said = metrics.exposition().decode()
    for line in (
        'odps_bot_ack_seconds_bucket{kind="command",le="0.025",outcome="ok"} 1.0',
        'odps_bot_slack_call_seconds_count{method="chat.postMessage",outcome="busy"} 1.0',
        'odps_bot_maxcompute_call_seconds_count{operation="GET instances/*",outcome="200"} 1.0',
        'odps_bot_job_seconds_sum{job="submit_run",outcome="ok"} 1.0',
        'odps_bot_job_wait_seconds_count{queue="odps-bot-submit"} 1.0',
        'odps_bot_requests_total{kind="command",outcome="done",what="run"} 1.0',
        'odps_bot_run_transitions_total{state="running"} 1.0',
    ):
        assert line in said


@pytest.mark.parametrize(
    "foreign", ["", "select * from t", 'x"y', "naïve", "a\nb", "x" * 61, "20261122"]
)
def test_what_is_no_plain_name_is_no_label(foreign: str) -> None:
    metrics = Metrics()

    metrics.run_transitioned(foreign)

    assert value(metrics, "odps_bot_run_transitions_total", state="other") == 1


def test_a_label_has_few_values_whatever_comes() -> None:
    metrics = Metrics()

    for n in range(1_000):
        metrics.run_transitioned(f"state-{n}")
    metrics.run_transitioned("state-0")

    lines = [
        line
        for line in metrics.exposition().decode().splitlines()
        if line.startswith("odps_bot_run_transitions_total")
    ]
    assert len(lines) == 81
    assert value(metrics, "odps_bot_run_transitions_total", state="state-0") == 2


def test_two_processes_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()

    one.run_transitioned("running")

    assert value(other, "odps_bot_run_transitions_total", state="running") is None


def test_warnings_and_errors_of_the_log_are_counted_by_what_was_raised() -> None:
    metrics = Metrics()
    log = logging.Logger("odps_bot.test")  # noqa: LOG001  -- of this test alone
    log.addHandler(LogCounter(metrics))

    log.info("not counted")
    log.warning("counted")
    try:
        {}["key"]
    except KeyError:
        log.exception("counted by its kind")

    name = "odps_bot_log_lines_total"
    assert value(metrics, name, level="WARNING", logger="odps_bot.test", error="none") == 1
    assert value(metrics, name, level="ERROR", logger="odps_bot.test", error="KeyError") == 1
    assert value(metrics, name, level="INFO", logger="odps_bot.test", error="none") is None
