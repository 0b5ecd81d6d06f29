"""A MaxCompute in memory: instances under a virtual clock, one for each Guid, and who ran what."""

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tests.simulation import sickness

OWNER = "ALIYUN$bot@example.com"
GB = 1 << 30

#: An interactive quota is full for this share of the submissions.
FULL = 0.25

#: How long statements run. Few run long: what happens to them happens at their first polls, too.
LASTS_S = (0.3, 0.3, 0.5, 0.5, 1, 1, 1, 2, 2, 2, 3, 4, 8, 15, 30, 80)

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass
class Reply:
    """A response, read in one piece."""

    http_status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def chunks(self, at_most: int = 1 << 16) -> Iterator[bytes]:
        """Yield the body."""
        for start in range(0, len(self.body), at_most):
            yield self.body[start : start + at_most]

    def close(self) -> None:
        """Do nothing."""


@dataclass
class Execution:
    """An instance: what runs, from when to when."""

    id: str
    project: str
    guid: str
    sql: str
    is_estimate: bool
    began_us: int
    ends_us: int
    is_failure: bool
    is_cancelled: bool = False
    is_foreign: bool = False
    is_interactive: bool = False


class MaxComputeServer:
    """Answers requests. `on_execution` is told of each statement that begins to run, and
    `on_repetition` of each that is sent again."""

    def __init__(
        self,
        seed: int,
        *,
        now_us: Callable[[], int],
        on_execution: Callable[[Execution], None],
        on_repetition: Callable[[Execution], None],
    ) -> None:
        self._seed = seed
        self._now_us = now_us
        self._on_execution = on_execution
        self._on_repetition = on_repetition
        self.executions: dict[str, Execution] = {}
        self.by_guid: dict[tuple[str, str], Execution] = {}
        self._by_project: dict[str, list[Execution]] = {}
        self._interactive_posts: Counter[tuple[str, str]] = Counter()

    def answer(self, method: str, target: str, body: bytes | None) -> Reply:  # noqa: PLR0911  -- one for each operation
        """Answer a request; `target` is what follows the endpoint."""
        path, _, query = target.partition("?")
        params = dict(parse_qsl(query, keep_blank_values=True))
        segments = [unquote(part) for part in path.split("/")[1:]]
        is_interactive = segments[0] == "mcqa"
        match segments[is_interactive:]:
            case ["connection", "mcqa"]:
                return Reply(200, b'{"connInfo": "simulated", "quotaType": "FUXI_VW"}')
            case ["projects", project, "instances"] if method == "POST" and is_interactive:
                return self._submit_interactively(project, body or b"")
            case ["projects", project, "instances"] if method == "POST":
                return self._submit(project, body or b"")
            case ["projects", project, "instances"]:
                return self._list(project, params)
            case ["projects", project, "cachedinstances"]:
                return self._queueing(project)
            case ["projects", project, "instances", instance_id]:
                found = self.executions.get(instance_id)
                is_there = found is not None and found.is_interactive == is_interactive
                if found is None or not is_there or found.project != project:
                    return no_such_instance(instance_id)
                if method == "PUT":
                    return self._stop(found)
                return self._about(found, params)
        return _error(404, "NoSuchObject", "there is no such thing")

    def executions_of(self, guid: str) -> list[Execution]:
        """Return what runs, or has run, with this Guid."""
        return [one for one in self.executions.values() if one.guid == guid]

    def start_elsewhere(self, project: str, guid: str, sql: str, *, lasts_s: float) -> Execution:
        """Begin an instance that somebody else has submitted."""
        execution = self._begin(project, guid, sql, is_estimate=False)
        execution.is_foreign = True
        execution.ends_us = execution.began_us + int(lasts_s * 1e6)
        return execution

    def is_over(self, execution: Execution) -> bool:
        """Return whether it has ended."""
        return self._now_us() >= execution.ends_us

    def holds(self, target: str) -> bool:
        """Return whether the response to this request waits for the end of an instance."""
        path, _, query = target.partition("?")
        found = self.executions.get(unquote(path.rpartition("/")[2]))
        is_asked = "instancestatus" in dict(parse_qsl(query, keep_blank_values=True))
        return is_asked and found is not None and not self.is_over(found)

    def _submit(self, project: str, body: bytes) -> Reply:
        root = ET.fromstring(body)
        guid = root.findtext(".//Guid") or ""
        task = root.find(".//Tasks/*")
        if task is None:
            return _error(400, "InvalidArgument", "no task")
        known = self.by_guid.get((project, guid))
        if known is not None:
            self._on_repetition(known)
            place = {"Location": f"/projects/{project}/instances/{known.id}"}
            reply = _error(409, "ObjectAlreadyExists", f"guid {guid} exists already")
            return Reply(reply.http_status, reply.body, place)
        execution = self._begin(
            project, guid, task.findtext("Query") or "", is_estimate=task.tag == "SQLCost"
        )
        if not execution.is_estimate:
            self._on_execution(execution)
        return Reply(201, b"", {"Location": f"/projects/{project}/instances/{execution.id}"})

    def _submit_interactively(self, project: str, body: bytes) -> Reply:
        """Begin with whatever comes while there is room: nobody says that MaxQA knows Guids."""
        root = ET.fromstring(body)
        guid, sql = root.findtext(".//Guid") or "", root.findtext(".//Query") or ""
        self._interactive_posts[project, guid] += 1
        number = self._interactive_posts[project, guid]
        if Random(f"{self._seed} quota {guid} {number}").random() < FULL:
            return _error(400, "ODPS-1830001", "ODPS-1830001: the interactive quota is full")
        execution = self._begin(project, guid, sql, is_estimate=False, interactive_post=number)
        self._on_execution(execution)
        return Reply(201, b"", {"Location": f"/projects/{project}/instances/{execution.id}"})

    def _begin(
        self,
        project: str,
        guid: str,
        sql: str,
        *,
        is_estimate: bool,
        interactive_post: int = 0,
    ) -> Execution:
        fate = Random(f"{self._seed} {guid}")
        lasts_s = fate.choice(LASTS_S) if not is_estimate else 0.5
        now_us = self._now_us()
        # By the Guid, so that it is the same whatever else runs.
        name = f"20270115000000000g{zlib.crc32(f'{project} {guid}'.encode()):010}"
        execution = Execution(
            id=f"{name}p{interactive_post}_mcqa" if interactive_post else name,
            project=project,
            guid=guid,
            sql=sql,
            is_estimate=is_estimate,
            began_us=now_us,
            ends_us=now_us + int(lasts_s * 1e6),
            is_failure=fate.random() < (0.03 if is_estimate else 0.15),
            is_interactive=interactive_post > 0,
        )
        self.executions[execution.id] = execution
        if not execution.is_interactive:
            self.by_guid[project, guid] = execution
        self._by_project.setdefault(project, []).append(execution)
        return execution

    def _stop(self, execution: Execution) -> Reply:
        if self.is_over(execution):
            return _error(400, "InvalidStateSetting", "ODPS-0430055: it has ended already")
        execution.is_cancelled = True
        execution.ends_us = min(execution.ends_us, self._now_us() + 1_000_000)
        return Reply()

    def _about(self, one: Execution, params: Mapping[str, str]) -> Reply:  # noqa: PLR0911  -- likewise
        if params.get("taskname", _task(one)) != _task(one):
            return _error(404, "NoSuchObject", "there is no such task")
        if "taskstatus" in params:
            return _document(self._statuses(one))
        if "result" in params:
            return _document(self._result(one))
        if "instanceprogress" in params:
            return _document(self._progress(one))
        if "detail" in params:
            now_s = self._now_us() // 1_000_000
            found = sickness.workers(one.id, self._age_s(one), now_s=now_s)
            return Reply(200, found.encode())
        if "instancequota" in params:
            return Reply(200, sickness.QUOTA.encode())
        if "cached" in params:
            return Reply(200, json.dumps(self._info(one)).encode())
        if "source" in params:
            return _document(
                f"<Instance><Guid>{one.guid}</Guid><Priority>9</Priority><Tasks><SQL>"
                f"<Name>{_task(one)}</Name><Config/><Query>{escape(one.sql)}</Query>"
                "</SQL></Tasks></Instance>"
            )
        if "instancesummary" in params:
            summary = {"Cost": {"CPU": 100, "Memory": 1024, "Input": gigabytes(one.sql) * GB}}
            inner = {"Instance": {"JsonSummary": json.dumps(summary), "Summary": ""}}
            return Reply(200, json.dumps(inner).encode(), {"x-odps-task-finalized": "true"})
        status = "Terminated" if self.is_over(one) else "Running"
        return _document(f"<Instance><Status>{status}</Status></Instance>", **_times(one, self))

    def _statuses(self, one: Execution) -> str:
        is_over = self.is_over(one)
        ended = _date(one.ends_us // 1_000_000) if is_over else ""
        return (
            f"<Instance><Status>{'Terminated' if is_over else 'Running'}</Status><Tasks>"
            f'<Task Type="SQL"><Name>{_task(one)}</Name>'
            f"<StartTime>{_date(one.began_us // 1_000_000)}</StartTime>"
            f"<EndTime>{ended}</EndTime><Status>{self._state(one)}</Status></Task></Tasks></Instance>"
        )

    def _state(self, one: Execution) -> str:
        if not self.is_over(one):
            return "Running"
        if one.is_cancelled:
            return "Cancelled"
        return "Failed" if one.is_failure else "Success"

    def _result(self, one: Execution) -> str:
        if not self.is_over(one):
            return "<Instance><Tasks/></Instance>"
        how, text = "text", ""
        if self._state(one) == "Failed":
            text = "ODPS-0130131:[1,1] Table not found"
        elif one.is_estimate:
            sql = {"Complexity": "1.0", "Input": str(gigabytes(one.sql) * GB), "UDF": "0"}
            text = json.dumps({"Cost": {"SQL": sql}})
        elif one.sql.lstrip().lower().startswith("select"):
            how, text = "csv", f'"mark","n"\n"{mark_of(one.sql)}",1\n"more",2\n'
        return (
            f'<Instance><Tasks><Task Type="SQL"><Name>{_task(one)}</Name>'
            f'<Result Format="{how}"><![CDATA[{text}]]></Result>'
            f"<Status>{self._state(one)}</Status></Task></Tasks></Instance>"
        )

    def _percentage(self, one: Execution) -> int:
        whole = max(1, one.ends_us - one.began_us)
        return min(100, 100 * (self._now_us() - one.began_us) // whole)

    def _age_s(self, one: Execution) -> float:
        return (min(self._now_us(), one.ends_us) - one.began_us) / 1e6

    def _sickness(self, one: Execution) -> sickness.Sickness | None:
        return sickness.sickness_of(one.id, lasts_s=(one.ends_us - one.began_us) / 1e6)

    def _progress(self, one: Execution) -> str:
        if (sick := self._sickness(one)) and not self.is_over(one):
            return sickness.stages(sick, self._age_s(one))
        done = self._percentage(one)
        return (
            '<Progress><Stage ID="M1"><Status>RUNNING</Status><TotalWorkers>100</TotalWorkers>'
            f"<TerminatedWorkers>{done}</TerminatedWorkers><RunningWorkers>{100 - done}"
            f"</RunningWorkers><FinishedPercentage>{done}</FinishedPercentage></Stage></Progress>"
        )

    def _info(self, one: Execution) -> dict[str, Any]:
        if self.is_over(one):
            return {}
        return {
            "instanceId": one.id,
            "status": "Running",
            "instanceProgress": self._percentage(one) / 100,
            "waitPos": 0,
            "projectName": one.project,
            **sickness.queueing(self._sickness(one), self._age_s(one), one.began_us // 1_000_000),
        }

    def _list(self, project: str, params: Mapping[str, str]) -> Reply:
        first, _, last = params.get("daterange", "").partition(":")
        listed = []
        for one in self._by_project.get(project, ()):
            is_over = self.is_over(one)
            if params.get("status", "") in {"Running", "Terminated"} and is_over != (
                params["status"] == "Terminated"
            ):
                continue
            began_s = one.began_us // 1_000_000
            if (first and began_s < int(first)) or (last and began_s > int(last)):
                continue
            if params.get("onlyowner") == "yes" and one.is_foreign:
                continue
            began = _date(one.began_us // 1_000_000)
            ended = _date(one.ends_us // 1_000_000) if is_over else ""
            status = "Terminated" if is_over else "Running"
            listed.append(
                f"<Instance><Name>{one.id}</Name><Owner>{OWNER}</Owner><StartTime>{began}"
                f"</StartTime><EndTime>{ended}</EndTime><Status>{status}</Status></Instance>"
            )
        return _document(f"<Instances><Marker/>{''.join(listed)}</Instances>")

    def _queueing(self, project: str) -> Reply:
        infos = [
            self._info(one) for one in self._by_project.get(project, ()) if not self.is_over(one)
        ]
        content = json.dumps(infos)
        return _document(
            f"<Instances><Marker/><Content><![CDATA[{content}]]></Content></Instances>"
        )


def gigabytes(sql: str) -> int:
    """Return how much the statement reads: `from t_20` reads 20 GB."""
    found = re.search(r"\bt_(\d+)\b", sql)
    return int(found[1]) if found else 0


def mark_of(sql: str) -> str:
    """Return the mark by which the statement and its result are recognised wherever they appear."""
    found = re.search(r"mark-[A-Z0-9]+-\d+", sql)
    return found[0] if found else ""


@lru_cache(maxsize=10_000)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _task(one: Execution) -> str:
    if one.is_foreign:
        return f"console_query_task_{one.began_us}"  # odpscmd's
    return "AnonymousSQLCostTask" if one.is_estimate else "AnonymousSQLTask"


def _times(one: Execution, server: MaxComputeServer) -> dict[str, str]:
    times = {"x-odps-start-time": _date(one.began_us // 1_000_000)}
    if server.is_over(one):
        times["x-odps-end-time"] = _date(one.ends_us // 1_000_000)
    return {"x-odps-owner": OWNER, **times}


def no_such_instance(instance_id: str) -> Reply:
    """Return what MaxCompute says about an instance that it does not know."""
    return _error(404, "NoSuchObject", f"ODPS-0430024: no instance {instance_id}")


def _document(body: str, **headers: str) -> Reply:
    return Reply(200, (_XML + body).encode(), headers)


def _error(status: int, code: str, message: str) -> Reply:
    body = f"{_XML}<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status, body.encode())
