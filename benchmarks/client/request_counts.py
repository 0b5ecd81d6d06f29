"""How many requests each operation takes: once from nothing, and once more on the same client."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.client import ours, pyodps
from benchmarks.client.operations import EXECUTE_TO_ROWS, OPERATIONS
from benchmarks.client.recorded_responses import Ids
from benchmarks.client.recorded_server import RecordedServer
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing

Call = Callable[[Any, Ids], object]


@dataclass(frozen=True)
class Requests:
    """Requests of one operation by one client."""

    first: int  #: with making the client
    again: int  #: with the same client and another instance


@dataclass(frozen=True)
class RequestCount:
    """One line of the table."""

    name: str
    ours: Requests
    pyodps: Requests


def count_requests() -> Iterator[RequestCount]:
    """Count for all operations, and for the flows that end with rows once more in the sandbox."""
    for operation in OPERATIONS:
        yield RequestCount(
            operation.name,
            _with_recorded_responses(ours.connect, operation.ours),
            _with_recorded_responses(pyodps.connect, operation.pyodps),
        )
    for operation in EXECUTE_TO_ROWS:
        yield RequestCount(
            f"{operation.name}, sandbox",
            _with_sandbox(ours.connect, operation.ours),
            _with_sandbox(pyodps.connect, operation.pyodps),
        )


# Each count has a server of its own: PyODPS caches responses for all clients of a server.


def _with_recorded_responses(connect: Callable[..., Any], call: Call) -> Requests:
    with RecordedServer() as server:
        return _count(lambda: connect(server.endpoint), call, lambda: server.service.requests)


def _with_sandbox(connect: Callable[..., Any], call: Call) -> Requests:
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=1000) as sandbox:
        return _count(
            lambda: connect(sandbox.endpoint, project="sandbox"),
            call,
            lambda: len(sandbox.requests()),
        )


def _count(connect: Callable[[], Any], call: Call, so_far: Callable[[], int]) -> Requests:
    client = connect()
    call(client, Ids(1))
    first = so_far()
    call(client, Ids(2))
    return Requests(first=first, again=so_far() - first)
