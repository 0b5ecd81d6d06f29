"""The client of a MaxCompute endpoint."""

import secrets
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Unpack

from odps_bot import __version__
from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Duration, InstanceOrId, Moment
from odps_bot.maxcompute.authorization import Authorization
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import AmbiguousSubmitError, MaxComputeError, NotFoundError
from odps_bot.maxcompute.guids import GuidReading, find_guid, read_guid
from odps_bot.maxcompute.http.admission import Admission
from odps_bot.maxcompute.http.credentials import CredentialsProvider
from odps_bot.maxcompute.http.instrumentation import RequestObserver
from odps_bot.maxcompute.http.retries import RetryPolicy
from odps_bot.maxcompute.http.signing import region_of
from odps_bot.maxcompute.http.throttle import Throttle
from odps_bot.maxcompute.http.transport import DEFAULT_MAX_RESPONSE_BYTES, Transport
from odps_bot.maxcompute.instance import SQL_COST_TASK, SQL_TASK, Instance
from odps_bot.maxcompute.instance_listings import InstanceListings
from odps_bot.maxcompute.interactive import InteractiveSql
from odps_bot.maxcompute.logview import DEFAULT_LIFE
from odps_bot.maxcompute.merge import MergeTasks
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.details import SqlCost
from odps_bot.maxcompute.models.documents import SqlJob, sql_job_document
from odps_bot.maxcompute.submission import SqlOptions, submit
from odps_bot.maxcompute.tables import Tables
from odps_bot.maxcompute.xflow import XFlows

_NOW = partial(datetime.now, UTC)


