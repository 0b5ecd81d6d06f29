"""A sandbox for clients of others, and the environment that they are installed in."""

import os
import sys
from pathlib import Path

import pytest

from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
)
from tests.conformance.foreigners.tools import ABSENT

#: What `make conformance` installs for them, beside what installs the tests.
BIN = Path(sys.prefix) / "conformance" / "bin"

#: In the paths of requests that are meant to find nothing: what is unknown, and the Catalog API.
UNKNOWN = ("nosuch", "gnothere", "/api/catalog/")

collect_ignore = list(ABSENT)


def pytest_report_header():
    return [f"not run: {module}, {reason}" for module, reason in ABSENT.items()]


def pytest_terminal_summary(terminalreporter):
    for module, reason in ABSENT.items():
        terminalreporter.write_line(f"not run: {module}, {reason}", yellow=True)


@pytest.fixture(scope="module")
def sandbox():
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=20_000) as server:
        yield server


@pytest.fixture(autouse=True)
def no_fault_of_ours(sandbox):
    """A client asks nothing that the sandbox does not know, and the sandbox never fails."""
    sandbox.clear_requests()
    yield
    odd = [
        f"{request.http_status} {request.method} {request.path} {dict(request.query)}"
        for request in sandbox.requests()
        if request.http_status in {400, 404, 405} or (request.http_status or 0) >= 500
        if not any(word in request.path for word in UNKNOWN)
    ]
    assert odd == []


@pytest.fixture(scope="session")
def foreign_bin():
    assert BIN.is_dir(), f"{BIN} is missing: `make conformance` installs it"
    return BIN


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """What a person exports: who they are, and a home that belongs to the test."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("home")),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
    }
