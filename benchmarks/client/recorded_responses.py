"""Recorded responses of a MaxCompute, so that the server costs almost nothing and is deterministic.

Shapes as documented at https://www.alibabacloud.com/help/en/maxcompute/. What an
instance is follows from its id, see `Ids`. A statement is running for two polls and has ended at
the third. A project called `pages<n>` lists n pages of 1,000 instances.
"""

import json
import re
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from benchmarks.client import tunnel_arrow, tunnel_rows

#: A statement that ends immediately: its result comes with the submission's response.
ENDS_IMMEDIATELY = "desc at_once"

PAGE_SIZE = 1000


@dataclass(frozen=True)
class Ids:
    """Ids of instances; those of another number are other instances."""

    number: int = 0

    @property
    def running(self) -> str:
        """One that never ends."""
        return self._id("running")

    @property
    def ended(self) -> str:
        """One that has succeeded."""
        return self._id("ended")

    @property
    def failed(self) -> str:
        """One that has failed."""
        return self._id("failed")

    @property
    def workflow(self) -> str:
        """An XFlow that has succeeded."""
        return self._id("flow")

    @property
    def unknown(self) -> str:
        """One that the service does not know."""
        return self._id("unknown")

    def _id(self, kind: str) -> str:
        return f"20260101000000123g{kind}{self.number}"


def id_with_rows(rows: int) -> str:
    """Return the id of an instance that has so many rows for the tunnel."""
    return f"20260101000000123grows{rows}"


def id_with_times(rows: int) -> str:
    """Return the id of an instance that has so many rows with a time in each."""
    return f"20260101000000123gtimes{rows}"


def id_with_wide_rows(rows: int) -> str:
    """Return the id of an instance that has so many rows of nine columns."""
    return f"20260101000000123gwide{rows}"


#: So many polls of a new instance find it running.
_POLLS_WHILE_RUNNING = 2

_KIND = re.compile(r"123g([a-z]+)")

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OWNER = "ALIYUN$someone@example.com"
_DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
_CSV = '"name","number"\n"one",1\n"two",2\n'
_DESCRIPTOR = (
    '{"IsSelect": true, "SelectResultStatus": "FULL", "Schema": {"Columns": '
    '[{"Name": "name", "Type": "string"}, {"Name": "number", "Type": "bigint"}]}}'
)
_TEXTS = {
    "failed": "ODPS-0130131:[1,15] Table not found - table p.t cannot be resolved",
    "cost": '{"Cost": {"SQL": {"Input": "1840", "UDF": "0", "Complexity": "1.0"}}}',
}
_NOT_FOUND = (
    "<Error><Code>NoSuchObject</Code><Message>ODPS-0430051: Instance not found</Message>"
    "<RequestId>R</RequestId><HostId>H</HostId></Error>"
)


