"""One execution in MaxCompute."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Unpack

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Duration
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.error_documents import ErrorDocument
from odps_bot.maxcompute.errors import (
    ApiError,
    ConnectionFailedError,
    InstanceFailedError,
    InvalidArgumentError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.maxcompute.held_polls import HOLD
from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.logview import DEFAULT_LIFE
from odps_bot.maxcompute.models import instances as models
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.details import SqlCost, parse_sql_cost
from odps_bot.maxcompute.models.documents import STOP
from odps_bot.maxcompute.models.results import TaskResult
from odps_bot.maxcompute.task import Task
from odps_bot.maxcompute.tunnel.download import ResultDownload, open_download
from odps_bot.maxcompute.waiting import INTERVAL, MAX_INTERVAL, PATIENCE, Wait, WaitOptions
from odps_bot.maxcompute.wire import time_or_none

#: The name of a SQL task whose submitter did not choose one.
SQL_TASK = "AnonymousSQLTask"
SQL_COST_TASK = "AnonymousSQLCostTask"

_COST_TYPE = "sqlcost"

#: Read at most to find out why a task failed; results of others in the same document are 10 MB.
MAX_FAILURE_BYTES = 16 * 1024 * 1024

#: Answers to a request for results that say nothing of how the instance ended: they are too large
#: for it (ODPS-0420061), forbidden, dropped, or can't be read.
_UNREAD = (InvalidRequestError, MalformedResponseError, NotFoundError, PermissionDeniedError)


class Instance:
    """An instance by its id. Creating one sends nothing; each method sends one request at most.

    Two with the same id, project and endpoint are equal. What can't change any more is cached: that
    it has terminated, how its tasks ended, and what was submitted. All methods raise
    MaxComputeError, like those of the client; creating one raises InvalidInstanceIdError for text
    that can't be an id.
    """

    def __init__(
        self,
        instance_id: str,
        *,
        project: str,
        endpoints: Endpoints,
        results: dict[str, TaskResult] | None = None,
    ) -> None:
        self.id = arguments.instance_id(instance_id)
        self.project = project
        self.endpoints = endpoints.of_instance(self.id)
        self.owner: str | None = None  #: set by `get_status` and `reload`
        self.start_time: datetime | None = None  #: likewise
        self.end_time: datetime | None = None  #: likewise, once it has ended
        self.was_held = False  #: whether the service held the last `get_status`
        self._is_terminated = results is not None
        self._results = results
        self._final_statuses: models.TaskStatuses | None = None
        self._source: models.InstanceSource | None = None

    def __repr__(self) -> str:
        return f"Instance({self.id!r}, project={self.project!r})"

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Instance) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return (self.endpoints.rest.endpoint, self.project, self.id)

    def get_status(self, *, blocking: bool = False) -> models.InstanceStatus:
        """Return its status; with `blocking`, when it ends or after about 5 s.

        `was_held` says whether the service did hold that request. Where it does not (any more), the
        status is asked for plainly for a while.
        """
        blocking = arguments.flag("blocking", blocking)
        self.was_held = False
        if self._is_terminated:
            return models.InstanceStatus.TERMINATED
        return self._poll_held() if blocking else self._poll()

    def reload(self) -> models.InstanceStatus:
        """Refresh status, owner and times, even of an instance known to have ended."""
        return self._poll()

    def _poll_held(self) -> models.InstanceStatus:
        """Return the status when it ends, or after a while; at once where polls are not held."""
        held_polls, clock = self.endpoints.held_polls_of(self.id), self.endpoints.rest.clock
        if not held_polls.are_offered:
            return self._poll()
        asked_at = clock()
        try:
            status = self._poll({"instancestatus": ""}, hold=HOLD)
        except (ConnectionFailedError, ServerError) as error:
            if not isinstance(error, ConnectionFailedError) or error.was_sent:
                held_polls.failed()
            raise
        except ThrottledError:
            raise
        except (ApiError, MalformedResponseError):
            # Where this fails, too, it is the instance that is not known.
            status = self._poll()
            held_polls.refused()
            return status
        self.was_held = held_polls.responded(status, after=clock() - asked_at)
        return status

    def _poll(
        self, params: Mapping[str, str] = MappingProxyType({}), *, hold: timedelta = timedelta()
    ) -> models.InstanceStatus:
        request = Request(method="GET", path=self.path, params=params, hold=hold)
        response = self.endpoints.rest.send(request)
        status = responses.parse_instance_status(response.body)
        start, end = (response.headers.get(f"x-odps-{edge}-time") for edge in ("start", "end"))
        self.owner = response.headers.get("x-odps-owner") or self.owner
        self.start_time = time_or_none(start) or self.start_time
        self.end_time = time_or_none(end) or self.end_time
        self._is_terminated = self._is_terminated or status is models.InstanceStatus.TERMINATED
        if self.is_interactive and self._is_terminated:
            self._results = self._results or _results_beside(response)
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

        A SELECT has 10,000 rows at most, of 10 MB at most: see `open_download`. The result of a
        failed task is its error.
        """
        return self._task_results()

    def get_task_result(self, task_name: str | None = None) -> TaskResult | None:
        """Return the result of a task, of its only one without a name; None while it has none.

        Raises InvalidArgumentError without a name if there are several.
        """
        name = arguments.optional_text("task_name", task_name)
        results = self.get_task_results()
        if name is not None:
            return results.get(name)
        if len(results) > 1:
            raise InvalidArgumentError(f"`task_name` must be one of {', '.join(results)}.")
        return next(iter(results.values()), None)

    def _task_results(self, *, max_response_bytes: int | None = None) -> dict[str, TaskResult]:
        if self._results is not None:
            return self._results
        response = self._get({"result": ""}, max_response_bytes=max_response_bytes)
        results = responses.parse_task_results(response.body)
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
        is_limited = arguments.optional_flag("is_limited", is_limited)
        return open_download(self.endpoints.tunnel.transport(), self.path, is_limited=is_limited)

    def get_task_progress(self, task_name: str = SQL_TASK) -> models.TaskProgress:
        """Return the progress of a task; without stages it is still queued or being compiled."""
        return self.get_task(task_name).get_progress()

    def get_task(self, task_name: str = SQL_TASK) -> Task:
        """Return a task by its name, without sending a request."""
        name = arguments.text("task_name", task_name)
        return Task(name, transport=self.endpoints.rest, path=self.path)

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

    def get_logview_address(self, *, life: Duration = DEFAULT_LIFE) -> str:
        """Return the URL of its Logview, see `Client.get_logview_address`."""
        life = arguments.duration("life", life)
        return self.endpoints.logview.with_token(self.id, project=self.project, life=life)

    def wait_for_completion(
        self,
        *,
        interval: Duration = INTERVAL,
        max_interval: Duration | None = MAX_INTERVAL,
        timeout: Duration | None = None,
        patience: Duration = PATIENCE,
        blocking: bool = True,
    ) -> None:
        """Return once it has ended, successfully or not.

        `blocking` polls end with the instance, or after about 5 s: where the service holds them,
        they follow each other without a pause. Otherwise the pause between polls doubles from
        `interval` to `max_interval`; None: it stays. Outages, throttling and unreadable responses
        are tolerated until no poll has succeeded for `patience`; then the last error is raised.
        Raises WaitTimeoutError after `timeout`, though never in the middle of a poll; the instance
        continues.
        """
        wait = self._wait(
            interval=interval, max_interval=max_interval, timeout=timeout, patience=patience
        )
        blocking = arguments.flag("blocking", blocking)
        wait.until_terminated(
            self.id, lambda: self.get_status(blocking=blocking), was_held=lambda: self.was_held
        )

    def wait_for_success(self, *, blocking: bool = True, **options: Unpack[WaitOptions]) -> None:
        """Wait as `wait_for_completion` does; raise InstanceFailedError unless it succeeded."""
        self.wait_for_completion(blocking=blocking, **options)
        options["timeout"] = None
        if failure := self._wait(**options).until_response(self.id, self._failure):
            raise failure

    def _wait(self, **options: Unpack[WaitOptions]) -> Wait:
        rest = self.endpoints.rest
        return Wait.of(options, clock=rest.clock, sleep=rest.retries.sleep)

    def _failure(self) -> InstanceFailedError | None:
        """Return why it did not succeed; None if it did. Only failures need the results."""
        outcome = self._outcome()
        if outcome.is_successful:
            return None
        failed = [
            task for task in outcome.tasks.values() if task.status is not models.TaskState.SUCCESS
        ]
        if not failed:
            why = "The instance has ended, but the status of its tasks is not known."
            return InstanceFailedError(why, instance_id=self.id, task_name="")
        error = self._error(failed[0])
        return InstanceFailedError(
            error.text,
            instance_id=self.id,
            task_name=failed[0].name,
            code=error.code,
            request_id=error.request_id,
        )

    def _outcome(self) -> models.TaskStatuses:
        """Return the status of the tasks; without their times if that saves a request."""
        return statuses_from_results(self._results) or self.get_task_statuses()

    def _error(self, task: models.TaskStatus) -> ErrorDocument:
        if task.status is models.TaskState.FAILED:
            with suppress(*_UNREAD):
                results = self._task_results(max_response_bytes=MAX_FAILURE_BYTES)
                result = results.get(task.name)
                if result is not None and result.error.text:
                    return result.error
        return ErrorDocument(message=f"Task {task.name} is {task.status.value}.")

    @property
    def is_interactive(self) -> bool:
        """Whether MaxQA runs it, as its id says."""
        return models.is_interactive_id(self.id)

    @property
    def path(self) -> tuple[str, ...]:
        """Its path after the endpoint."""
        return ("projects", self.project, "instances", self.id)

    def _get(self, params: dict[str, str], *, max_response_bytes: int | None = None) -> Response:
        request = Request(
            method="GET", path=self.path, params=params, max_response_bytes=max_response_bytes
        )
        return self.endpoints.rest.send(request)


def _results_beside(response: Response) -> dict[str, TaskResult] | None:
    """Return the results that the status of an ended interactive instance brings; None: not all.

    So the Java SDK reads them: `Instance.reload`.
    """
    with suppress(MalformedResponseError):
        results = responses.parse_task_results(response.body)
        if statuses_from_results(results) and all(one.text for one in results.values()):
            return results
    return None


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
