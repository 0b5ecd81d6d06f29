"""What is called a read leaves the sandbox's database as it was."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlglot.errors import SqlglotError

from odps_bot.sandbox.maxcompute.engine.catalog import quoted
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sql.classification import classify
from odps_bot.sql.statements import SqlText

NOW = datetime(2026, 11, 1, 12, 30, 15, tzinfo=UTC)
NUMBERS = count()
TABLES = ("t", "u", "v", "a", "b", "c", "d")
COLUMNS = "id bigint, a bigint, b bigint, c bigint, d string, x bigint, y bigint"


class World:
    """A sandbox's engine with the tables that the corpus talks of."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        for table in TABLES:
            assert self.run(f"create table {table} ({COLUMNS}, ds string)")
            assert self.run(f"insert into {table} values (1, 2, 3, 4, 'x', 5, 6, '20261101')")

    def run(self, sql) -> bool:
        """Run a text; return whether the sandbox knows how to."""
        execution = self.engine.execution(
            sql,
            project="sandbox",
            owner="ALIYUN$me@example.com",
            settings={"odps.sql.submit.mode": "script"} | SqlText(sql).settings,
            instance_id=f"i{next(NUMBERS)}",
            now=NOW,
        )
        try:
            execution.analyze()
            outcome = execution.run()
        except (SqlError, SqlglotError):  # a hint that is cut off ends as the second
            return False
        if outcome.rows is not None:
            self.engine.forget(outcome.rows)
        return True

    def fingerprint(self):
        """Return what there is: all tables with a checksum of their rows."""
        with self.engine._database.cursor() as cursor:
            names = cursor.execute(
                "select table_schema, table_name from information_schema.tables order by all"
            ).fetchall()
            return [
                (
                    *name,
                    cursor.execute(f"select count(*), bit_xor(hash(t)) from {full} t").fetchone(),
                )
                for name in names
                if (full := ".".join(map(quoted, name)))
            ]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    engine = Engine(("sandbox", "p"), orders_rows=100)
    yield World(engine)
    engine.close()


def test_what_is_called_a_read_leaves_the_database_as_it_was(world, corpus):
    before = world.fingerprint()

    run = [text for label, text in corpus if label == "read" and world.run(text)]

    assert world.fingerprint() == before
    assert len(run) >= 100


def test_the_fingerprint_sees_a_write(world):
    before = world.fingerprint()

    assert world.run("insert into t (id) values (5)")
    assert world.fingerprint() != before


def test_whatever_changes_the_database_is_no_read(world, corpus):
    changed = []
    before = world.fingerprint()
    for text in [text for label, text in corpus if label != "read"]:
        # Of several statements the first may have changed something before another failed.
        may_have_changed = world.run(text) or ";" in text
        if may_have_changed and (after := world.fingerprint()) != before:
            changed.append(text)
            before = after

    assert len(changed) >= 30
    assert not [text for text in changed if classify(text).is_read]