@dataclass(frozen=True)
class Response:
    """What goes back over the wire."""

    chunks: Iterator[bytes]
    length: int | None  #: None: not known before
    http_status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class RecordedService:
    """Responds to requests and counts them."""

    def __init__(self, *, tunnel_host: str) -> None:
        self.requests = 0
        self._tunnel_host = tunnel_host
        self._polls: Counter[str] = Counter()
        self._submitted = 0

    def respond(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: str,
        *,
        is_deflated: bool = False,
    ) -> Response:
        """Return the response to a request; `path` is what follows the endpoint.

        `is_deflated`: the client takes rows compressed.
        """
        self.requests += 1
        match path.strip("/").split("/"):
            case ["projects", _, "instances", instance_id]:
                return self._instance(method, instance_id, query, is_deflated=is_deflated)
            case ["projects", _, "instances"] if method == "POST":
                return self._submit(body)
            case ["projects", project, "instances"]:
                return _listing(project, query)
            case ["projects", _, "tunnel"]:
                return _text(self._tunnel_host)
            case [*_, name]:
                return _text(_OTHERS.get(name, ""))
        return _text("")

    def _submit(self, body: str) -> Response:
        self._submitted += 1
        kind = "cost" if "<SQLCost>" in body else "new"
        instance_id = f"20260101000000123g{kind}{self._submitted}"
        headers = {"Location": f"http://127.0.0.1/api/projects/p/instances/{instance_id}"}
        if ENDS_IMMEDIATELY in body:
            return _text(_results("new"), headers=headers)
        return _text("", http_status=201, headers=headers)

    def _instance(
        self, method: str, instance_id: str, query: Mapping[str, str], *, is_deflated: bool
    ) -> Response:
        kind = _KIND.findall(instance_id)[0]
        if kind == "unknown":
            return _text(_NOT_FOUND, http_status=404)
        if method == "PUT":
            return _text("")
        for action, text in _OF_INSTANCES.items():
            if action in query:
                return _text(text)
        if "downloads" in query or "downloadid" in query:
            return _download(instance_id, query, is_deflated=is_deflated)
        if "result" in query:
            return _text(_results(kind))
        return self._status(instance_id, kind, has_tasks="taskstatus" in query)

    def _status(self, instance_id: str, kind: str, *, has_tasks: bool) -> Response:
        self._polls[instance_id] += 1
        is_young = kind == "new" and self._polls[instance_id] <= _POLLS_WHILE_RUNNING
        has_ended = kind != "running" and not is_young
        headers = {
            "x-odps-owner": _OWNER,
            "x-odps-start-time": _DATE,
            "x-odps-end-time": _DATE if has_ended else "",
        }
        status = "Terminated" if has_ended else "Running"
        tasks = _tasks(kind, has_ended=has_ended) if has_tasks else ""
        return _text(
            f"{_XML}<Instance><Status>{status}</Status>{tasks}</Instance>", headers=headers
        )


