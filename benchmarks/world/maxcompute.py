"""A MaxCompute with ten thousand instances, cheap enough to stand beside what is measured.

It speaks what watching needs: lists, task statuses, progress, results, submissions; signatures are
not checked. Each instance's progress grows by one in a hundred of `LIFE`, and it ends when the plan
says. As a script it prints its port, and serves until its standard input ends.

    PUT /count     10000: so many instances there are
    PUT /projects  20: they are dealt out in turn to so many projects, whose names end in a number
    PUT /ends      {"17": <epoch in s>, …}: when some of them end
    PUT /sick      {"18": <epoch in s>, …}: when the last worker of some is left alone
    GET /requests  how many requests have been answered
"""

import json
import time
from collections.abc import Callable
from email.utils import formatdate

from benchmarks.world.diagnosis import RUNS, skewed_stages, skewed_workers
from benchmarks.world.http_server import Answer, Request, serve

#: What an instance takes from nothing to all.
LIFE_S = 3_600

PAGE_SIZE = 1_000

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OWNER = "ALIYUN$someone@example.com"
_PREFIX = "20260101000000000g"


def instance_id(number: int) -> str:
    """Return the id of an instance by its number."""
    return f"{_PREFIX}{number:08}"


def project_number(path: str) -> int:
    """Return the number in the name of the project that a path is about: `…/projects/bench7/…`."""
    name = path.split("/projects/")[1].split("/", maxsplit=1)[0]
    return int(name.removeprefix("bench"))


class StandIn:
    """Answers requests and counts them."""

    def __init__(self) -> None:
        self.requests = 0
        self._count = 0
        self._projects = 1
        self._ends: dict[int, float] = {}
        self._sick: dict[int, float] = {}
        self._started_s = time.time()

    def respond(self, request: Request) -> Answer:
        """Return the answer to a request."""
        match request.path.split("/"):
            case ["", "count"]:
                self._count = int(request.body)
            case ["", "projects"]:
                self._projects = int(request.body)
            case ["", "ends"]:
                ends = json.loads(request.body)
                self._ends |= {int(number): end for number, end in ends.items()}
            case ["", "sick"]:
                sick = json.loads(request.body)
                self._sick |= {int(number): since for number, since in sick.items()}
            case ["", "requests"]:
                return Answer(str(self.requests).encode())
            case _:
                self.requests += 1
                return self._answer(request)
        return Answer()

    def _answer(self, request: Request) -> Answer:
        match request.path.split("/"):
            case [*_, "instances"] if request.method == "POST":
                self._count += 1
                place = f"{request.path}/{instance_id(self._count - 1)}"
                return _answer("", http_status=201, headers={"Location": place})
            case [*_, "instances"]:
                return self._list(request, _listed, separator="")
            case [*_, "cachedinstances"]:
                return self._list(request, self._cached, separator=",")
            case [*_, "instances", name]:
                return self._instance(int(name.removeprefix(_PREFIX)), request)
        return _answer("")

    def _list(self, request: Request, shown: Callable[[int], str], *, separator: str) -> Answer:
        # The marker is the number of the last instance on the page before.
        marker = request.query.get("marker")
        first = project_number(request.path) if self._projects > 1 else 0
        number = int(marker) + self._projects if marker else first
        now = time.time()
        items: list[str] = []
        while number < self._count and len(items) < PAGE_SIZE:
            if self._ends.get(number, now) >= now:
                items.append(shown(number))
            number += self._projects
        last = number - self._projects
        marker = f"<Marker>{last}</Marker>" if number < self._count else "<Marker/>"
        content = separator.join(items)
        if separator:
            content = f"<Content><![CDATA[[{content}]]]></Content>"
        return _answer(f"{_XML}<Instances>{marker}{content}</Instances>")

    def _cached(self, number: int) -> str:
        told = RUNS if self._sick else ""
        return (
            f'{{"instanceId":"{instance_id(number)}","instancePriority":9,'
            f'"instanceProgress":{self._progress(number):.2f},"projectName":"bench",'
            '"startTime":"2026-01-01 00:00:00 +0000","taskType":"SQL",'
            f'"taskName":"AnonymousSQLTask","status":"Running","waitPos":0,"queueLength":0{told}}}'
        )

    def _progress(self, number: int) -> float:
        age_s = self._stands_at(number) - self._started_s + number % LIFE_S
        return age_s % LIFE_S / LIFE_S

    def _stands_at(self, number: int) -> float:
        """Return now, or since when the instance shows no progress."""
        return min(time.time(), self._sick.get(number, float("inf")))

    def _instance(self, number: int, request: Request) -> Answer:
        now = time.time()
        end = self._ends.get(number, now + 1)
        left_alone_s = now - self._sick.get(number, float("inf"))
        if "instanceprogress" in request.query:
            is_sick = left_alone_s > 0
            return _answer(
                skewed_stages(left_alone_s) if is_sick else _stages(self._progress(number))
            )
        if "detail" in request.query:
            return _answer(skewed_workers(now, max(0.0, left_alone_s)))
        if "result" in request.query:
            return _answer(_RESULT)
        if "cached" in request.query:
            return _answer(self._cached(number))
        is_over = end < now
        ended_at = formatdate(end, usegmt=True) if is_over else ""
        status = "Success" if is_over else "Running"
        return _answer(
            f"{_XML}<Instance><Status>{'Terminated' if is_over else 'Running'}</Status>"
            '<Tasks><Task Type="SQL"><Name>AnonymousSQLTask</Name>'
            f"<StartTime>{_STARTED}</StartTime><EndTime>{ended_at}</EndTime>"
            f"<Status>{status}</Status></Task></Tasks></Instance>",
            headers={"x-odps-owner": _OWNER, "x-odps-start-time": _STARTED},
        )


_STARTED = "Thu, 01 Jan 2026 00:00:00 GMT"
_RESULT = (
    f'{_XML}<Instance><Tasks><Task Type="SQL"><Name>AnonymousSQLTask</Name>'
    '<Result Transform="Base64" Format="csv"><![CDATA[Im5hbWUiCiJvbmUiCg==]]></Result>'
    "<Status>Success</Status></Task></Tasks></Instance>"
)


def _listed(number: int) -> str:
    return (
        f"<Instance><Name>{instance_id(number)}</Name><Owner>{_OWNER}</Owner>"
        f"<Status>Running</Status><StartTime>{_STARTED}</StartTime><EndTime/></Instance>"
    )


def _stages(progress: float) -> str:
    done = int(progress * 100)
    stages = "".join(
        f'<Stage ID="{name}"><Status>Running</Status><BackupWorkers>0</BackupWorkers>'
        f"<TerminatedWorkers>{done}</TerminatedWorkers><RunningWorkers>{105 - done}"
        "</RunningWorkers>"
        f"<TotalWorkers>105</TotalWorkers><FinishedPercentage>{done}</FinishedPercentage></Stage>"
        for name in ("M1", "M2", "J3_1_2")
    )
    return f"{_XML}<Progress>{stages}</Progress>"


def _answer(text: str, *, http_status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    named = {"x-odps-request-id": "6950AB1C2D3E4F5060708090", **(headers or {})}
    return Answer(text.encode(), http_status, named)


if __name__ == "__main__":
    serve(StandIn().respond)
