"""The client of a MaxCompute endpoint."""

import secrets
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

from odps_bot import __version__
from odps_bot.maxcompute.authorization import Authorization
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import AmbiguousSubmitError, MaxComputeError, NotFoundError
from odps_bot.maxcompute.guids import GuidReading, read_guid
from odps_bot.maxcompute.http.admission import Admission
from odps_bot.maxcompute.http.credentials import CredentialsProvider
from odps_bot.maxcompute.http.instrumentation import RequestObserver
from odps_bot.maxcompute.http.retries import RetryPolicy
from odps_bot.maxcompute.http.signing import region_of
from odps_bot.maxcompute.http.throttle import Throttle
from odps_bot.maxcompute.http.transport import DEFAULT_MAX_RESPONSE_BYTES, Transport
from odps_bot.maxcompute.instance import SQL_COST_TASK, SQL_TASK, Instance
from odps_bot.maxcompute.listing import (
    PAGE_SIZE,
    Page,
    instance_filters,
    list_items,
    list_pages,
    newest_first,
)
from odps_bot.maxcompute.logview import DEFAULT_LIFE
from odps_bot.maxcompute.merge import MergeTasks
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.details import SqlCost
from odps_bot.maxcompute.models.documents import SqlJob, sql_job_document
from odps_bot.maxcompute.models.instances import InstanceStatus, InstanceSummary, QueueingInfo
from odps_bot.maxcompute.submission import submit
from odps_bot.maxcompute.xflow import XFlows


def utc_now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


class SqlOptions(TypedDict, total=False):
    """The options of `Client.run_sql`."""

    project: str | None
    hints: Mapping[str, object] | None
    aliases: Mapping[str, object] | None
    priority: int | None
    quota: str | None
    default_schema: str | None
    running_cluster: str | None
    guid: str | None
    task_name: str
    before_sending: Callable[[], None] | None


