"""A sandbox whose clock the test turns, and what people ask about its instances."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.sandbox.maxcompute import MaxComputeSandbox

SQL = "select city, count(*) from orders where ds >= '2' group by city order by city"


class Clock:
    """A clock that the test turns ahead of the true time."""

    def __init__(self):
        self.ahead = timedelta(0)

    @property
    def now(self):
        return datetime.now(UTC) + self.ahead

    def turn(self, seconds):
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def turned():
    return Clock()


@pytest.fixture(scope="module")
def sandbox(turned):
    with MaxComputeSandbox(orders_rows=400_000, clock=lambda: turned.now) as server:
        yield server


@pytest.fixture
def clock(turned):
    """The clock; every test begins at the true time, with which PyODPS signs its requests."""
    turned.ahead = timedelta(0)
    return turned


@pytest.fixture
def ask(odps):
    """Return a function that asks for something of an instance and reads the JSON."""

    def ask(instance, action, **params):
        response = odps.rest.get(instance.resource(), action=action, params=params)
        return json.loads(response.text)

    return ask


@pytest.fixture
def submit(odps, eventually, clock):
    """Return a function that submits a statement; it is stopped at the end."""
    submitted = []

    def submit(sql=SQL, **hints):
        hints = {f"sandbox.{name}": str(value) for name, value in hints.items()}
        instance = odps.run_sql(sql, hints=hints)
        submitted.append(instance)
        return instance

    yield submit
    for instance in submitted:
        if not instance.is_terminated():
            instance.stop()
            clock.turn(2)
            eventually(instance.is_terminated)
