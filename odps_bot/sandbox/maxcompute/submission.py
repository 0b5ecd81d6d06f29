"""Reads submissions: a job with one task or several, or an XFlow."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from odps_bot.sandbox.maxcompute.service_errors import (
    invalid_parameter,
    malformed_body,
    no_session,
)

LOWEST_PRIORITY = 9
#: The kind of task that only estimates.
COST_TASK = "SQLCost"
#: The kinds of task whose content is a Query; a client that gives them no name gets this one.
_WITH_QUERY = frozenset({"SQL", COST_TASK, "SQLRT"})
_USUAL_NAME = "AnonymousSQLTask"
#: Other kinds that the sandbox runs, by the element without which they are refused. Their names are
#: always the submitter's; clients spell the kinds in both cases.
_OTHER_KINDS = {"merge": "TableName", "lot": "LOT", "cupid": "Plan", "graph": None}
#: What every task has.
_COMMON_ELEMENTS = frozenset({"Name", "Comment", "Config"})
#: Of one job.
_MAX_TASKS = 20
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
#: The limit of the service for SQL.
MAX_SQL_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Task:
    """A task of a submission."""

    #: The element's name: SQL, SQLCost, MERGE …
    kind: str
    name: str
    sql: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    #: All properties as given, `settings` among them, for `?source`.
    properties: tuple[tuple[str, str], ...] = ()
    #: The table that a merge task names.
    table: str = ""
    #: The elements of a task without SQL as given, for `?source`.
    content: str = ""

    @property
    def has_query(self) -> bool:
        """Whether its content is SQL."""
        return self.kind in _WITH_QUERY

    @property
    def signature(self) -> str | None:
        """Return what is the same for each run of a statement; only SQL tasks have one."""
        if self.kind != "SQL":
            return None
        return hashlib.sha256(" ".join(self.sql.lower().split()).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class XFlow:
    """An algorithm and its parameters."""

    project: str
    name: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Submission:
    """One POST to `/instances`."""

    task: Task
    priority: int = LOWEST_PRIORITY
    guid: str = ""
    job_name: str = ""
    running_cluster: str = ""
    xflow: XFlow | None = None
    #: The body as received, for `?xsource`.
    document: bytes = b""
    #: Tasks that run after the first one, one after the other.
    more_tasks: tuple[Task, ...] = ()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks in their order."""
        return (self.task, *self.more_tasks)


def read_submission(body: bytes) -> Submission:
    """Read a submission; raises `ServiceError`."""
    root = read_xml(body)
    if (flow := root.find("XflowInstance")) is not None:
        return _read_xflow(flow, body)
    job = root.find("Job")
    tasks = None if job is None else job.find("Tasks")
    if root.tag != "Instance" or job is None or tasks is None or not len(tasks):
        raise malformed_body("an Instance with one Job of one task or more is expected")
    if len(tasks) > _MAX_TASKS:
        raise invalid_parameter(f"a job has {_MAX_TASKS} tasks at most")
    first, *others = map(_read_task, tasks)
    names = {task.name.lower() for task in (first, *others)}
    if len(names) <= len(others):
        raise invalid_parameter("the tasks of a job need different names")
    return Submission(
        task=first,
        more_tasks=tuple(others),
        priority=_read_priority(job.findtext("Priority")),
        guid=(job.findtext("Guid") or "").strip(),
        job_name=(job.findtext("Name") or "").strip(),
        running_cluster=(job.findtext("RunningCluster") or "").strip(),
    )


def read_xml(body: bytes) -> ET.Element:
    """Read an XML document without entity declarations; raises `ServiceError`."""
    if _DOCTYPE.search(body):
        raise malformed_body("document types are not allowed")
    try:
        return ET.fromstring(body)  # noqa: S314  -- without a document type there is nothing to expand
    except (ET.ParseError, ValueError) as error:
        raise malformed_body(f"the body is not XML: {error}") from error


def _read_task(element: ET.Element) -> Task:
    if element.tag not in _WITH_QUERY:
        return _read_other_task(element)
    sql = element.findtext("Query") or ""
    if not sql.strip() and element.tag == "SQLRT":
        raise no_session()
    if not sql.strip():
        raise invalid_parameter("Query of the task is empty")
    if len(sql.encode()) > MAX_SQL_BYTES:
        raise invalid_parameter(f"the SQL text is larger than {MAX_SQL_BYTES} bytes")
    properties = _properties(element)
    return Task(
        kind=element.tag,
        name=(element.findtext("Name") or "").strip() or _USUAL_NAME,
        sql=sql,
        settings=_settings(dict(properties).get("settings", "")),
        properties=properties,
    )


def _read_other_task(element: ET.Element) -> Task:
    kind = element.tag.lower()
    if kind not in _OTHER_KINDS:
        raise invalid_parameter(f"Unsupported task type '{element.tag}'")
    name, needed = (element.findtext("Name") or "").strip(), _OTHER_KINDS[kind]
    if not name:
        raise invalid_parameter("Name of the task is empty")
    if needed is not None and element.find(needed) is None:
        raise invalid_parameter(f"{needed} of the task is missing")
    properties = _properties(element)
    content = (child for child in element if child.tag not in _COMMON_ELEMENTS)
    return Task(
        kind=element.tag,
        name=name,
        settings=_settings(dict(properties).get("settings", "")),
        properties=properties,
        table=(element.findtext("TableName") or "").strip(),
        content="".join(ET.tostring(child, encoding="unicode").strip() for child in content),
    )


def _properties(element: ET.Element) -> tuple[tuple[str, str], ...]:
    return tuple(
        (prop.findtext("Name") or "", prop.findtext("Value") or "")
        for prop in element.findall("Config/Property")
    )


def _settings(text: str) -> dict[str, str]:
    if not text.strip():
        return {}
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid_parameter(f"settings are not JSON: {error}") from error
    if not isinstance(settings, dict) or not all(isinstance(v, str) for v in settings.values()):
        raise invalid_parameter("settings must be a JSON object of strings")
    return settings


def _read_priority(text: str | None) -> int:
    if text is None:
        return LOWEST_PRIORITY
    try:
        priority = int(text)
    except ValueError:
        priority = -1
    if priority < 0:
        raise invalid_parameter(f"priority '{text}' is not a number from 0")
    return priority


def _read_xflow(flow: ET.Element, body: bytes) -> Submission:
    parameters = {
        parameter.findtext("Key") or "": parameter.findtext("Value") or ""
        for parameter in flow.findall("Parameters/Parameter")
    }
    name = (flow.findtext("Xflow") or "").strip()
    if not name:
        raise malformed_body("Xflow is missing")
    return Submission(
        task=Task("XFlow", name, settings=_flow_settings(flow)),
        priority=_read_priority(flow.findtext("Priority")),
        guid=(flow.findtext("Guid") or "").strip(),
        xflow=XFlow((flow.findtext("Project") or "").strip(), name, parameters),
        document=body,
    )


def _flow_settings(flow: ET.Element) -> dict[str, str]:
    return {name: value for name, value in _properties(flow) if name}
