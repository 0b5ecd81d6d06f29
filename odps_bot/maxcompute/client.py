"""A project of MaxCompute, and what can be asked of it."""

import math
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from odps_bot import __version__
from odps_bot.maxcompute import answers
from odps_bot.maxcompute.credentials import CredentialsProvider
from odps_bot.maxcompute.documents import SqlJob, logview_policy_document, sql_job_document
from odps_bot.maxcompute.errors import (
    InvalidArgumentError,
    MalformedResponseError,
    NotFoundError,
)
from odps_bot.maxcompute.instance import (
    DEFAULT_LOGVIEW_LIFE,
    SQL_TASK,
    Instance,
    check_instance_id,
)
from odps_bot.maxcompute.logview import (
    DEFAULT_JOB_INSIGHT_HOST,
    DEFAULT_LOGVIEW_HOST,
    job_insight_address,
    logview_address,
)
from odps_bot.maxcompute.models import InstanceStatus, InstanceSummary
from odps_bot.maxcompute.retries import RetryPolicy
from odps_bot.maxcompute.signing import region_of
from odps_bot.maxcompute.submission import submit
from odps_bot.maxcompute.transport import DEFAULT_MOST_BYTES, Request, Transport
from odps_bot.maxcompute.wire import decode


def utc_now() -> datetime:
    """Return the current instant."""
    return datetime.now(UTC)


