"""One execution in MaxCompute, and what can be asked about it."""

import re
from contextlib import suppress
from datetime import datetime, timedelta

from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import (
    InstanceFailedError,
    InvalidInstanceIdError,
    InvalidRequestError,
    MalformedResponseError,
)
from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.logview import DEFAULT_LIFE
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.details import SqlCost, parse_sql_cost
from odps_bot.maxcompute.models.documents import STOP
from odps_bot.maxcompute.models.instances import (
    InstanceSource,
    InstanceStatus,
    QueueingInfo,
    TaskProgress,
    TaskState,
    TaskStatus,
    TaskStatuses,
)
from odps_bot.maxcompute.models.results import TaskResult
from odps_bot.maxcompute.task import Task
from odps_bot.maxcompute.tunnel.download import ResultDownload, open_download
from odps_bot.maxcompute.waiting import Wait
from odps_bot.maxcompute.wire import parse_http_date

#: What a SQL task is called when its submitter did not name it.
SQL_TASK = "AnonymousSQLTask"
SQL_COST_TASK = "AnonymousSQLCostTask"

_ID = re.compile(r"[0-9A-Za-z_]{1,64}")


class Instance:
    """An instance by its id; making one asks nothing. Methods ask once each, at most.

    What cannot change any more is remembered: that it has terminated, how its tasks ended, and
    what was submitted. All methods raise MaxComputeError as the client's do.
    """

    def __init__(
        self,
        instance_id: str,
        *,
        project: str,
        endpoints: Endpoints,
        results: dict[str, TaskResult] | None = None,
    ) -> None:
        self.id = check_instance_id(instance_id)
        self.project = project
        self.endpoints = endpoints
        self.owner: str | None = None  #: known after `get_status` or `reload`
        self.start_time: datetime | None = None  #: likewise
        self.end_time: datetime | None = None  #: likewise, once it has ended
        self._is_terminated = results is not None
        self._results = results
        self._final_statuses: TaskStatuses | None = None
        self._source: InstanceSource | None = None

    def __repr__(self) -> str:
        return f"Instance({self.id!r}, project={self.project!r})"

    def get_status(self, *, blocking: bool = False) -> InstanceStatus:
        """Return how far it has got; `blocking` lets the service hold the answer for about 5 s."""
        if self._is_terminated:
            return InstanceStatus.TERMINATED
        return self._look({"instancestatus": ""} if blocking else {})

    def reload(self) -> InstanceStatus:
        """Ask for status, owner and times, even if it is known to have ended."""
        return self._look({})

    def _look(self, params: dict[str, str]) -> InstanceStatus:
        response = self._get(params)
        status = responses.parse_instance_status(response.body)
        start, end = (response.headers.get(f"x-odps-{edge}-time") for edge in ("start", "end"))
        self.owner = response.headers.get("x-odps-owner") or self.owner
        self.start_time = parse_http_date(start) or self.start_time
        self.end_time = parse_http_date(end) or self.end_time
        self._is_terminated = self._is_terminated or status is InstanceStatus.TERMINATED
        return status

    def is_terminated(self) -> bool:
        """Return whether it is over, well or badly."""
        return self.get_status() is InstanceStatus.TERMINATED

    def is_running(self) -> bool:
        """Return whether it is queued or executing; a suspended one is not."""
        return self.get_status() is InstanceStatus.RUNNING

    def is_successful(self) -> bool:
        """Return whether it is over and all tasks succeeded. No known task is no success."""
        return self._outcome().is_successful

    def get_task_statuses(self) -> TaskStatuses:
        """Return how the instance and its tasks stand."""
        if self._final_statuses is not None:
            return self._final_statuses
        statuses = responses.parse_task_statuses(self._get({"taskstatus": ""}).body)
        if statuses.is_terminated:
            self._is_terminated = True
            if statuses.tasks:
                self._final_statuses = statuses
        return statuses

    def get_task_names(self) -> list[str]:
        """Return the names of its tasks; none are known shortly after the submission."""
        return list(self.get_task_statuses().tasks)

    def get_task_results(self) -> dict[str, TaskResult]:
        """Return what the tasks have left, by task name; nothing while it runs.

        At most 10,000 rows of a SELECT. For a failed task it is the reason.
        """
        if self._results is not None:
            return self._results
        results = responses.parse_task_results(self._get({"result": ""}).body)
        if self._is_terminated:
            self._results = results
        return results

    def get_sql_cost(self) -> SqlCost:
        """Return what an instance of `Client.run_sql_cost` tells, once it has succeeded.

        Raises MalformedResponseError for every other instance.
        """
        result = self.get_task_results().get(SQL_COST_TASK)
        return parse_sql_cost(result.text if result else "")

    def open_download(self, *, is_limited: bool | None = None) -> ResultDownload:
        """Return all rows of its SELECT, ready to be read, once it has succeeded.

        `is_limited` asks for no more than 10,000, which protected projects allow; None: only when
        all are not allowed. Raises InvalidRequestError for what is no SELECT.
        """
        return open_download(self.endpoints.tunnel.transport(), self.path, is_limited=is_limited)

    def get_task_progress(self, task_name: str = SQL_TASK) -> TaskProgress:
        """Return how far a task has got. Without stages it is still queued or compiled."""
        return self.get_task(task_name).get_progress()

    def get_task(self, task_name: str = SQL_TASK) -> Task:
        """Return a task by its name, for all that can be asked about it; asks nothing."""
        return Task(task_name, transport=self.endpoints.rest, path=self.path)

    def get_source(self) -> InstanceSource:
        """Return what was submitted."""
        if self._source is None:
            self._source = responses.parse_source(self._get({"source": ""}).body)
        return self._source

    def get_queueing_info(self) -> QueueingInfo | None:
        """Return what the scheduler knows; None once it knows nothing any more."""
        return responses.parse_queueing_info(self._get({"cached": ""}).body)

    def stop(self) -> None:
        """Ask for its end, which comes later: then its tasks are Cancelled.

        Raises AlreadyTerminatedError when it had ended.
        https://www.alibabacloud.com/help/en/maxcompute/user-guide/kill
        """
        self.endpoints.rest.send(
            Request(method="PUT", path=self.path, body=STOP, content_type="application/xml")
        )

    def get_logview_address(self, *, life: timedelta = DEFAULT_LIFE) -> str:
        """Return the address of its Logview, see `Client.get_logview_address`."""
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
        """Return when it is over, well or badly.

        The pause between looks doubles from `interval` to `max_interval`. Outages, throttling and
        nonsense are waited through until there was no good answer for `patience`; then the last
        error is raised. Raises WaitTimeoutError after `timeout`, though not before a look that is
        under way has ended; the instance goes on. A `blocking` look needs a client whose
        `read_timeout` is longer than 5 s.
        """
        wait = self._wait(interval, max_interval, timeout=timeout, patience=patience)
        wait.until_terminated(self.id, lambda: self.get_status(blocking=blocking))

    def wait_for_success(
        self,
        *,
        interval: timedelta = timedelta(seconds=1),
        max_interval: timedelta = timedelta(seconds=10),
        timeout: timedelta | None = None,
        patience: timedelta = timedelta(minutes=5),
        blocking: bool = True,
    ) -> None:
        """Wait as `wait_for_completion` does; raise InstanceFailedError unless all is well."""
        wait = self._wait(interval, max_interval, timeout=timeout, patience=patience)
        wait.until_terminated(self.id, lambda: self.get_status(blocking=blocking))
        wait = self._wait(interval, max_interval, timeout=None, patience=patience)
        if failure := wait.until_response(self.id, self._failure):
            raise failure

    def _wait(
        self,
        interval: timedelta,
        max_interval: timedelta,
        *,
        timeout: timedelta | None,
        patience: timedelta,
    ) -> Wait:
        return Wait(
            interval=interval,
            max_interval=max(interval, max_interval),
            timeout=timeout,
            patience=patience,
            clock=self.endpoints.rest.clock,
            sleep=self.endpoints.rest.retries.sleep,
        )

    def _failure(self) -> InstanceFailedError | None:
        """Return why it has not succeeded; None when it has."""
        # With the results come the statuses, where the service is new enough to tell them there.
        # A result too large for that call (ODPS-0420061) is a success all the same, and so is one
        # that we cannot read.
        with suppress(InvalidRequestError, MalformedResponseError):
            self.get_task_results()
        outcome = self._outcome()
        if outcome.is_successful:
            return None
        failed = [task for task in outcome.tasks.values() if task.status is not TaskState.SUCCESS]
        if not failed:
            return InstanceFailedError(
                "The instance has ended, but its tasks are not known.",
                instance_id=self.id,
                task_name="",
            )
        return InstanceFailedError(
            self._why(failed[0]), instance_id=self.id, task_name=failed[0].name
        )

    def _outcome(self) -> TaskStatuses:
        """Return how the tasks stand, without their times if that spares a request."""
        return _statuses_from_results(self._results) or self.get_task_statuses()

    def _why(self, task: TaskStatus) -> str:
        if task.status is TaskState.FAILED:
            with suppress(InvalidRequestError, MalformedResponseError):
                result = self.get_task_results().get(task.name)
                if result is not None and result.text.strip():
                    return result.text.strip()
        return f"Task {task.name} is {task.status.value}."

    @property
    def path(self) -> tuple[str, ...]:
        """Where it stands behind the endpoint."""
        return ("projects", self.project, "instances", self.id)

    def _get(self, params: dict[str, str]) -> Response:
        return self.endpoints.rest.send(Request(method="GET", path=self.path, params=params))


def check_instance_id(instance_id: str) -> str:
    """Return the id. Raises InvalidInstanceIdError for what cannot be one."""
    if not isinstance(instance_id, str) or not _ID.fullmatch(instance_id):
        raise InvalidInstanceIdError(f"{instance_id!r} is not the id of an instance.")
    return instance_id


def _statuses_from_results(results: dict[str, TaskResult] | None) -> TaskStatuses | None:
    """Return the statuses of ended tasks if their results tell all of them."""
    tasks = {
        name: TaskStatus(name=name, type=result.task_type, status=result.status)
        for name, result in (results or {}).items()
        if result.status is not None
    }
    if not tasks or len(tasks) < len(results or {}):
        return None
    return TaskStatuses(instance_status=InstanceStatus.TERMINATED, tasks=tasks)
