"""What a process counts and times, as Prometheus reads it.

Names of people, statements and runs are never labels; the values of a label are few.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

#: How many values of a label are distinguished; later ones are `other`.
MOST_VALUES = 80
OTHER = "other"
_VALUE = re.compile(r"(?:(?:GET|PUT|POST|DELETE) )?[A-Za-z][A-Za-z0-9_.:/*?-]{0,59}|[1-5]\d\d")

#: Slack waits 3 s for an acknowledgement; Slack and MaxCompute are waited for up to 20 s.
ACK_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5)
CALL_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20)
JOB_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 600)


class _Names:
    """Keeps the values of one label few and plain. Threads may share it."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._turn = threading.Lock()

    def bounded(self, value: str) -> str:
        """Return the value, or `other`."""
        if not _VALUE.fullmatch(value):
            return OTHER
        with self._turn:
            if len(self._known) < MOST_VALUES:
                self._known.add(value)
            return value if value in self._known else OTHER


class Metrics:
    """The metrics of one process. Threads may share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._names: dict[str, _Names] = {}
        self._acks = self._histogram(
            "ack", "Time to acknowledge a request of Slack", ("kind", "outcome"), ACK_BUCKETS_S
        )
        self._slack = self._histogram(
            "slack_call", "Calls to Slack's Web API", ("method", "outcome"), CALL_BUCKETS_S
        )
        self._maxcompute = self._histogram(
            "maxcompute_call", "Requests to MaxCompute", ("operation", "outcome"), CALL_BUCKETS_S
        )
        self._jobs = self._histogram("job", "RQ jobs", ("job", "outcome"), JOB_BUCKETS_S)
        self._waits = self._histogram(
            "job_wait", "How long RQ jobs waited after they were due", ("queue",), JOB_BUCKETS_S
        )
        self._held = self._histogram(
            "held_request",
            "Requests that MaxCompute holds until an instance ends",
            ("outcome",),
            CALL_BUCKETS_S,
        )
        self._running = Gauge(
            "odps_bot_jobs_running",
            "RQ jobs that are being run, by lane",
            ("lane",),
            registry=self.registry,
        )
        self._requests = self._counter(
            "requests", "Interactions and other audited events", ("kind", "what", "outcome")
        )
        self._ignored = self._counter(
            "ignored", "Requests of Slack that nothing came of", ("kind", "reason")
        )
        self._held_back = Counter(
            "odps_bot_app_rate_limited_total",
            "Minutes in which Slack held events of a workspace back",
            registry=self.registry,
        )
        self._transitions = self._counter("run_transitions", "State changes of runs", ("state",))
        self._connection_events = self._counter(
            "slack_connection_events", "Socket Mode: connections opened, closed, failed", ("event",)
        )
        self._logged = self._counter(
            "log_lines", "Warnings and errors in the log", ("level", "logger", "error")
        )

    def acknowledged(self, kind: str, outcome: str, took: timedelta) -> None:
        """Count a request from Slack."""
        self._observe(self._acks, took, kind=kind, outcome=outcome)

    def slack_responded(self, method: str, outcome: str, took: timedelta) -> None:
        """Count a call to Slack."""
        self._observe(self._slack, took, method=method, outcome=outcome)

    def maxcompute_responded(self, operation: str, outcome: str, took: timedelta) -> None:
        """Count a request to MaxCompute."""
        self._observe(self._maxcompute, took, operation=operation, outcome=outcome)

    def held(self, outcome: str, took: timedelta) -> None:
        """Count a request that waited for the end of an instance; `outcome` is of a few."""
        self._observe(self._held, took, outcome=outcome)

    def job_began(self, lane: str) -> None:
        """Count a job among those that are being run."""
        self._running.labels(lane).inc()

    def job_left(self, lane: str) -> None:
        """Count it no longer."""
        self._running.labels(lane).dec()

    def forget_lanes(self, lanes: Iterable[str]) -> None:
        """Count no jobs of these lanes any more: the process that ran them has ended."""
        for lane in lanes:
            self._running.labels(lane).set(0)

    def job_ended(self, job: str, outcome: str, took: timedelta) -> None:
        """Count an RQ job."""
        self._observe(self._jobs, took, job=job, outcome=outcome)

    def job_waited(self, queue: str, waited: timedelta) -> None:
        """Count the waiting time of a job."""
        self._observe(self._waits, waited, queue=queue)

    def requested(self, kind: str, what: str, outcome: str) -> None:
        """Count a command, a click, a denial, a post and the like."""
        self._count(self._requests, kind=kind, what=what, outcome=outcome)

    def ignored(self, kind: str, reason: str) -> None:
        """Count a request of Slack that nothing came of: an event, or an unknown button."""
        self._count(self._ignored, kind=kind, reason=reason)

    def events_held_back(self) -> None:
        """Count a minute in which Slack held events back."""
        self._held_back.inc()

    def run_transitioned(self, state: str) -> None:
        """Count a run that took a state."""
        self._count(self._transitions, state=state)

    def slack_connection_event(self, event: str) -> None:
        """Count what became of a Socket Mode connection; `event` is a code, Slack's or ours."""
        self._count(self._connection_events, event=event or "unnamed")

    def logged(self, level: str, logger: str, error: str) -> None:
        """Count a line of the log."""
        self._count(self._logged, level=level, logger=logger, error=error or "none")

    def watch_slack(self, is_connected: Callable[[], bool]) -> None:
        """Export whether Slack is connected; only for the bot process."""
        gauge = Gauge(
            "odps_bot_slack_connected",
            "Whether Slack is connected (Socket Mode) or being listened for (signed HTTP)",
            registry=self.registry,
        )
        gauge.set_function(lambda: float(is_connected()))

    def watch_slack_connections(self, opened: Callable[[], int], *, wanted: int) -> None:
        """Export how many Socket Mode connections are open; only for the bot process."""
        gauge = Gauge(
            "odps_bot_slack_connections",
            "Socket Mode connections by which Slack can deliver",
            registry=self.registry,
        )
        gauge.set_function(opened)
        Gauge(
            "odps_bot_slack_connections_wanted",
            "Socket Mode connections that are kept open",
            registry=self.registry,
        ).set(wanted)

    def watch_senders(self, busy: Callable[[], int], *, count: int) -> None:
        """Export how many of the threads that send to Slack are busy; only for workers."""
        gauge = Gauge(
            "odps_bot_senders_busy", "Threads that are sending to Slack", registry=self.registry
        )
        gauge.set_function(busy)
        Gauge("odps_bot_senders", "Threads that send to Slack", registry=self.registry).set(count)

    def watch_held_requests(self, busy: Callable[[], int], *, places: int) -> None:
        """Export how many requests MaxCompute holds for this process; only for workers."""
        gauge = Gauge(
            "odps_bot_held_requests",
            "Requests that MaxCompute holds until an instance ends",
            registry=self.registry,
        )
        gauge.set_function(busy)
        Gauge(
            "odps_bot_held_requests_places",
            "How many requests a worker lets MaxCompute hold at once",
            registry=self.registry,
        ).set(places)

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _histogram(
        self, name: str, meaning: str, labels: tuple[str, ...], buckets_s: tuple[float, ...]
    ) -> Histogram:
        full_name = f"odps_bot_{name}_seconds"
        return Histogram(full_name, meaning, labels, buckets=buckets_s, registry=self.registry)

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"odps_bot_{name}_total", meaning, labels, registry=self.registry)

    def _observe(self, histogram: Histogram, took: timedelta, **labels: str) -> None:
        histogram.labels(**self._bounded(labels)).observe(max(0.0, took.total_seconds()))

    def _count(self, counter: Counter, **labels: str) -> None:
        counter.labels(**self._bounded(labels)).inc()

    def _bounded(self, labels: dict[str, str]) -> dict[str, str]:
        return {
            name: self._names.setdefault(name, _Names()).bounded(value)
            for name, value in labels.items()
        }


class LogCounter(logging.Handler):
    """Counts warnings and errors by their logger and what was raised."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.WARNING)
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        kind = record.exc_info[0] if record.exc_info else None
        self._metrics.logged(record.levelname, record.name, kind.__name__ if kind else "")
