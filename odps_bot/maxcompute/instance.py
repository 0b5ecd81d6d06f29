"""One execution in MaxCompute."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Unpack

from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import (
    InstanceFailedError,
    InvalidInstanceIdError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
)
from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.logview import DEFAULT_LIFE
from odps_bot.maxcompute.models import instances as models
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.details import SqlCost, parse_sql_cost
from odps_bot.maxcompute.models.documents import STOP
from odps_bot.maxcompute.models.results import TaskResult
from odps_bot.maxcompute.task import Task
from odps_bot.maxcompute.tunnel.download import ResultDownload, open_download
from odps_bot.maxcompute.waiting import Wait, WaitOptions
from odps_bot.maxcompute.wire import parse_http_date

#: The name of a SQL task whose submitter did not choose one.
SQL_TASK = "AnonymousSQLTask"
SQL_COST_TASK = "AnonymousSQLCostTask"

_COST_TYPE = "sqlcost"

#: Answers to a request for results that say nothing of how the instance ended: they are too large
#: for it (ODPS-0420061), forbidden, dropped, or can't be read.
_UNREAD = (InvalidRequestError, MalformedResponseError, NotFoundError, PermissionDeniedError)

_ID = re.compile(r"[0-9A-Za-z_]{1,64}")


class Instance:
    """An instance by its id. Creating one sends nothing; each method sends one request at most.

    What can't change any more is cached: that it has terminated, how its tasks ended, and what was
    submitted. All methods raise MaxComputeError, like those of the client; creating one raises
    InvalidInstanceIdError for text that can't be an id.
    """

    def __init__(
        self,
        instance_id: str,
        *,
        project: str,
        endpoints: Endpoints,
        results: dict[str, TaskResult] | None = None,
    ) -> None:
        if not isinstance(instance_id, str) or not _ID.fullmatch(instance_id):
            raise InvalidInstanceIdError(f"{instance_id!r} is not the id of an instance.")
        self.id = instance_id
        self.project = project
        self.endpoints = endpoints
        self.owner: str | None = None  #: set by `get_status` and `reload`
        self.start_time: datetime | None = None  #: likewise
        self.end_time: datetime | None = None  #: likewise, once it has ended
        self._is_terminated = results is not None
        self._results = results
        self._final_statuses: models.TaskStatuses | None = None
        self._source: models.InstanceSource | None = None

    def __repr__(self) -> str:
        return f"Instance({self.id!r}, project={self.project!r})"

    def get_status(self, *, blocking: bool = False) -> models.InstanceStatus:
        """Return its status; with `blocking`, the service may hold the response for about 5 s."""
        if self._is_terminated:
            return models.InstanceStatus.TERMINATED
        return self._poll({"instancestatus": ""} if blocking else {})

    def reload(self) -> models.InstanceStatus:
        """Refresh status, owner and times, even of an instance known to have ended."""
        return self._poll({})

    def _poll(self, params: dict[str, str]) -> models.InstanceStatus:
        response = self._get(params)
        status = responses.parse_instance_status(response.body)
        start, end = (response.headers.get(f"x-odps-{edge}-time") for edge in ("start", "end"))
        self.owner = response.headers.get("x-odps-owner") or self.owner
        self.start_time = parse_http_date(start) or self.start_time
        self.end_time = parse_http_date(end) or self.end_time
        self._is_terminated = self._is_terminated or status is models.InstanceStatus.TERMINATED
        return status

    def is_terminated(self) -> bool:
        """Return whether it has ended, successfully or not."""
        return self.get_status() is models.InstanceStatus.TERMINATED

    def is_running(self) -> bool:
        """Return whether it is queued or executing; False while suspended."""
        return self.get_status() is models.InstanceStatus.RUNNING

    def is_successful(self) -> bool:
        """Return whether it has ended and all tasks succeeded; False while no task is known."""
        return self._outcome().is_successful

    def get_task_statuses(self) -> models.TaskStatuses:
        """Return the status of the instance and of its tasks."""
        if self._final_statuses is not None:
            return self._final_statuses
        statuses = responses.parse_task_statuses(self._get({"taskstatus": ""}).body)
        if statuses.is_terminated:
            self._is_terminated = True
            if statuses.tasks:
                self._final_statuses = statuses
        return statuses

    def get_task_names(self) -> list[str]:
        """Return the names of its tasks; empty shortly after the submission."""
        return list(self.get_task_statuses().tasks)

    def get_task_results(self) -> dict[str, TaskResult]:
        """Return the results of its tasks by task name; empty while it runs.

        A SELECT has 10,000 rows at most. The result of a failed task is its error.
        """
        if self._results is not None:
            return self._results
        results = responses.parse_task_results(self._get({"result": ""}).body)
        if self._is_terminated:
            self._results = results
        return results

    def get_sql_cost(self) -> SqlCost:
        """Return the estimate of an instance of `Client.run_sql_cost` that has succeeded.

        Raises MalformedResponseError for every other instance.
        """
        results = self.get_task_results()
        of_type = (one for one in results.values() if one.task_type.lower() == _COST_TYPE)
        result = results.get(SQL_COST_TASK) or next(of_type, None)
        return parse_sql_cost(result.text if result else "")

    def open_download(self, *, is_limited: bool | None = None) -> ResultDownload:
        """Open a download of all rows of its SELECT, once it has succeeded.

        `is_limited` requests 10,000 rows at most, which protected projects allow; None falls back
        to that if the account can't read all rows. Raises InvalidRequestError for other statements.
        """
        return open_download(self.endpoints.tunnel.transport(), self.path, is_limited=is_limited)

    def get_task_progress(self, task_name: str = SQL_TASK) -> models.TaskProgress:
        """Return the progress of a task; without stages it is still queued or being compiled."""
        return self.get_task(task_name).get_progress()

    def get_task(self, task_name: str = SQL_TASK) -> Task:
        """Return a task by its name, without sending a request."""
        return Task(task_name, transport=self.endpoints.rest, path=self.path)

    def get_source(self) -> models.InstanceSource:
        """Return what was submitted."""
        if self._source is None:
            self._source = responses.parse_source(self._get({"source": ""}).body)
        return self._source

    def get_queueing_info(self) -> models.QueueingInfo | None:
        """Return the scheduler's state of it; None once the scheduler has dropped it."""
        return responses.parse_queueing_info(self._get({"cached": ""}).body)

    def stop(self) -> None:
        """Request a stop, which takes effect later: its tasks then become Cancelled.

        Raises AlreadyTerminatedError when it has already ended.
        https://www.alibabacloud.com/help/en/maxcompute/user-guide/kill
        """
        self.endpoints.rest.send(
            Request(method="PUT", path=self.path, body=STOP, content_type="application/xml")
        )

    def get_logview_address(self, *, life: timedelta = DEFAULT_LIFE) -> str:
        """Return the URL of its Logview, see `Client.get_logview_address`."""
        return self.endpoints.logview.with_token(self.id, project=self.project, life=life)

    def wait_for_completion(
        self,
        *,
        interval: timedelta = timedelta(seconds=1),
        max_interval: timedelta = timedelta(seconds=10),
        timeout: timedelta | None = None,
        patience: timedelta = timedelta(minutes=5),
        blocking: bool = True,
    ) -> None:
        """Return once it has ended, successfully or not.

        The pause between polls doubles from `interval` to `max_interval`. Outages, throttling and
        unreadable responses are tolerated until no poll has succeeded for `patience`; then the last
        error is raised. Raises WaitTimeoutError after `timeout`, though never in the middle of a
        poll; the instance continues. `blocking` polls need a client whose `read_timeout` is longer
        than 5 s.
        """
        wait = self._wait(
            interval=interval, max_interval=max_interval, timeout=timeout, patience=patience
        )
        wait.until_terminated(self.id, lambda: self.get_status(blocking=blocking))

    def wait_for_success(self, *, blocking: bool = True, **options: Unpack[WaitOptions]) -> None:
        """Wait as `wait_for_completion` does; raise InstanceFailedError unless it succeeded."""
        self.wait_for_completion(blocking=blocking, **options)
        options["timeout"] = None
        if failure := self._wait(**options).until_response(self.id, self._failure):
            raise failure

    def _wait(self, **options: Unpack[WaitOptions]) -> Wait:
        rest = self.endpoints.rest
        return Wait(clock=rest.clock, sleep=rest.retries.sleep, **options)

    def _failure(self) -> InstanceFailedError | None:
        """Return why it did not succeed; None if it did."""
        # Newer services include the statuses in the results.
        with suppress(*_UNREAD):
            self.get_task_results()
        outcome = self._outcome()
        if outcome.is_successful:
            return None
        failed = [
            task for task in outcome.tasks.values() if task.status is not models.TaskState.SUCCESS
        ]
        why, name = "The instance has ended, but the status of its tasks is not known.", ""
        if failed:
            why, name = self._why(failed[0]), failed[0].name
        return InstanceFailedError(why, instance_id=self.id, task_name=name)

    def _outcome(self) -> models.TaskStatuses:
        """Return the status of the tasks; without their times if that saves a request."""
        return statuses_from_results(self._results) or self.get_task_statuses()

    def _why(self, task: models.TaskStatus) -> str:
        if task.status is models.TaskState.FAILED:
            with suppress(*_UNREAD):
                result = self.get_task_results().get(task.name)
                if result is not None and result.text.strip():
                    return result.text.strip()
        return f"Task {task.name} is {task.status.value}."

    @property
    def path(self) -> tuple[str, ...]:
        """Its path after the endpoint."""
        return ("projects", self.project, "instances", self.id)

    def _get(self, params: dict[str, str]) -> Response:
        return self.endpoints.rest.get(self.path, params)


def statuses_from_results(
    results: Mapping[str, TaskResult] | None,
) -> models.TaskStatuses | None:
    """Return the statuses of ended tasks if the results include all of them."""
    tasks = {
        name: models.TaskStatus(name=name, type=result.task_type, status=result.status)
        for name, result in (results or {}).items()
        if result.status is not None
    }
    if not tasks or len(tasks) < len(results or {}):
        return None
    return models.TaskStatuses(instance_status=models.InstanceStatus.TERMINATED, tasks=tasks)
