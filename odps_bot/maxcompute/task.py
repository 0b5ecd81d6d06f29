"""One task of an instance, and what can be asked about it beyond its status."""

from collections.abc import Mapping
from typing import Any

from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.models.details import (
    TaskCost,
    TaskSummary,
    Worker,
    find_workers,
    parse_detail,
    parse_summary,
    parse_warnings,
)
from odps_bot.maxcompute.models.documents import info_document
from odps_bot.maxcompute.models.instances import TaskProgress
from odps_bot.maxcompute.models.responses import parse_progress
from odps_bot.maxcompute.wire import decode, parse_json_object

_IS_FINAL = {"true": True, "false": False}

_LOG_NAMES: Mapping[str, str] = {
    "stdout": "stdout",
    "stderr": "stderr",
    "jstack": "jstack",
    "pstack": "pstack",
    "waterfall_summary": "waterfall_summary",
    "coreinfo": "coreinfo.tmp",
    "hs_err_log": "hs_err_*.log",
}


class Task:
    """A task by its name; making one asks nothing. Methods ask once each and raise MaxComputeError.

    `Instance.get_task` makes it.
    """

    def __init__(self, name: str, *, transport: Transport, path: tuple[str, ...]) -> None:
        self.name = name
        self._transport = transport
        self._path = path  # of its instance

    def __repr__(self) -> str:
        return f"Task({self.name!r}, path={self._path!r})"

    def get_progress(self) -> TaskProgress:
        """Return how far it has got. Without stages it is still queued or compiled."""
        return parse_progress(self._get({"instanceprogress": self.name}).body)

    def get_summary(self) -> TaskSummary | None:
        """Return what it has read, done and written; None while there is no summary."""
        response = self._get({"instancesummary": ""})
        is_final = _IS_FINAL.get(response.headers.get("x-odps-task-finalized", "").lower())
        return parse_summary(response.body, is_final=is_final)

    def get_cost(self) -> TaskCost | None:
        """Return what it has used; None while there is no summary."""
        summary = self.get_summary()
        return summary.cost if summary else None

    def get_detail(self) -> Any:
        """Return stages and workers as the service describes them, or the older description.

        JSON mostly, text otherwise. The older one costs a second request.
        """
        return parse_detail(self._get({"instancedetail": ""}).body) or self.get_older_detail()

    def get_older_detail(self) -> Any:
        """Return jobs, stages and workers as older services describe them."""
        return parse_detail(self._get({"detail": ""}).body)

    def get_workers(self) -> tuple[Worker, ...]:
        """Return the fuxi workers of all stages."""
        return find_workers(self.get_older_detail())

    def get_worker_log(
        self, log_id: str, *, log: str = "stdout", size_bytes: int | None = None
    ) -> str:
        """Return a worker's log, such as stdout, stderr or jstack.

        Raises InvalidArgumentError for another `log`.
        """
        if log not in _LOG_NAMES:
            raise InvalidArgumentError(f"There is no log {log!r}, only {', '.join(_LOG_NAMES)}.")
        params = {"log": "", "id": log_id, "logtype": _LOG_NAMES[log]}
        if size_bytes is not None:
            params["size"] = str(size_bytes)
        return self._get(params).body.decode("utf-8", "replace")

    def get_warnings(self) -> tuple[str, ...]:
        """Return what the compiler warned of."""
        return parse_warnings(self._get({"info": "", "key": "warnings"}).body)

    def get_info(self, key: str) -> str:
        """Return a piece of information of the task, or an empty text."""
        return decode(self._get({"info": "", "key": key}).body)

    def put_info(self, key: str, value: str) -> str:
        """Hand a piece of information to the task and return its answer."""
        request = Request(
            method="PUT",
            path=self._path,
            params={"info": "", "taskname": self.name},
            body=info_document(key=key, value=value),
            content_type="application/xml",
        )
        return decode(self._transport.send(request).body)

    def get_quota(self) -> dict[str, Any]:
        """Return the quota groups it runs in, as the service describes them.

        Empty when asked twice within 30 seconds.
        """
        return parse_json_object(self._get({"instancequota": ""}).body)

    def _get(self, params: Mapping[str, str]) -> Response:
        request = Request(method="GET", path=self._path, params={**params, "taskname": self.name})
        return self._transport.send(request)
