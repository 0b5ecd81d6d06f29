"""Rounds of measurements: every client in turn, each time in a fresh process, and next round again.

The order alternates from round to round, so that no client always runs on a warmer machine.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client.import_cost import measure_first_request, measure_import

_ROOT = Path(__file__).parents[2]

_ALL = ("pyodps", "ours", "bare_requests")

#: With and without the extra `fast`.
_CSV = ("pyodps", "ours", "ours_plain")

#: Samples of one measure by client, a round each.
Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Task:
    """Something to measure in each round."""

    name: str
    measure: str  #: one of `probe.MEASURES`
    size: int = 0  #: pages or rows
    times: int = 1
    clients: tuple[str, ...] = _ALL
    most_rounds: int = 100  #: fewer rounds for what takes long


@dataclass(frozen=True)
class Effort:
    """How much is measured: everything, or so little that a test can afford it."""

    rounds: int
    polls: int
    many_pages: int
    many_rows: int

    def tasks(self) -> list[Task]:
        """Return what is measured besides the import and a first request."""
        without_requests = ("pyodps", "ours")
        few_rows = self.many_rows // 10
        return [
            Task("poll status", "poll status", times=self.polls),
            Task("poll tasks", "poll tasks", times=self.polls),
            Task("poll progress", "poll progress", times=self.polls),
            Task("list", "list", size=1, times=max(1, self.polls // 20)),
            Task("list pages", "list", size=self.many_pages, most_rounds=3),
            Task("few rows", "read rows", few_rows, clients=without_requests, most_rounds=3),
            Task("rows", "read rows", self.many_rows, clients=without_requests, most_rounds=3),
            Task("CSV", "write CSV", few_rows, clients=without_requests, most_rounds=3),
            Task("CSV few", "write CSV rows", few_rows, clients=_CSV, most_rounds=3),
            Task("CSV rows", "write CSV rows", self.many_rows, clients=_CSV, most_rounds=5),
            Task("CSV wide", "write CSV wide", 2 * few_rows, clients=_CSV, most_rounds=5),
        ]


FULL = Effort(rounds=9, polls=500, many_pages=100, many_rows=1_000_000)
QUICK = Effort(rounds=1, polls=5, many_pages=2, many_rows=1000)


def measure_all(effort: Effort) -> dict[str, Samples]:
    """Return samples by measure: `<task> cpu_seconds`, `import memory_bytes` and so on."""
    samples: dict[str, Samples] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as byte_code, _server(byte_code) as endpoint:
        environment = _environment(byte_code)
        for client in _ALL:  # compiles, which pip does otherwise
            measure_first_request(client, endpoint=endpoint, environment=environment)
        for round_number in range(effort.rounds):
            for client in _in_turn(_ALL, round_number):
                measured = measure_import(client, environment=environment)
                _note(samples, "import", client, measured)
            for client in _in_turn(_ALL, round_number):
                measured = measure_first_request(client, endpoint=endpoint, environment=environment)
                _note(samples, "first request", client, measured)
            for task in effort.tasks():
                if round_number >= task.most_rounds:
                    continue
                for client in _in_turn(task.clients, round_number):
                    _note(samples, task.name, client, _probe(task, client, endpoint, environment))
            print(f"round {round_number + 1} of {effort.rounds}", file=sys.stderr, flush=True)
    return {name: dict(by_client) for name, by_client in samples.items()}


def _in_turn(clients: tuple[str, ...], round_number: int) -> tuple[str, ...]:
    return clients if round_number % 2 == 0 else clients[::-1]


def _note(
    samples: dict[str, Samples], name: str, client: str, measured: Mapping[str, float]
) -> None:
    for quantity, value in measured.items():
        samples[f"{name} {quantity}"][client].append(value)


def _probe(
    task: Task, client: str, endpoint: str, environment: Mapping[str, str]
) -> dict[str, float]:
    arguments = [client, task.measure, endpoint, str(task.size), str(task.times)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.client.probe", *arguments],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


@contextlib.contextmanager
def _server(byte_code: str) -> Iterator[str]:
    """Serve the recorded responses in a process of their own and yield their endpoint."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.client.recorded_server"],
        cwd=_ROOT,
        env=_environment(byte_code),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("The server has no pipes.")
        yield process.stdout.readline().strip()
        process.stdin.close()


def _environment(byte_code: str) -> dict[str, str]:
    """Return an environment where modules are read compiled, as installed ones are."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": byte_code}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment
