"""One execution of an SQL text: understood first, then run, and stopped at any time."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import duckdb
from sqlglot import exp

from odps_bot.sandbox.maxcompute.engine import reports, writing
from odps_bot.sandbox.maxcompute.engine.catalog import Column, Table
from odps_bot.sandbox.maxcompute.engine.complaints import from_duckdb
from odps_bot.sandbox.maxcompute.engine.database import RESULTS, Database
from odps_bot.sandbox.maxcompute.engine.errors import (
    InterruptedExecutionError,
    parse_exception,
    read_only,
    semantic_exception,
)
from odps_bot.sandbox.maxcompute.engine.grammar import parse
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position
from odps_bot.sandbox.maxcompute.engine.script import Script, Statement, cut
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.stages import Stage, plan_stages
from odps_bot.sandbox.maxcompute.engine.statements import (
    READS,
    CreateTable,
    Explain,
    Insert,
    Parsed,
    Query,
)
from odps_bot.sandbox.maxcompute.engine.translation import Translated, translate
from odps_bot.sandbox.maxcompute.engine.types import from_duckdb as type_from_duckdb


@dataclass(frozen=True)
class ResultSet:
    """Rows of a query, kept in DuckDB until the instance is forgotten."""

    columns: tuple[Column, ...]
    row_count: int
    #: The table that holds them, for `Engine.rows`.
    table: str


@dataclass(frozen=True)
class Outcome:
    """How an execution ended well: with text, or with rows."""

    text: str = ""
    rows: ResultSet | None = None
    #: Tables that were read and written, for summaries.
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Understood:
    """What is known of a text before it runs."""

    stages: tuple[Stage, ...]
    is_read: bool
    settings: Mapping[str, str]


class Execution:
    """An SQL text on its way through the engine."""

    def __init__(
        self,
        database: Database,
        *,
        sql: str,
        project: str,
        owner: str,
        settings: Mapping[str, str],
        result_table: str,
        now: datetime,
    ) -> None:
        self._database = database
        self._sql = sql
        self._project = project
        self._owner = owner
        self._given_settings = settings
        self._result_table = result_table
        self._now = now
        self._script = Script({}, ())
        self._parsed: list[tuple[Statement, Parsed]] = []
        self._stopped = threading.Event()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def understand(self, *, may_set: bool = True) -> Understood:
        """Parse and check; raises `SqlError` for what can be told without running anything."""
        self._script = cut(self._sql)
        if self._script.settings and not may_set:
            raise parse_exception(Position(1, 1), "invalid token 'SET'")
        settings = {**self._script.settings, **self._given_settings}
        self._parsed = [(statement, _parse(statement)) for statement in self._script.statements]
        self._check_number(settings)
        is_read = all(isinstance(parsed, READS) for _, parsed in self._parsed)
        if not is_read and settings.get("odps.sql.read.only", "").lower() == "true":
            written = next(s for s, parsed in self._parsed if not isinstance(parsed, READS))
            raise read_only(written.position())
        if len(self._parsed) == 1:
            with self._database.cursor() as cursor:
                self._bind(cursor, *self._parsed[0])
        return Understood(self._stages(), is_read, settings)

    def run(self) -> Outcome:
        """Run all statements; the last one's outcome counts.

        Raises `SqlError`, or `InterruptedExecutionError` after `stop`.
        """
        outcome = Outcome()
        with self._database.cursor() as cursor:
            self._cursor = cursor
            try:
                for statement, parsed in self._parsed:
                    outcome = self._run(cursor, statement, parsed)
            finally:
                self._cursor = None
        return outcome

    def stop(self) -> None:
        """Interrupt what runs; safe from any thread, at any time, and more than once."""
        self._stopped.set()
        if (cursor := self._cursor) is not None:
            with suppress(duckdb.Error):
                cursor.interrupt()

    def _check_number(self, settings: Mapping[str, str]) -> None:
        if not self._parsed and not self._script.settings:
            raise parse_exception(NOWHERE, "empty statement")
        if len(self._parsed) > 1 and settings.get("odps.sql.submit.mode", "").lower() != "script":
            raise parse_exception(
                self._parsed[1][0].position(),
                "multi-statement query is not supported - Please add put "
                '{ "odps.sql.submit.mode" : "script"} for multi-statement query in settings',
            )

    def _session(self, statement: Statement) -> Session:
        settings = {**self._script.settings, **self._given_settings}
        lenient = ("odps.sql.udf.strict.mode", "odps.function.strictmode")
        return Session(
            catalog=self._database.catalog,
            project=self._project,
            text=statement.text,
            now=self._now,
            is_lenient=any(settings.get(name, "").lower() == "false" for name in lenient),
            may_scan_all_partitions=settings.get("odps.sql.allow.fullscan", "").lower() == "true",
        )

    def _stages(self) -> tuple[Stage, ...]:
        for _, parsed in reversed(self._parsed):
            inner = parsed.statement if isinstance(parsed, Explain) else parsed
            query = inner if isinstance(inner, Query) else getattr(inner, "source", None)
            if isinstance(query, Query):
                with self._database.cursor() as cursor:
                    return plan_stages(query.tree, lambda node: self._rows(cursor, node))
        return ()

    def _rows(self, cursor: duckdb.DuckDBPyConnection, node: exp.Table) -> int:
        table = self._database.catalog.find(node.catalog or node.db or self._project, node.name)
        return writing.count_rows(cursor, table) if table else 0

    def _bind(
        self, cursor: duckdb.DuckDBPyConnection, statement: Statement, parsed: Parsed
    ) -> None:
        """Find what is wrong with a statement before it runs."""
        session = self._session(statement)
        if isinstance(parsed, Explain):
            parsed = parsed.statement
        if isinstance(parsed, Query):
            self._columns(cursor, parsed, session)
        elif isinstance(parsed, Insert):
            table = session.find_table(parsed.table)
            writing.check_insert(
                parsed, table, len(self._columns(cursor, parsed.source, session)[1])
            )
        elif isinstance(parsed, CreateTable):
            if parsed.source:
                self._columns(cursor, parsed.source, session)
        elif (name := getattr(parsed, "table", None)) is not None and not getattr(
            parsed, "if_exists", False
        ):
            session.find_table(name)

    def _columns(
        self, cursor: duckdb.DuckDBPyConnection, query: Query, session: Session
    ) -> tuple[Translated, tuple[Column, ...]]:
        """Translate a query and ask DuckDB what columns it has."""
        translated = translate(query.tree, session)
        has_int = self._given_settings.get("odps.sql.type.system.odps2", "").lower() == "true"
        with _duckdb_errors(query, session):
            relation = cursor.sql(translated.sql)
            names, types = relation.columns, relation.types
        return translated, tuple(
            Column(name.lower(), type_from_duckdb(kind, has_int=has_int))
            for name, kind in zip(names, types, strict=True)
        )

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, statement: Statement, parsed: Parsed
    ) -> Outcome:
        if self._stopped.is_set():
            raise InterruptedExecutionError
        session = self._session(statement)
        if isinstance(parsed, Query):
            return self._run_query(cursor, parsed, session)
        if isinstance(parsed, Explain):
            self._bind(cursor, statement, parsed)
            return Outcome(text=reports.explain(self._stages()))
        if isinstance(parsed, READS):
            return Outcome(text=reports.report(parsed, session, cursor))
        return self._run_write(cursor, parsed, session)

    def _run_query(
        self, cursor: duckdb.DuckDBPyConnection, query: Query, session: Session
    ) -> Outcome:
        translated, columns = self._columns(cursor, query, session)
        names = ", ".join(f"c{index}" for index in range(len(columns)))
        target = f"{RESULTS}.{self._result_table}"
        with _duckdb_errors(query, session):
            cursor.execute(f"CREATE OR REPLACE TABLE {target} ({names}) AS {translated.sql}")
            counted = cursor.execute(f"SELECT count(*) FROM {target}").fetchone()
        rows = ResultSet(columns, counted[0] if counted else 0, target)
        return Outcome(rows=rows, inputs=_names(translated.tables))

    def _run_write(
        self, cursor: duckdb.DuckDBPyConnection, parsed: Parsed, session: Session
    ) -> Outcome:
        source = getattr(parsed, "source", None)
        translated: Translated | None = None
        columns: tuple[Column, ...] = ()
        if isinstance(source, Query):
            translated, columns = self._columns(cursor, source, session)
        with _duckdb_errors(source, session):
            written = writing.write(
                parsed,
                writing.Writer(self._database, cursor, session, self._owner, self._stopped),
                translated.sql if translated else None,
                columns,
            )
        return Outcome(
            text="OK",
            inputs=_names(translated.tables) if translated else (),
            outputs=_names((written,)) if written else (),
        )


class _duckdb_errors:  # noqa: N801  -- reads as a statement: `with _duckdb_errors(...)`
    """Turn DuckDB's complaints into MaxCompute's."""

    def __init__(self, query: Query | None, session: Session) -> None:
        self._find: Callable[[str], Position] = (
            (lambda name: session.position_of(name, query.tree)) if query else (lambda _: NOWHERE)
        )

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, duckdb.Error):
            raise from_duckdb(error, self._find) from error


def _parse(statement: Statement) -> Parsed:
    try:
        return parse(statement)
    except RecursionError as error:
        raise semantic_exception(
            statement.position(), "max depth of expression exceeds the limit 5000"
        ) from error


def _names(tables: tuple[Table, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{table.project}.{table.name}" for table in tables))
