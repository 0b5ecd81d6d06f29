"""A sandbox to talk to, and PyODPS to talk with."""

import time
from collections.abc import Callable, Iterator

import pytest
from odps import ODPS

from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[MaxComputeSandbox]:
    """A sandbox that loses no time; the tests of a module share it."""
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=60_000) as server:
        yield server


@pytest.fixture(autouse=True)
def no_faults_left(sandbox: MaxComputeSandbox) -> Iterator[None]:
    """Every test starts without faults and recorded requests."""
    sandbox.clear_requests()
    yield
    sandbox.faults.clear()


@pytest.fixture
def odps(sandbox: MaxComputeSandbox) -> ODPS:
    """PyODPS, as everybody uses it; it keeps the Logview host of its first server."""
    return ODPS(
        ACCESS_KEY_ID,
        ACCESS_KEY_SECRET,
        project="sandbox",
        endpoint=sandbox.endpoint,
        logview_host=sandbox.endpoint.removesuffix("/api"),
    )


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something is true, for some seconds."""

    def wait(is_true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not is_true():
            assert time.monotonic() < deadline, "it did not become true in time"
            time.sleep(0.02)

    return wait
