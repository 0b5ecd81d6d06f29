"""Reads submissions: a job with one task, or an XFlow."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter, malformed_body

LOWEST_PRIORITY = 9
#: The kind of task that merges, archives or moves the files of a table.
MERGE_TASK = "Merge"
#: The kind of task that only estimates.
COST_TASK = "SQLCost"
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
#: The limit of the service for SQL.
MAX_SQL_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Task:
    """A task of a submission."""

    #: The element's name: SQL, SQLCost …
    kind: str
    name: str
    sql: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    #: All properties as given, `settings` among them, for `?source`.
    properties: tuple[tuple[str, str], ...] = ()
    #: Of a merge task: the table or partition.
    table: str = ""


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


def read_submission(body: bytes) -> Submission:
    """Read a submission; raises `ServiceError`."""
    root = read_xml(body)
    if (flow := root.find("XflowInstance")) is not None:
        return _read_xflow(flow, body)
    job = root.find("Job")
    tasks = None if job is None else job.find("Tasks")
    if root.tag != "Instance" or job is None or tasks is None or len(tasks) != 1:
        raise malformed_body("an Instance with one Job of one task is expected")
    return Submission(
        task=_read_task(tasks[0]),
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
    if element.tag == MERGE_TASK:
        return _read_merge_task(element)
    sql = element.findtext("Query") or ""
    if element.tag not in {"SQL", COST_TASK, "SQLRT"}:
        raise invalid_parameter(f"Unsupported task type '{element.tag}'")
    if not sql.strip():
        raise invalid_parameter("Query of the task is empty")
    if len(sql.encode()) > MAX_SQL_BYTES:
        raise invalid_parameter(f"the SQL text is larger than {MAX_SQL_BYTES} bytes")
    properties = _properties(element)
    return Task(
        kind=element.tag,
        name=(element.findtext("Name") or "").strip() or "AnonymousSQLTask",
        sql=sql,
        settings=_settings(dict(properties).get("settings", "")),
        properties=properties,
    )


def _read_merge_task(element: ET.Element) -> Task:
    table = (element.findtext("TableName") or "").strip()
    if not table:
        raise invalid_parameter("TableName of the task is empty")
    properties = _properties(element)
    return Task(
        kind=MERGE_TASK,
        name=(element.findtext("Name") or "").strip() or "AnonymousMergeTask",
        table=table,
        settings=_settings(dict(properties).get("settings", "")),
        properties=properties,
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
