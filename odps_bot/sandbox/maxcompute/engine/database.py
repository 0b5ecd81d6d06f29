"""The DuckDB database of all projects, without access to anything outside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from odps_bot.sandbox.maxcompute.engine import casts, samples
from odps_bot.sandbox.maxcompute.engine.catalog import Catalog, quoted
from odps_bot.sandbox.maxcompute.engine.functions.macros import macro_statements
from odps_bot.sandbox.maxcompute.engine.tasks_history import TasksHistory

#: The schema for the results of queries.
RESULTS = "odps_results"

#: A query must neither exhaust the machine nor access anything outside of the database.
_LIMITS = (
    "SET memory_limit = '2GB'",
    "SET threads = 2",
    "SET temp_directory = ''",
    "SET TimeZone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_WRITE_LOCK_TIMEOUT_SECONDS = 0.1


class Database:
    """An in-memory DuckDB with the sample tables in the first project."""

    def __init__(self, projects: tuple[str, ...], *, orders_rows: int) -> None:
        self.catalog = Catalog(projects)
        self._writing = threading.Lock()
        self._connection = duckdb.connect(":memory:")
        for statement in (
            *_LIMITS,
            *macro_statements(),
            *casts.macro_statements(),
            f"CREATE SCHEMA {RESULTS}",
        ):
            self._connection.execute(statement)
        for project in projects:
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(project)}")
        self.history = TasksHistory(self._connection, projects)
        if projects:
            samples.load(self._connection, self.catalog, projects[0].lower(), orders_rows)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Provide a separate connection; interrupting it does not affect others."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def writing(self, stopped: threading.Event) -> Iterator[None]:
        """Hold the write lock; enters without it only when `stopped` is set."""
        while not (is_acquired := self._writing.acquire(timeout=_WRITE_LOCK_TIMEOUT_SECONDS)):
            if stopped.is_set():
                break
        try:
            yield
        finally:
            if is_acquired:
                self._writing.release()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