class Client:
    """Asks one endpoint, in one project unless a call names another. Threads may share it.

    Making one asks nothing. Given a region, or an endpoint that tells it, requests carry version 4
    of the signature, and version 2 where the service knows no other. All methods raise
    MaxComputeError: ConnectionFailedError, MalformedResponseError, or the ApiError that fits.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        project: str,
        credentials: CredentialsProvider,
        region: str | None = None,
        logview_host: str | None = None,
        job_insight_host: str | None = None,
        connect_timeout: timedelta = timedelta(seconds=5),
        read_timeout: timedelta = timedelta(seconds=30),
        retries: RetryPolicy | None = None,
        user_agent: str = f"odps-bot/{__version__}",
        clock: Callable[[], datetime] = utc_now,
        most_answer_bytes: int = DEFAULT_MOST_BYTES,
    ) -> None:
        self.project = project
        self.region = region or region_of(endpoint)
        self.clock = clock
        self.transport = Transport(  #: for what this client has no method for
            endpoint,
            credentials=credentials,
            region=self.region,
            default_params={"curr_project": project},
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries=retries or RetryPolicy(),
            user_agent=user_agent,
            clock=clock,
            most_bytes=most_answer_bytes,
        )
        self._logview_host = logview_host
        self._job_insight_host = job_insight_host

    def run_sql(
        self,
        sql: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        aliases: Mapping[str, object] | None = None,
        priority: int | None = None,
        quota: str | None = None,
        default_schema: str | None = None,
        running_cluster: str | None = None,
        guid: str | None = None,
        task_name: str = SQL_TASK,
    ) -> Instance:
        """Submit a SQL text and return its instance at once.

        `set key=value;` lines count as hints, and explicit hints win. Several statements are sent
        as a script. A second submission with an equal `guid` gives the first one's instance.

        Raises InvalidArgumentError or ConnectionFailedError when nothing was submitted,
        AmbiguousSubmitError when that cannot be known, and ApiError when the service refused.
        """
        job = SqlJob(
            sql=sql,
            task_name=task_name,
            guid=guid or str(uuid.uuid4()),
            hints=hints or {},
            aliases=aliases or {},
            priority=priority,
            quota=quota,
            default_schema=default_schema,
            running_cluster=running_cluster,
        )
        return submit(self, sql_job_document(job), guid=job.guid, project=project or self.project)

    def execute_sql(
        self,
        sql: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        aliases: Mapping[str, object] | None = None,
        priority: int | None = None,
        quota: str | None = None,
        default_schema: str | None = None,
        running_cluster: str | None = None,
        guid: str | None = None,
        task_name: str = SQL_TASK,
        timeout: timedelta | None = None,
    ) -> Instance:
        """Submit a SQL text and return its instance when it has succeeded.

        Raises what `run_sql` and `Instance.wait_for_success` raise: InstanceFailedError when a
        task failed, WaitTimeoutError after `timeout`.
        """
        instance = self.run_sql(
            sql,
            project=project,
            hints=hints,
            aliases=aliases,
            priority=priority,
            quota=quota,
            default_schema=default_schema,
            running_cluster=running_cluster,
            guid=guid,
            task_name=task_name,
        )
        instance.wait_for_success(timeout=timeout)
        return instance

    def get_instance(self, instance_id: str, *, project: str | None = None) -> Instance:
        """Return the instance of an id without asking whether there is one.

        Raises InvalidInstanceIdError for what cannot be an id.
        """
        return Instance(instance_id, project=project or self.project, client=self)

    def exists_instance(self, instance_id: str, *, project: str | None = None) -> bool:
        """Return whether the service knows the instance; old ones are forgotten."""
        try:
            self.get_instance(instance_id, project=project).get_status()
        except NotFoundError:
            return False
        return True

    def list_instances(
        self,
        *,
        project: str | None = None,
        status: InstanceStatus | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        only_own: bool | None = None,
        job_name: str | None = None,
        quota_index: str | None = None,
        limit: int | None = None,
        page_size: int = 1000,
    ) -> Iterator[InstanceSummary]:
        """Yield instances, asking for a page when it is needed. The service promises no order.

        `since` and `until` bound the start, with a time zone, in whole seconds.
        """
        params = {"maxitems": str(page_size if limit is None else min(page_size, limit))}
        optional = {
            "status": status.value if status else None,
            "daterange": _date_range(since, until),
            "onlyowner": None if only_own is None else "yes" if only_own else "no",
            "jobname": job_name,
            "quotaIndex": quota_index,
        }
        params |= {name: value for name, value in optional.items() if value}
        path = ("projects", project or self.project, "instances")
        return self._list(path, params, limit=math.inf if limit is None else limit)

    def find_instance_by_guid(
        self,
        guid: str,
        *,
        since: datetime,
        until: datetime | None = None,
        project: str | None = None,
    ) -> Instance | None:
        """Return our own instance that was submitted with `guid`, or None.

        Reads the sources of all that were started between the instants, the newest first: leave
        room for the difference of the clocks.
        """
        listed = self.list_instances(project=project, since=since, until=until, only_own=True)
        for summary in sorted(listed, key=lambda found: found.start_time or since, reverse=True):
            instance = self.get_instance(summary.id, project=project)
            try:
                source = instance.get_source()
            except NotFoundError:
                continue  # an XFlow has none
            if source.guid == guid:
                return instance
        return None

    def stop_instance(self, instance_id: str, *, project: str | None = None) -> None:
        """Ask for the end of an instance, see `Instance.stop`."""
        self.get_instance(instance_id, project=project).stop()

    def get_logview_address(
        self,
        instance_id: str,
        *,
        project: str | None = None,
        life: timedelta = DEFAULT_LOGVIEW_LIFE,
    ) -> str:
        """Return an address that shows the job to whoever has it, for `life` in whole hours."""
        project = project or self.project
        body = logview_policy_document(
            project=project, instance_id=check_instance_id(instance_id), life=life
        )
        response = self.transport.send(
            Request(
                method="POST",
                path=("projects", project, "authorization"),
                params={"sign_bearer_token": ""},
                body=body,
                content_type="application/json",
            )
        )
        if self._logview_host is None:
            self._logview_host = self._host("logview") or DEFAULT_LOGVIEW_HOST
        return logview_address(
            self._logview_host,
            endpoint=self.transport.endpoint,
            project=project,
            instance_id=instance_id,
            token=answers.read_token(response.body),
        )

    def get_job_insight_address(self, instance_id: str, *, project: str | None = None) -> str:
        """Return an address that shows the job to people who may see it and log in.

        Raises InvalidArgumentError when the region is not known.
        """
        if self.region is None:
            raise InvalidArgumentError("Job insight needs a region; the endpoint does not tell it.")
        if self._job_insight_host is None:
            self._job_insight_host = self._host("webconsole") or DEFAULT_JOB_INSIGHT_HOST
        return job_insight_address(
            self._job_insight_host,
            region=self.region,
            endpoint=self.transport.endpoint,
            project=project or self.project,
            instance_id=check_instance_id(instance_id),
        )

    def close(self) -> None:
        """Close all connections."""
        self.transport.close()

    def _list(
        self, path: tuple[str, ...], params: dict[str, str], *, limit: float
    ) -> Iterator[InstanceSummary]:
        count = 0
        marker: str | None = ""
        while marker is not None and count < limit:
            wanted = params | ({"marker": marker} if marker else {})
            response = self.transport.send(Request(method="GET", path=path, params=wanted))
            instances, next_marker = answers.read_instances(response.body)
            if next_marker == marker:
                raise MalformedResponseError("The listing goes round in circles.")
            marker = next_marker
            for instance in instances[: None if limit == math.inf else int(limit) - count]:
                count += 1
                yield instance

    def _host(self, name: str) -> str | None:
        """Ask for the host of a site that belongs to the service; None when it does not tell."""
        try:
            response = self.transport.send(Request(method="GET", path=(name, "host")))
        except NotFoundError:
            return None
        host = decode(response.body).strip()
        return host if host.startswith(("http://", "https://")) else None


def _date_range(since: datetime | None, until: datetime | None) -> str | None:
    """Return `from:to` in epoch seconds; either may be empty."""
    if since is None and until is None:
        return None
    for instant in (since, until):
        if instant is not None and instant.tzinfo is None:
            raise InvalidArgumentError("An instant needs a time zone.")
    first = "" if since is None else str(math.floor(since.timestamp()))
    last = "" if until is None else str(math.ceil(until.timestamp()))
    return f"{first}:{last}"
