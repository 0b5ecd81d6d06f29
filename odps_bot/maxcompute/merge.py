"""Merge tasks: they merge, compact, archive, freeze or restore the files of a table."""

import json
import secrets
from collections.abc import Callable, Mapping

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.instance import Instance
from odps_bot.maxcompute.models.documents import (
    MergeJob,
    merge_job_document,
    schema_settings,
    texts,
)
from odps_bot.maxcompute.submission import submit
from odps_bot.sql.merge_statements import MergeAction, MergeStatement, parse_merge_statement
from odps_bot.sql.statements import SqlText

_COMPACTION = {"odps.merge.restructure.action": "hardlink"}

#: What is set for an action. odpscmd sets the first only where people have not.
_SETTINGS: Mapping[MergeAction, Mapping[str, str]] = {
    MergeAction.MERGE: {"odps.merge.cross.paths": "true"},
    MergeAction.COMPACT_MAJOR: {**_COMPACTION, "odps.merge.txn.table.compact": "major_compact"},
    MergeAction.COMPACT_MINOR: {**_COMPACTION, "odps.merge.txn.table.compact": "minor_compact"},
    MergeAction.ARCHIVE: {},
    MergeAction.FREEZE: {"odps.merge.cold.storage.mode": "backup"},
    MergeAction.RESTORE: {"odps.merge.cold.storage.mode": "restore"},
}

_HOURS = "odps.merge.txn.table.compact.txn.id"

_TASK_NAMES = {
    MergeAction.MERGE: "merge_task",
    MergeAction.COMPACT_MAJOR: "compact_task",
    MergeAction.COMPACT_MINOR: "compact_task",
    MergeAction.ARCHIVE: "archive_task",
    MergeAction.FREEZE: "freeze_task",
    MergeAction.RESTORE: "restore_task",
}


class MergeTasks:
    """Submits merge tasks in a project. Thread-safe."""

    def __init__(self, endpoints: Endpoints, *, project: str, schema: str | None = None) -> None:
        self._endpoints = endpoints
        self._project = project
        self._schema = schema

    def run(
        self,
        sql: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        default_schema: str | None = None,
        priority: int | None = None,
        guid: str | None = None,
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        """Submit what a statement such as `alter table t merge smallfiles` stands for.

        See `Client.run_sql` for the options, and for what is raised. Raises InvalidArgumentError
        for another statement, and for a compaction of fewer hours than a table may have to keep:
        odpscmd looks that up, and corrects it unless it is forced.
        """
        sql = arguments.sql(sql)
        hints = texts(arguments.mapping("hints", hints))
        schema = arguments.optional_text("default_schema", default_schema) or self._schema
        statement = parse_merge_statement(sql)
        if statement is None:
            raise InvalidArgumentError("The statement merges, archives or moves no files.")
        if statement.recent_hours is not None and not statement.is_forced:
            raise InvalidArgumentError(
                "Hours (-h) can keep less than the table's history. Leave them out, or add -f."
            )
        guid = arguments.optional_text("guid", guid) or secrets.token_hex(16)
        job = MergeJob(
            table=statement.table,
            task_name=f"{_TASK_NAMES[statement.action]}_{guid}",
            guid=guid,
            settings=_settings(statement, SqlText(sql).settings | hints | schema_settings(schema)),
            archive_settings=_archive_settings(statement.action),
            priority=arguments.optional_whole_number("priority", priority),
        )
        return submit(
            self._endpoints,
            merge_job_document(job),
            guid=guid,
            project=arguments.project(project, default=self._project),
            before_sending=before_sending,
        )


def _settings(statement: MergeStatement, hints: Mapping[str, str]) -> dict[str, str]:
    own = dict(_SETTINGS[statement.action])
    if statement.action is MergeAction.MERGE:
        return own | dict(hints)
    if statement.action is MergeAction.COMPACT_MINOR:
        hours = -1 if statement.recent_hours is None else statement.recent_hours
        own[_HOURS] = str(hours)
    return dict(hints) | own


def _archive_settings(action: MergeAction) -> str | None:
    is_archived = action is MergeAction.ARCHIVE
    return json.dumps({"odps.merge.archive.flag": "true"}) if is_archived else None
