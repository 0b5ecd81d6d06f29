"""One task of an instance: everything but its status."""

from collections.abc import Mapping
from typing import Any

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.http.rest import Rest
from odps_bot.maxcompute.models.details import (
    TaskCost,
    TaskSummary,
    parse_detail,
    parse_summary,
    parse_warnings,
)
from odps_bot.maxcompute.models.documents import info_document
from odps_bot.maxcompute.models.instances import TaskProgress
from odps_bot.maxcompute.models.log_tails import LogTail, read_log_tail
from odps_bot.maxcompute.models.quotas import QuotaUsage, parse_quota_usages
from odps_bot.maxcompute.models.responses import parse_progress
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from odps_bot.maxcompute.models.workers import StageWorkers, Worker, find_workers
from odps_bot.maxcompute.wire import decode, parse_json_object, time_or_none

#: Workers whose description is larger are not read.
MAX_WORKERS_BYTES = 8 * 1024 * 1024

#: A service that knows nothing of the end of a log sends all of it.
MAX_LOG_BYTES = 8 * 1024 * 1024

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
    """A task by its name; `Instance.get_task` creates it without sending a request.

    Each method sends one request, and raises MaxComputeError.
    """

    def __init__(self, name: str, *, transport: Rest, path: tuple[str, ...]) -> None:
        self.name = name
        self._transport = transport
        self._path = path  # that of its instance

    def __repr__(self) -> str:
        return f"Task({self.name!r}, path={self._path!r})"

    def get_progress(self) -> TaskProgress:
        """Return its progress; without stages it is still queued or being compiled."""
        return parse_progress(self._get({"instanceprogress": self.name}).body)

    def get_summary(self) -> TaskSummary | None:
        """Return its inputs, outputs and resource usage; None while there is no summary."""
        response = self._get({"instancesummary": ""})
        is_final = _IS_FINAL.get(response.headers.get("x-odps-task-finalized", "").lower())
        return parse_summary(response.body, is_final=is_final)

    def get_cost(self) -> TaskCost | None:
        """Return its resource usage; None while there is no summary."""
        summary = self.get_summary()
        return summary.cost if summary else None

    def get_detail(self) -> Any:
        """Return stages and workers as the service describes them: JSON, or else text.

        If the service has none, `get_older_detail` is returned, at the cost of a second request.
        """
        return parse_detail(self._get({"instancedetail": ""}).body) or self.get_older_detail()

    def get_older_detail(self) -> Any:
        """Return jobs, stages and workers as older services describe them."""
        return parse_detail(self._get({"detail": ""}).body)

    def get_workers(self) -> tuple[Worker, ...]:
        """Return the fuxi workers of all stages."""
        return find_workers(self.get_older_detail())

    def get_stage_workers(self) -> tuple[StageWorkers, ...]:
        """Return what stands out among the workers of each stage, of 20,000 of them in little time.

        Raises ResponseTooLargeError where the service describes more than fit 8 MiB.
        """
        response = self._get({"detail": ""}, max_response_bytes=MAX_WORKERS_BYTES)
        now = time_or_none(response.headers.get("Date")) or self._transport.clock()
        return parse_stage_workers(response.body, now=now)

    def get_worker_log(
        self, log_id: str, *, log: str = "stdout", size_bytes: int | None = None
    ) -> str:
        """Return a worker's log, such as stdout, stderr or jstack; with a size, its last bytes.

        Raises InvalidArgumentError for another `log`.
        """
        return self._get(_log_params(log_id, log, size_bytes)).body.decode("utf-8", "replace")

    def get_worker_log_tail(
        self, log_id: str, *, log: str = "stdout", lines: int = 200, size_bytes: int = 64 * 1024
    ) -> LogTail:
        """Return the last lines of a worker's log, of its last bytes at most.

        Raises InvalidArgumentError for another `log`, and ResponseTooLargeError where the service
        sends megabytes nevertheless.
        """
        lines = arguments.whole_number("lines", lines, least=1)
        params = _log_params(log_id, log, size_bytes)
        response = self._get(params, max_response_bytes=max(size_bytes, MAX_LOG_BYTES))
        return read_log_tail(response.body, lines=lines, size_bytes=size_bytes)

    def get_warnings(self) -> tuple[str, ...]:
        """Return the compiler's warnings."""
        return parse_warnings(self._get({"info": "", "key": "warnings"}).body)

    def get_info(self, key: str) -> str:
        """Return the value that the task has for a key, or an empty string."""
        params = {"info": "", "key": arguments.text("key", key)}
        return decode(self._get(params).body)

    def put_info(self, key: str, value: str) -> str:
        """Set a key of the task and return its response."""
        request = Request(
            method="PUT",
            path=self._path,
            params={"info": "", "taskname": self.name},
            body=info_document(key=arguments.text("key", key), value=value),
            content_type="application/xml",
        )
        return decode(self._transport.send(request).body)

    def get_quota(self) -> dict[str, Any]:
        """Return the quota groups it runs in, as the service describes them.

        The service returns nothing to a second call within 30 seconds.
        """
        return parse_json_object(self._get({"instancequota": ""}).body)

    def get_quota_usages(self) -> tuple[QuotaUsage, ...]:
        """Return the quota groups it runs in, and what they are used for.

        The service returns nothing to a second call within 30 seconds.
        """
        return parse_quota_usages(self._get({"instancequota": ""}).body)

    def _get(self, params: Mapping[str, str], *, max_response_bytes: int | None = None) -> Response:
        request = Request(
            method="GET",
            path=self._path,
            params={**params, "taskname": self.name},
            max_response_bytes=max_response_bytes,
        )
        return self._transport.send(request)


def _log_params(log_id: str, log: str, size_bytes: int | None) -> dict[str, str]:
    name = arguments.text("log", log).lower()
    if name not in _LOG_NAMES:
        raise InvalidArgumentError(f"`log` must be one of {', '.join(_LOG_NAMES)}, not {log!r}.")
    params = {"log": "", "id": arguments.text("log_id", log_id), "logtype": _LOG_NAMES[name]}
    size = arguments.optional_whole_number("size_bytes", size_bytes)
    return {**params, "size": str(size)} if size else params