class Client:
    """Sends requests to one endpoint, in one project unless a call names another. Thread-safe.

    Creating one sends nothing. With a region, given or read from the endpoint, requests are signed
    with version 4, and with version 2 if the service supports no other. All methods raise
    MaxComputeError: ConnectionFailedError, MalformedResponseError, or the matching ApiError; with
    an `admission` or a `time_left` also HeldBackError.
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
        tunnel_endpoint: str | None = None,
        connect_timeout: timedelta = timedelta(seconds=5),
        read_timeout: timedelta = timedelta(seconds=30),
        response_timeout: timedelta | None = None,
        retries: RetryPolicy | None = None,
        user_agent: str = f"odps-bot/{__version__}",
        clock: Callable[[], datetime] = utc_now,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        throttle: Throttle | None = None,
        admission: Admission | None = None,
        time_left: Callable[[], timedelta | None] = lambda: None,
        observer: RequestObserver | None = None,
    ) -> None:
        self.project = project
        self.region = region or region_of(endpoint)
        self.transport = Transport(  #: for what this client has no method for
            endpoint,
            credentials=credentials,
            region=self.region,
            default_params={"curr_project": project},
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            response_timeout=response_timeout,
            retries=retries or RetryPolicy(),
            user_agent=user_agent,
            clock=clock,
            max_response_bytes=max_response_bytes,
            throttle=throttle,
            admission=admission,
            time_left=time_left,
            observer=observer,
        )
        self._endpoints = Endpoints.behind(
            self.transport,
            project=project,
            region=self.region,
            tunnel_address=tunnel_endpoint,
            logview_host=logview_host,
            job_insight_host=job_insight_host,
        )
        self.xflows = XFlows(self._endpoints, project=project)
        self.merges = MergeTasks(self._endpoints, project=project)
        self.authorization = Authorization(self._endpoints, project=project)

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
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        """Submit SQL and return its instance without waiting for it.

        `set key=value;` lines count as hints; explicit hints take precedence. Several statements
        are sent as a script. Submitting again with the same `guid` returns the first instance.
        `before_sending` is called right before anything is sent; what it raises is raised.

        Raises InvalidArgumentError or ConnectionFailedError when nothing was submitted,
        AmbiguousSubmitError when that is unknown, and ApiError when the service rejected it.
        """
        job = SqlJob(
            sql=sql,
            task_name=task_name,
            guid=guid or secrets.token_hex(16),
            hints=hints or {},
            aliases=aliases or {},
            priority=priority,
            quota=quota,
            default_schema=default_schema,
            running_cluster=running_cluster,
        )
        return self._submit(job, project=project, before_sending=before_sending)

    def execute_sql(
        self, sql: str, *, timeout: timedelta | None = None, **options: Unpack[SqlOptions]
    ) -> Instance:
        """Submit SQL with the options of `run_sql` and return once it has succeeded.

        Raises what `run_sql` and `Instance.wait_for_success` raise: InstanceFailedError when a
        task failed, WaitTimeoutError after `timeout`.
        """
        instance = self.run_sql(sql, **options)
        instance.wait_for_success(timeout=timeout)
        return instance

    def run_sql_cost(
        self,
        sql: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        default_schema: str | None = None,
        guid: str | None = None,
    ) -> Instance:
        """Submit a cost estimate for one statement and return the estimate's own instance.

        The statement is not run. `Instance.get_sql_cost` returns the estimate. Raises what
        `run_sql` raises.
        """
        job = SqlJob(
            sql=sql,
            task_name=SQL_COST_TASK,
            guid=guid or secrets.token_hex(16),
            hints=hints or {},
            default_schema=default_schema,
            is_estimate=True,
        )
        return self._submit(job, project=project)

    def _submit(
        self,
        job: SqlJob,
        *,
        project: str | None,
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        return submit(
            self._endpoints,
            sql_job_document(job),
            guid=job.guid,
            project=project or self.project,
            before_sending=before_sending,
        )

    def execute_sql_cost(
        self,
        sql: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        default_schema: str | None = None,
        timeout: timedelta | None = timedelta(minutes=1),
    ) -> SqlCost:
        """Return what one statement would cost, without running it. `set` lines are allowed.

        Raises InstanceFailedError when MaxCompute can't compile it.
        """
        try:
            instance = self.run_sql_cost(
                sql, project=project, hints=hints, default_schema=default_schema
            )
        except AmbiguousSubmitError as error:
            # A duplicate estimate does no harm: report the cause, not the ambiguity.
            raise (error.__cause__ or error) from None
        instance.wait_for_success(timeout=timeout)
        return instance.get_sql_cost()

    def get_instance(self, instance_id: str, *, project: str | None = None) -> Instance:
        """Return the instance with this id, without checking that it exists.

        Raises InvalidInstanceIdError for text that can't be an id.
        """
        return Instance(instance_id, project=project or self.project, endpoints=self._endpoints)

    def exists_instance(self, instance_id: str, *, project: str | None = None) -> bool:
        """Return whether the instance exists; the service drops old ones."""
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
        page_size: int = PAGE_SIZE,
        is_newest_first: bool = False,
    ) -> Iterator[InstanceSummary]:
        """Yield up to `limit` instances, requesting pages as they are needed.

        `since` and `until` bound the start time; they need a time zone and count in whole seconds.
        The service guarantees no order, so `is_newest_first` reads all pages before yielding.
        """
        filters = instance_filters(
            status=status,
            since=since,
            until=until,
            only_own=only_own,
            job_name=job_name,
            quota_index=quota_index,
        )
        listed = list_items(
            self.transport,
            ("projects", project or self.project, "instances"),
            filters,
            parse=responses.parse_instances,
            limit=None if is_newest_first else limit,
            page_size=page_size,
        )
        return newest_first(listed, limit=limit) if is_newest_first else listed

    def list_queueing_infos(
        self,
        *,
        project: str | None = None,
        status: InstanceStatus | None = None,
        only_own: bool | None = None,
        quota_index: str | None = None,
        limit: int | None = None,
    ) -> Iterator[QueueingInfo]:
        """Yield the scheduler's state of all instances that have not ended, many per request."""
        filters = instance_filters(status=status, only_own=only_own, quota_index=quota_index)
        path = ("projects", project or self.project, "cachedinstances")
        return list_items(
            self.transport, path, filters, parse=responses.parse_queueing_infos, limit=limit
        )

    def list_instance_pages(
        self,
        *,
        project: str | None = None,
        status: InstanceStatus | None = None,
        since: datetime | None = None,
        marker: str | None = None,
    ) -> Iterator[Page[InstanceSummary]]:
        """Yield the pages of such a listing of instances, one request each, from `marker` on.

        A later call goes on where one has stopped, with the same filters and the last marker.
        """
        filters = instance_filters(status=status, since=since)
        path = ("projects", project or self.project, "instances")
        return list_pages(
            self.transport, path, filters, parse=responses.parse_instances, marker=marker
        )

    def list_queueing_info_pages(
        self, *, project: str | None = None, status: InstanceStatus | None = None
    ) -> Iterator[Page[QueueingInfo]]:
        """Yield the pages of `list_queueing_infos`, one request each."""
        filters = instance_filters(status=status)
        path = ("projects", project or self.project, "cachedinstances")
        return list_pages(self.transport, path, filters, parse=responses.parse_queueing_infos)

    def find_instance_by_guid(
        self,
        guid: str,
        *,
        since: datetime,
        until: datetime | None = None,
        project: str | None = None,
    ) -> Instance | None:
        """Return the instance that this account submitted with `guid`, or None.

        Reads the source of every instance started in the interval, newest first. Make the interval
        wide enough for clock skew. Where it is not found and a source could not be read, that
        error is raised.
        """
        unread: MaxComputeError | None = None
        for reading in self.read_guids(since=since, until=until, project=project):
            if reading.guid == guid:
                return reading.instance
            unread = unread or reading.error
        if unread is not None:
            raise unread
        return None

    def read_guids(
        self,
        *,
        since: datetime,
        until: datetime | None = None,
        project: str | None = None,
        skipped: Container[str] = frozenset(),
    ) -> Iterator[GuidReading]:
        """Read the Guids of the instances that this account started in the interval, newest first.

        Those whose ids are `skipped` are listed, and not read. A source that can't be read does not
        end it: see `GuidReading.error`. Raises MaxComputeError where the next one would fail alike.
        """
        listed = self.list_instances(
            project=project, since=since, until=until, only_own=True, is_newest_first=True
        )
        for summary in listed:
            if summary.id not in skipped:
                yield read_guid(self.get_instance(summary.id, project=project), self.xflows)

    def stop_instance(self, instance_id: str, *, project: str | None = None) -> None:
        """Stop an instance, see `Instance.stop`."""
        self.get_instance(instance_id, project=project).stop()

    def get_logview_address(
        self, instance_id: str, *, project: str | None = None, life: timedelta = DEFAULT_LIFE
    ) -> str:
        """Return a URL that shows the job to anyone who has it, for `life` in whole hours."""
        return self.get_instance(instance_id, project=project).get_logview_address(life=life)

    def get_job_insight_address(self, instance_id: str, *, project: str | None = None) -> str:
        """Return a URL that shows the job after login, to people with access to it.

        Raises InvalidArgumentError when the region is unknown.
        """
        instance = self.get_instance(instance_id, project=project)
        return self._endpoints.logview.with_login(instance.id, project=instance.project)

    def close(self) -> None:
        """Close all connections."""
        self._endpoints.close()
