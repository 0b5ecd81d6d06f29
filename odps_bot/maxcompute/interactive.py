"""Running SQL interactively: MaxQA, also called MCQA 2.0.

An interactive quota runs what is small in less than a second. It takes queries, DML and DDL, and
nothing else: https://www.alibabacloud.com/help/en/maxcompute/user-guide/query-acceleration-maxqa-operation-guide
The protocol is that of PyODPS (`odps/models/session/v2.py`) and of the Java SDK
(`sqa/v2/SQLExecutorImpl`).
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypedDict, Unpack

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Duration
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import AmbiguousSubmitError, ApiError, InvalidArgumentError
from odps_bot.maxcompute.instance import SQL_TASK, Instance
from odps_bot.maxcompute.models.documents import SqlJob, sql_job_document
from odps_bot.maxcompute.submission import submit
from odps_bot.sql.job_settings import QUOTA
from odps_bot.sql.statements import SqlText

#: Asks the service to run as an ordinary job what it can't run interactively.
FALLBACK_HEADER = "x-odps-fallback-infos"


class InteractiveOptions(TypedDict, total=False):
    """The options of `InteractiveSql.run_sql_interactive`."""

    use_mcqa_v2: bool
    quota_name: str | None
    fallback: bool
    offline_quota_name: str | None
    project: str | None
    hints: Mapping[str, object] | None
    aliases: Mapping[str, object] | None
    priority: int | None
    default_schema: str | None
    guid: str | None
    task_name: str
    before_sending: Callable[[], None] | None


class InteractiveSql:
    """What a client can do with interactive quotas; the names are PyODPS's."""

    project: str
    schema: str | None
    _endpoints: Endpoints

    def _schema(self, given: str | None) -> str | None:
        return arguments.optional_text("default_schema", given) or self.schema

    def run_sql_interactive(
        self,
        sql: str,
        *,
        use_mcqa_v2: bool = True,
        quota_name: str | None = None,
        fallback: bool = False,
        offline_quota_name: str | None = None,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        aliases: Mapping[str, object] | None = None,
        priority: int | None = None,
        default_schema: str | None = None,
        guid: str | None = None,
        task_name: str = SQL_TASK,
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        """Submit SQL to an interactive quota and return its instance without waiting for it.

        The quota is `quota_name`, else what the settings choose, else the project's own. With
        `fallback` the service itself runs as an ordinary job, on `offline_quota_name`, what it
        can't run interactively; then `Instance.is_interactive` is False where it says so.

        Raises NoInteractiveQuotaError where there is no such quota, and else what `Client.run_sql`
        raises. MCQA 1, which is closed to new customers, is not offered: with `use_mcqa_v2=False`
        InvalidArgumentError is raised.
        """
        if not use_mcqa_v2:
            raise InvalidArgumentError("Sessions of MCQA 1 are not supported, only MaxQA.")
        project = arguments.project(project, default=self.project)
        job = SqlJob(
            sql=arguments.sql(sql),
            task_name=arguments.text("task_name", task_name),
            guid=arguments.optional_text("guid", guid) or secrets.token_hex(16),
            hints=arguments.mapping("hints", hints),
            aliases=arguments.mapping("aliases", aliases),
            priority=arguments.optional_whole_number("priority", priority),
            default_schema=self._schema(default_schema),
        )
        document = sql_job_document(job)  # raises what can't be sent before anything is asked
        named = arguments.optional_text("quota_name", quota_name)
        quota = named or job.settings(SqlText(job.sql)).get(QUOTA) or None
        if quota is not None:
            arguments.segment("quota_name", quota)  # it can become part of a path
        offline = arguments.optional_text("offline_quota_name", offline_quota_name)
        connection = self._endpoints.connections.of(project, quota)
        try:
            return submit(
                self._endpoints.interactive(connection),
                document,
                guid=job.guid,
                project=project,
                headers=_fallback_header(offline) if fallback else {},
                before_sending=before_sending,
            )
        except (ApiError, AmbiguousSubmitError):
            self._endpoints.connections.forget(project, quota)
            raise

    def require_interactive_quota(
        self, quota_name: str | None = None, *, project: str | None = None
    ) -> None:
        """Check that there is an interactive quota: `quota_name`, or the project's own.

        Raises NoInteractiveQuotaError. One request, whose response is remembered for ten minutes.
        """
        named = arguments.optional_text("quota_name", quota_name)
        if named is not None:
            arguments.segment("quota_name", named)
        self._endpoints.connections.of(arguments.project(project, default=self.project), named)

    def execute_sql_interactive(
        self, sql: str, *, timeout: Duration | None = None, **options: Unpack[InteractiveOptions]
    ) -> Instance:
        """Submit SQL with the options of `run_sql_interactive` and return once it has succeeded.

        As in PyODPS, the service falls back to an ordinary job unless `fallback` is False. Raises
        what `run_sql_interactive` and `Instance.wait_for_success` raise.
        """
        options.setdefault("fallback", True)
        instance = self.run_sql_interactive(sql, **options)
        instance.wait_for_success(timeout=timeout, interval=timedelta(milliseconds=100))
        return instance


def _fallback_header(quota: str | None) -> dict[str, str]:
    infos = {"Fallback": "true"} | ({"FallbackQuota": quota} if quota else {})
    return {FALLBACK_HEADER: json.dumps(infos)}