class Client(InteractiveSql, InstanceListings):
    """Sends requests to one endpoint, in one project unless a call names another. Thread-safe.

    Names without a schema are looked up in `schema`, in projects that have schemas. Durations may
    be numbers of seconds. Creating one sends nothing. With a region, given or read from the
    endpoint, requests are signed with version 4, and with version 2 if the service supports no
    other. All methods raise MaxComputeError: InvalidArgumentError before anything is sent,
    ConnectionFailedError, MalformedResponseError, or the matching ApiError; with an `admission` or
    a `time_left` also HeldBackError.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        project: str,
        credentials: CredentialsProvider,
        schema: str | None = None,
        region: str | None = None,
        logview_host: str | None = None,
        job_insight_host: str | None = None,
        tunnel_endpoint: str | None = None,
        connect_timeout: Duration = timedelta(seconds=5),
        read_timeout: Duration = timedelta(seconds=30),
        response_timeout: Duration | None = None,
        retries: RetryPolicy | None = None,
        user_agent: str = f"odps-bot/{__version__}",
        clock: Callable[[], datetime] = _NOW,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        throttle: Throttle | None = None,
        admission: Admission | None = None,
        time_left: Callable[[], timedelta | None] = lambda: None,
        observer: RequestObserver | None = None,
    ) -> None:
        self.project = arguments.segment("project", project)
        self.schema = arguments.optional_text("schema", schema)
        self.region = arguments.optional_text("region", region) or region_of(endpoint)
        schema_params = {"curr_schema": self.schema} if self.schema else {}
        self.transport = Transport(  #: for what this client has no method for
            endpoint,
            credentials=credentials,
            region=self.region,
            default_params={"curr_project": project, **schema_params},
            connect_timeout=arguments.duration("connect_timeout", connect_timeout),
            read_timeout=arguments.duration("read_timeout", read_timeout),
            response_timeout=arguments.optional_duration("response_timeout", response_timeout),
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
        self.merges = MergeTasks(self._endpoints, project=project, schema=self.schema)
        self.authorization = Authorization(self._endpoints, project=project, schema=self.schema)
        self.tables = Tables(self._endpoints, project=project)

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
            sql=arguments.sql(sql),
            task_name=arguments.text("task_name", task_name),
            guid=arguments.optional_text("guid", guid) or secrets.token_hex(16),
            hints=arguments.mapping("hints", hints),
            aliases=arguments.mapping("aliases", aliases),
            priority=arguments.optional_whole_number("priority", priority),
            quota=arguments.optional_text("quota", quota),
            default_schema=self._schema(default_schema),
            running_cluster=arguments.optional_text("running_cluster", running_cluster),
        )
        return self._submit(job, project=project, before_sending=before_sending)

    def execute_sql(
        self, sql: str, *, timeout: Duration | None = None, **options: Unpack[SqlOptions]
    ) -> Instance:
        """Submit SQL with the options of `run_sql` and return once it has succeeded.

        Raises what `run_sql` and `Instance.wait_for_success` raise: InstanceFailedError when a
        task failed, WaitTimeoutError after `timeout`.
        """
        timeout = arguments.optional_duration("timeout", timeout)
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
            sql=arguments.sql(sql),
            task_name=SQL_COST_TASK,
            guid=arguments.optional_text("guid", guid) or secrets.token_hex(16),
            hints=arguments.mapping("hints", hints),
            default_schema=self._schema(default_schema),
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
            project=self._project(project),
            before_sending=before_sending,
        )

    def execute_sql_cost(
        self,
        sql: str,
        *,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        default_schema: str | None = None,
        timeout: Duration | None = timedelta(minutes=1),
    ) -> SqlCost:
        """Return what one statement would cost, without running it. `set` lines are allowed.

        Raises InstanceFailedError when MaxCompute can't compile it.
        """
        timeout = arguments.optional_duration("timeout", timeout)
        try:
            instance = self.run_sql_cost(
                sql, project=project, hints=hints, default_schema=default_schema
            )
        except AmbiguousSubmitError as error:
            # A duplicate estimate does no harm: report the cause, not the ambiguity.
            raise (error.__cause__ or error) from None
        instance.wait_for_completion(timeout=timeout)
        with suppress(MaxComputeError):  # a short result, which says how it ended, too
            instance.get_task_results()
        instance.wait_for_success()
        return instance.get_sql_cost()

    def get_instance(self, instance: InstanceOrId, *, project: str | None = None) -> Instance:
        """Return the instance with this id, without checking that it exists.

        What knows its project is looked up there. Raises InvalidInstanceIdError for what can't be
        an id.
        """
        return Instance(
            arguments.instance_id(instance),
            project=arguments.project_of(instance, project, default=self.project),
            endpoints=self._endpoints,
        )

    def are_polls_held(self, instance: InstanceOrId) -> bool:
        """Return whether blocking polls of such an instance are sent, as far as is known."""
        held_polls = self._endpoints.held_polls_of(arguments.instance_id(instance))
        return held_polls.are_offered

    def exists_instance(self, instance: InstanceOrId, *, project: str | None = None) -> bool:
        """Return whether the instance exists; the service drops old ones."""
        try:
            self.get_instance(instance, project=project).get_status()
        except NotFoundError:
            return False
        return True

    def find_instance_by_guid(
        self,
        guid: str,
        *,
        since: Moment,
        until: Moment | None = None,
        project: str | None = None,
    ) -> Instance | None:
        """Return the instance that this account submitted with `guid`, or None.

        Reads the source of every instance started in the interval, newest first. Make the interval
        wide enough for clock skew. Where it is not found and a source could not be read, that
        error is raised.
        """
        readings = self.read_guids(since=since, until=until, project=project)
        return find_guid(arguments.text("guid", guid), readings)

    def read_guids(
        self,
        *,
        since: Moment,
        until: Moment | None = None,
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

    def get_project_properties(self, *, project: str | None = None) -> dict[str, str]:
        """Return the properties of a project by name, those that it inherits included."""
        path = ("projects", self._project(project))
        return responses.parse_properties(self.transport.get(path, {"properties": "all"}).body)

    def stop_instance(self, instance: InstanceOrId, *, project: str | None = None) -> None:
        """Stop an instance, see `Instance.stop`."""
        self.get_instance(instance, project=project).stop()

    def get_logview_address(
        self, instance: InstanceOrId, *, project: str | None = None, life: Duration = DEFAULT_LIFE
    ) -> str:
        """Return a URL that shows the job to anyone who has it, for `life` in whole hours."""
        return self.get_instance(instance, project=project).get_logview_address(life=life)

    def get_job_insight_address(self, instance: InstanceOrId, *, project: str | None = None) -> str:
        """Return a URL that shows the job after login, to people with access to it.

        Raises InvalidArgumentError when the region is unknown.
        """
        found = self.get_instance(instance, project=project)
        return self._endpoints.logview.with_login(found.id, project=found.project)

    def close(self) -> None:
        """Close all connections."""
        self._endpoints.close()
