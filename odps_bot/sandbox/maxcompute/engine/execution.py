"""One execution of an SQL text: analyzed first, then run; it can be stopped at any time."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
from sqlglot import exp

from odps_bot.sandbox.maxcompute.accounts import account_number
from odps_bot.sandbox.maxcompute.engine import defining, reports
from odps_bot.sandbox.maxcompute.engine.binding import bind, check, translated_errors
from odps_bot.sandbox.maxcompute.engine.bound import Bound
from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.engine.changing import change_rows, check_change
from odps_bot.sandbox.maxcompute.engine.database import RESULTS, Database
from odps_bot.sandbox.maxcompute.engine.errors import (
    InterruptedExecutionError,
    parse_exception,
    read_only,
    semantic_exception,
)
from odps_bot.sandbox.maxcompute.engine.grammar import parse
from odps_bot.sandbox.maxcompute.engine.inserting import insert
from odps_bot.sandbox.maxcompute.engine.outcomes import Outcome, ResultSet
from odps_bot.sandbox.maxcompute.engine.positions import NOWHERE, Position
from odps_bot.sandbox.maxcompute.engine.script import Script, Statement, split_script
from odps_bot.sandbox.maxcompute.engine.service_tables import check_owned
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.stages import Stage, plan_stages
from odps_bot.sandbox.maxcompute.engine.statements import (
    READS,
    Assignment,
    ChangePartition,
    ChangeRows,
    CreateTable,
    CreateView,
    DropTable,
    Explain,
    Insert,
    Parsed,
    Query,
    TruncateTable,
    queries_in,
)
from odps_bot.sandbox.maxcompute.engine.time_zones import DEFAULT, job_zone, replacements
from odps_bot.sandbox.maxcompute.engine.writer import Writer, count_rows


@dataclass(frozen=True)
class Analysis:
    """What is known about an SQL text before it runs."""

    stages: tuple[Stage, ...]
    is_read: bool
    settings: Mapping[str, str]
    warnings: tuple[str, ...]


#: The interval at which a stopped execution is interrupted until it ends.
_INTERRUPT_AGAIN_S = 0.05


class Execution:
    """The execution of an SQL text."""

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
        project_zone: str | None = None,
    ) -> None:
        self._project_zone = project_zone
        self._database = database
        self._sql = sql
        self._project = project
        self._owner = owner
        self._settings = settings
        self._result_table = result_table
        self._now = now
        self._parsed: list[tuple[Statement, Parsed]] = []
        #: Queries named by `@x := SELECT …`, for the following statements.
        self._variables: dict[str, exp.Expr] = {}
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def analyze(self, *, allows_settings: bool = True) -> Analysis:
        """Parse and check; raises `SqlError` for errors that show without running anything."""
        script = split_script(self._sql)
        if script.settings and not allows_settings:
            raise parse_exception(Position(1, 1), "invalid token 'SET'")
        # Settings of the task take precedence over those in the text.
        self._settings = {**script.settings, **self._settings}
        self._check_number(script)
        self._parsed = [(s, parsed) for s in script.statements for parsed in _parse(s)]
        writes = [s for s, parsed in self._parsed if not isinstance(parsed, READS)]
        if writes and self._is_set("odps.sql.read.only"):
            raise read_only(writes[0].position())
        warnings: tuple[str, ...] = ()
        if len(script.statements) == 1:
            # In a script, a later statement can depend on an earlier one.
            with self._database.cursor() as cursor:
                for statement, parsed in self._parsed:
                    warnings += check(cursor, parsed, self._session(statement))
        return Analysis(self._stages(), not writes, self._settings, warnings)

    def run(self) -> Outcome:
        """Run all statements; return the last rows, or else the last text.

        Raises `SqlError`, or `InterruptedExecutionError` after `stop`.
        """
        outcome = Outcome()
        with self._database.cursor() as cursor:
            self._cursor = cursor
            try:
                for statement, parsed in self._parsed:
                    latest = self._run(cursor, parsed, self._session(statement))
                    outcome = replace(latest, rows=latest.rows or outcome.rows)
            finally:
                self._cursor = None
                self._ended.set()
        return outcome

    def stop(self) -> None:
        """Interrupt the execution; can be called from any thread at any time, repeatedly."""
        self._stopped.set()
        if self._cursor is not None:
            threading.Thread(target=self._interrupt, daemon=True).start()

    def _interrupt(self) -> None:
        """Interrupt until it ends: DuckDB ignores an interrupt just before a query starts."""
        while (cursor := self._cursor) is not None:
            with suppress(duckdb.Error):
                cursor.interrupt()
            self._ended.wait(_INTERRUPT_AGAIN_S)

    def _check_number(self, script: Script) -> None:
        if not script.statements and not script.settings:
            raise parse_exception(NOWHERE, "empty statement")
        mode = self._settings.get("odps.sql.submit.mode", "").lower()
        if len(script.statements) > 1 and mode != "script":
            raise parse_exception(
                script.statements[1].position(),
                "multi-statement query is not supported - Please add put "
                '{ "odps.sql.submit.mode" : "script"} for multi-statement query in settings',
            )

    def _is_set(self, name: str) -> bool:
        return self._settings.get(name, "").lower() == "true"

    def _session(self, statement: Statement) -> Session:
        lenient = ("odps.sql.udf.strict.mode", "odps.function.strictmode")
        return Session(
            catalog=self._database.catalog,
            history=self._database.history,
            project=self._project,
            text=statement.text,
            now=self._now,
            user_id=account_number(self._owner),
            is_lenient=any(self._settings.get(name, "").lower() == "false" for name in lenient),
            allows_full_scan=self._is_set("odps.sql.allow.fullscan"),
            has_new_types=self._is_set("odps.sql.type.system.odps2"),
            orders_need_limit=self._is_set("odps.sql.validate.orderby.limit"),
            has_schemas=self._is_set("odps.namespace.schema"),
            time_zone=job_zone(self._settings, self._project_zone),
            variables=self._variables,
        )

    def _stages(self) -> tuple[Stage, ...]:
        """Return the stages of the last statement with a query."""
        for _, parsed in reversed(self._parsed):
            inner = parsed.statement if isinstance(parsed, Explain) else parsed
            queries = queries_in(inner)
            if queries and not isinstance(inner, CreateView | Assignment):
                with self._database.cursor() as cursor:
                    return plan_stages(queries[0].tree, lambda node: self._rows(cursor, node))
        return ()

    def _rows(self, cursor: duckdb.DuckDBPyConnection, node: exp.Table) -> int:
        table = self._database.catalog.find(node.catalog or node.db or self._project, node.name)
        return count_rows(cursor, table) if table and not table.is_view else 0

    def _run(self, cursor: duckdb.DuckDBPyConnection, parsed: Parsed, session: Session) -> Outcome:
        if self._stopped.is_set():
            raise InterruptedExecutionError
        if isinstance(parsed, Assignment):
            bind(cursor, parsed.source, session)
            self._variables[parsed.name] = parsed.source.tree
            return Outcome()
        if isinstance(parsed, Query):
            return self._run_query(cursor, parsed, session)
        if isinstance(parsed, Explain):
            check(cursor, parsed, session)
            return Outcome(text=reports.explain(self._stages()))
        if isinstance(parsed, READS):
            return Outcome(text=reports.report(parsed, session, cursor))
        return self._run_write(cursor, parsed, session)

    def _run_query(
        self, cursor: duckdb.DuckDBPyConnection, query: Query, session: Session
    ) -> Outcome:
        bound = bind(cursor, query, session)
        names = ", ".join(f"c{index}" for index in range(len(bound.columns)))
        target = f"{RESULTS}.{self._result_table}"
        with translated_errors(query, session):
            cursor.execute(f"CREATE OR REPLACE TABLE {target} ({names}) AS {bound.sql}")
            counted = cursor.execute(f"SELECT count(*) FROM {target}").fetchone()
        count = counted[0] if counted else 0
        rows = ResultSet(bound.columns, count, target, session.time_zone)
        return Outcome(rows=rows, inputs=_names(bound.tables))

    def _run_write(
        self, cursor: duckdb.DuckDBPyConnection, parsed: Parsed, session: Session
    ) -> Outcome:
        check_owned(parsed, session)
        if isinstance(parsed, ChangeRows):
            check_change(parsed, session.find_table(parsed.table))
        queries = queries_in(parsed)
        sources = tuple(bind(cursor, query, session) for query in queries)
        if not isinstance(parsed, CreateView):
            sources = tuple(_as_kept(source, session) for source in sources)
        writer = Writer(self._database, cursor, session, self._owner, self._stopped)
        with translated_errors(queries[0] if queries else None, session):
            written = _write(parsed, writer, sources)
        return Outcome(
            text="OK",
            inputs=_names(tuple(table for source in sources for table in source.tables)),
            outputs=_names((written,)) if written else (),
        )


def _write(parsed: Parsed, writer: Writer, sources: tuple[Bound, ...]) -> Table | None:
    """Carry out a write; return the changed table."""
    source = sources[0] if sources else None
    match parsed, source:
        case Insert(), Bound():
            written: Table | None = insert(parsed, writer, source)
        case ChangeRows(), _:
            written = change_rows(parsed, writer, sources)
        case CreateTable(), _:
            written = defining.create_table(parsed, writer, source)
        case CreateView(), Bound():
            written = defining.create_view(parsed, writer, source)
        case DropTable(), _:
            written = defining.drop(parsed, writer)
        case TruncateTable(), _:
            written = defining.truncate(parsed, writer)
        case ChangePartition(), _:
            written = defining.change_partition(parsed, writer)
        case _:
            raise TypeError(type(parsed).__name__)
    return written


def _as_kept(source: Bound, session: Session) -> Bound:
    """Return the rows with their times as tables keep them."""
    moved = replacements(source.columns, source=session.time_zone, target=DEFAULT)
    if not moved:
        return source
    return replace(source, sql=f"SELECT * REPLACE ({moved}) FROM ({source.sql})")


def _parse(statement: Statement) -> tuple[Parsed, ...]:
    try:
        return parse(statement)
    except RecursionError as error:
        raise semantic_exception(
            statement.position(), "max depth of expression exceeds the limit 5000"
        ) from error


def _names(tables: tuple[Table, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{table.project}.{table.name}" for table in tables))
