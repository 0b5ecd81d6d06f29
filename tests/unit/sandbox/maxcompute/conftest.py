"""Somebody who runs one statement after the other in the sandbox's engine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from odps_bot.sandbox.maxcompute.csv_text import csv_text
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.errors import SqlError

NOW = datetime(2026, 11, 1, 12, 30, 15, tzinfo=UTC)
NUMBERS = count()


class Session:
    """Runs one statement after the other."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def outcome(self, sql, **settings):
        execution = self.engine.execution(
            sql,
            project="sandbox",
            owner="ALIYUN$me@example.com",
            settings={name.replace("__", "."): value for name, value in settings.items()},
            instance_id=f"i{next(NUMBERS)}",
            now=NOW,
        )
        execution.analyze()
        return execution.run()

    def rows(self, sql, **settings):
        return list(self.engine.rows(self.outcome(sql, **settings).rows))

    def value(self, expression):
        return self.rows(f"select {expression}")[0][0]

    def csv(self, sql, **settings):
        """Return the rows as the result API writes them, without the names of the columns."""
        result = self.outcome(sql, **settings).rows
        return csv_text(result.columns, self.engine.rows(result)).split("\n", 1)[1].rstrip("\n")

    def types(self, sql, **settings):
        return [str(column.type) for column in self.outcome(sql, **settings).rows.columns]

    def failure(self, sql, **settings):
        with pytest.raises(SqlError) as failed:
            self.outcome(sql, **settings)
        return str(failed.value)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine(("sandbox", "analytics"), orders_rows=3_000)
    yield engine
    engine.close()


@pytest.fixture
def session(engine):
    return Session(engine)
