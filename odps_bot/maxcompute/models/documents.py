"""The documents that are sent. Pure. Elements have the order of all official SDKs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.wire import cdata, escape
from odps_bot.sql.job_settings import QUOTA, BadPriorityError, priority_in, running_cluster_in
from odps_bot.sql.statements import SqlText

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_SCRIPT_MODE = "odps.sql.submit.mode"

LOWEST_PRIORITY = 9

STOP = f"{_DECLARATION}<Instance>\n  <Status>Terminated</Status>\n</Instance>".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlJob:
    """SQL and how to run it."""

    sql: str
    task_name: str
    guid: str  #: submissions with the same Guid create one instance
    hints: Mapping[str, object] = field(default_factory=dict)
    aliases: Mapping[str, object] = field(default_factory=dict)
    priority: int | None = None  #: 0 is the highest, 9 the lowest and the default
    quota: str | None = None
    default_schema: str | None = None
    running_cluster: str | None = None
    is_estimate: bool = False  #: estimate the cost without running it

    @property
    def task_type(self) -> str:
        """Return the name of the task's element."""
        return "SQLCost" if self.is_estimate else "SQL"

    def settings(self, text: SqlText) -> dict[str, str]:
        """Return the settings to send: `set` lines, then hints, then those of other arguments."""
        settings = text.settings | texts(self.hints)
        if text.is_script:
            settings.setdefault(_SCRIPT_MODE, "script")
        settings |= schema_settings(self.default_schema)
        if self.quota is not None:
            settings[QUOTA] = self.quota
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeJob:
    """What is done to the files of a table."""

    table: str  #: or `t partition(ds='1')`
    task_name: str
    guid: str
    settings: Mapping[str, str] = field(default_factory=dict)
    archive_settings: str | None = None  #: JSON
    priority: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class XFlowJob:
    """An XFlow and how to run it."""

    xflow: str
    xflow_project: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    hints: Mapping[str, object] = field(default_factory=dict)
    priority: int | None = None
    guid: str | None = None


def sql_job_document(job: SqlJob) -> bytes:
    """Return the body of a submission.

    Settings that are fields of a job become such, unless an argument says otherwise. Raises
    InvalidArgumentError for a priority that is none, and for characters that can't be sent.
    """
    text = SqlText(job.sql)
    settings = job.settings(text)
    # Estimates have no `set` lines, runs keep them.
    sent = text.without_settings() if job.is_estimate else text
    properties = {"settings": json.dumps(settings)}
    if job.aliases:
        properties["aliases"] = json.dumps(texts(job.aliases))
    properties["uuid"] = job.guid
    return _document(
        "<Instance><Job>",
        *_job_fields(job.priority, settings, running_cluster=job.running_cluster),
        _element("Guid", job.guid),
        f"<Tasks><{job.task_type}>",
        _element("Name", job.task_name),
        f"<Config>{_pairs(properties)}</Config>",
        f"<Query>{cdata(sent.closed)}</Query>",
        f"</{job.task_type}></Tasks><DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>",
    )


def merge_job_document(job: MergeJob) -> bytes:
    """Return the body of a submission; raises as `sql_job_document` does."""
    properties = {"settings": json.dumps(dict(job.settings))}
    if job.archive_settings is not None:
        properties["archiveSettings"] = job.archive_settings
    properties["uuid"] = job.guid
    return _document(
        "<Instance><Job>",
        *_job_fields(job.priority, job.settings),
        _element("Guid", job.guid),
        "<Tasks><Merge>",
        _element("Name", job.task_name),
        f"<Config>{_pairs(properties)}</Config>",
        _element("TableName", job.table),
        "</Merge></Tasks><DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>",
    )


def authorization_document(query: str, *, hints: Mapping[str, str], is_json: bool) -> bytes:
    """Return the body of a query about permissions."""
    return _document(
        "<Authorization>",
        _element("Query", query),
        _element("ResponseInJsonFormat", "true" if is_json else "false"),
        _element("Settings", json.dumps(dict(hints))) if hints else "",
        "</Authorization>",
    )


def xflow_job_document(job: XFlowJob) -> bytes:
    """Return the body of a submission; raises as `sql_job_document` does."""
    hints = texts(job.hints)
    config = _pairs(hints)
    priority = _priority_in(hints) if job.priority is None else job.priority
    return _document(
        "<Instance><XflowInstance>",
        _element("Project", job.xflow_project),
        _element("Xflow", job.xflow),
        f"<Parameters>{_pairs(texts(job.parameters), name='Parameter', key='Key')}</Parameters>",
        "" if priority is None else _priority(priority),
        _optional_element("Guid", job.guid),
        f"<Config>{config}</Config>" if config else "",
        "</XflowInstance></Instance>",
    )


def info_document(*, key: str, value: str) -> bytes:
    """Return the body that sets a key of a task."""
    return _document("<Instance>", _element("Key", key), _element("Value", value), "</Instance>")


def logview_policy_document(*, project: str, instance_id: str, life: timedelta) -> bytes:
    """Return the body that requests a token for reading one instance, for whole hours."""
    hours = -(-life // timedelta(hours=1))
    if hours < 1:
        raise InvalidArgumentError("The life of a token must be positive.")
    statement = {
        "Action": ["odps:Read"],
        "Effect": "Allow",
        "Resource": f"acs:odps:*:projects/{project}/instances/{instance_id}",
    }
    policy = {"Statement": [statement], "Version": "1"}
    return json.dumps({"expires_in_hours": hours, "policy": policy}).encode()


def texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return the values as the service expects them: `"true"` for True, `"3"` for 3."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def schema_settings(schema: str | None) -> dict[str, str]:
    """Return the settings of a job whose names without a schema are in this one."""
    if schema is None:
        return {}
    return {
        "odps.sql.allow.namespace.schema": "true",
        "odps.namespace.schema": "true",
        "odps.default.schema": schema,
    }


def _document(*parts: str) -> bytes:
    return (_DECLARATION + "".join(parts)).encode()


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _optional_element(name: str, text: str | None) -> str:
    return "" if text is None else _element(name, text)


def _job_fields(
    priority: int | None, settings: Mapping[str, str], *, running_cluster: str | None = None
) -> tuple[str, str]:
    chosen = _priority_in(settings) if priority is None else priority
    return (
        _priority(LOWEST_PRIORITY if chosen is None else chosen),
        _optional_element("RunningCluster", running_cluster or running_cluster_in(settings)),
    )


def _priority_in(settings: Mapping[str, str]) -> int | None:
    try:
        return priority_in(settings)
    except BadPriorityError as error:
        raise InvalidArgumentError(str(error)) from error


def _priority(priority: int) -> str:
    if priority < 0:
        raise InvalidArgumentError("The priority must not be negative.")
    return _element("Priority", str(priority))


def _pairs(pairs: Mapping[str, str], *, name: str = "Property", key: str = "Name") -> str:
    return "".join(
        f"<{name}>{_element(key, text)}{_element('Value', value)}</{name}>"
        for text, value in pairs.items()
    )