def _text(
    text: str, *, http_status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    body = text.encode()
    named = {"x-odps-request-id": "6950AB1C2D3E4F5060708090", **(headers or {})}
    return Response(iter((body,)), len(body), http_status, named)


def _tasks(kind: str, *, has_ended: bool) -> str:
    status = "Running" if not has_ended else "Failed" if kind == "failed" else "Success"
    return (
        f'<Tasks><Task Type="SQL"><Name>{_task_name(kind)}</Name><StartTime>{_DATE}</StartTime>'
        f"<EndTime>{_DATE}</EndTime><Status>{status}</Status><Histories/></Task></Tasks>"
    )


def _results(kind: str) -> str:
    status = "Failed" if kind == "failed" else "Success"
    if kind in _TEXTS:
        result = f'<Result Format="text"><![CDATA[{_TEXTS[kind]}]]></Result>'
    else:
        csv = b64encode(_CSV.encode()).decode()
        result = (
            f'<Result Transform="Base64" Format="csv"><![CDATA[{csv}]]></Result>'
            f"<ResultDescriptor><![CDATA[{_DESCRIPTOR}]]></ResultDescriptor>"
        )
    return (
        f'{_XML}<Instance><Tasks><Task Type="SQL"><Name>{_task_name(kind)}</Name>{result}'
        f"<Status>{status}</Status></Task></Tasks></Instance>"
    )


def _task_name(kind: str) -> str:
    return "AnonymousSQLCostTask" if kind == "cost" else "AnonymousSQLTask"


def _listing(project: str, query: Mapping[str, str]) -> Response:
    pages = int(match[1]) if (match := re.fullmatch(r"pages(\d+)", project)) else 1
    page = int(query.get("marker", "1"))
    return _text(_page(page, is_last=page >= pages))


@cache
def _page(page: int, *, is_last: bool) -> str:
    instances = "".join(
        f"<Instance><Name>20260101{page:06}{number:03}g{number:08}</Name>"
        f"<Owner>{_OWNER}</Owner><Status>Terminated</Status>"
        f"<StartTime>{_DATE}</StartTime><EndTime>{_DATE}</EndTime></Instance>"
        for number in range(PAGE_SIZE)
    )
    marker = "<Marker/>" if is_last else f"<Marker>{page + 1}</Marker>"
    return f"{_XML}<Instances>{marker}<MaxItems>{PAGE_SIZE}</MaxItems>{instances}</Instances>"


def _download(instance_id: str, query: Mapping[str, str], *, is_deflated: bool) -> Response:
    match = re.search(r"g(rows|times|wide)(\d+)$", instance_id)
    kind, rows = (match[1], int(match[2])) if match else ("rows", 2)
    if "data" not in query:
        return _text(json.dumps(tunnel_rows.session(kind, rows)))
    count = int(query["rowrange"].strip("()").split(",")[1])
    headers = {"Content-Type": "application/octet-stream"}
    source = tunnel_arrow if "arrow" in query else tunnel_rows
    chunks = source.stream(kind, count)
    if is_deflated:
        headers["Content-Encoding"] = "deflate"
        return Response(_deflated(chunks), None, 200, headers)
    return Response(chunks, source.stream_bytes(kind, count), 200, headers)


def _deflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.compressobj(1)
    for chunk in chunks:
        yield stream.compress(chunk)
    yield stream.flush()


def _stage(name: str) -> str:
    return (
        f'<Stage ID="{name}"><Status>Running</Status><BackupWorkers>0</BackupWorkers>'
        "<TerminatedWorkers>3</TerminatedWorkers><RunningWorkers>5</RunningWorkers>"
        "<TotalWorkers>10</TotalWorkers><InputRecords>500</InputRecords>"
        "<OutputRecords>1000</OutputRecords><FinishedPercentage>30</FinishedPercentage></Stage>"
    )


_QUEUEING = json.dumps(
    {
        "instanceId": Ids().running,
        "instancePriority": 9,
        "instanceProgress": 0.42,
        "projectName": "p",
        "startTime": "2026-01-01 00:00:00 +0000",
        "taskType": "SQL",
        "taskName": "AnonymousSQLTask",
        "status": "Running",
        "waitPos": 0,
        "queueLength": 0,
    }
)

_SUMMARY = {
    "JsonSummary": json.dumps({"Cost": {"CPU": 100, "Memory": 1024, "Input": 1840}}),
    "Summary": "resource cost: cpu 0.02 Core * Min",
}

_WORKERS = [{"id": "0", "logId": "log-0", "startTime": 1767225600, "endTime": 1767225601}]
_DETAIL = {"jobs": [{"name": "job0", "tasks": [{"name": "M1_Stg1", "instances": _WORKERS}]}]}

#: Responses that do not depend on the instance, by the query parameter.
_OF_INSTANCES = {
    "instanceprogress": (
        f"{_XML}<Progress>{''.join(map(_stage, ('M1_Stg1', 'M2_Stg1', 'J3_1_2_Stg1')))}</Progress>"
    ),
    "instancesummary": json.dumps({"Instance": _SUMMARY}),
    "instancedetail": json.dumps({"Instance": {"Stages": [{"StageId": "M1_Stg1"}]}}),
    "detail": json.dumps({"mapReduce": _DETAIL}),
    "log": "a line of a worker\n",
    "info": json.dumps({"warnings": ["WARNING:[1,8] implicit conversion"]}),
    "instancequota": json.dumps({"quotaInfos": {}}),
    "cached": _QUEUEING,
    "source": (
        f"{_XML}<Job><Priority>9</Priority><Guid>g</Guid><Tasks><SQL><Name>AnonymousSQLTask</Name>"
        "<Config/><Query><![CDATA[select 1;]]></Query></SQL></Tasks></Job>"
    ),
    "xresult": (
        f'{_XML}<Xinstance><Actions><Action NodeType="Instance">'
        f"<InstanceId>{Ids().ended}</InstanceId>"
        '<Name>AppendID_1</Name><Result Format="text"/></Action></Actions></Xinstance>'
    ),
}

#: What belongs to a project or the whole site, by the end of its path.
_OTHERS = {
    "host": "http://logview.example.com",
    "tenants": "{}",
    "authorization": f"{_XML}<Authorization><Result>TOKEN</Result></Authorization>",
    "cachedinstances": (
        f"{_XML}<Instances><Marker/><Content><![CDATA[[{_QUEUEING}]]]></Content></Instances>"
    ),
}
