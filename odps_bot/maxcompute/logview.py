"""URLs of a job's page: Logview and Job Insight."""

import re
from datetime import timedelta
from urllib.parse import quote, urlencode

from odps_bot.maxcompute.errors import GatewayError, InvalidArgumentError, NotFoundError
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.models.documents import logview_policy_document
from odps_bot.maxcompute.models.responses import parse_token
from odps_bot.maxcompute.wire import decode

DEFAULT_LOGVIEW_HOST = "http://logview.aliyun.com"
DEFAULT_JOB_INSIGHT_HOST = "https://maxcompute.console.aliyun.com"
DEFAULT_LIFE = timedelta(hours=24)

#: Nothing that would end a link, and no user name before the host.
_SITE = re.compile(r"https?://[A-Za-z0-9.:/_\[\]-]{1,200}")


class LogviewAddresses:
    """Builds URLs; the service is asked for the hosts once, unless they are given."""

    def __init__(
        self,
        transport: Transport,
        *,
        region: str | None,
        logview_host: str | None,
        job_insight_host: str | None,
    ) -> None:
        self._transport = transport
        self._region = region
        self._logview_host = logview_host
        self._job_insight_host = job_insight_host

    def with_token(self, instance_id: str, *, project: str, life: timedelta) -> str:
        """Return a URL that shows the job to anyone who has it, for `life` in whole hours."""
        body = logview_policy_document(project=project, instance_id=instance_id, life=life)
        request = Request(
            method="POST",
            path=("projects", project, "authorization"),
            params={"sign_bearer_token": ""},
            body=body,
            content_type="application/json",
            is_idempotent=True,
        )
        response = self._transport.send(request)
        if self._logview_host is None:
            self._logview_host = self._fetch_host("logview") or DEFAULT_LOGVIEW_HOST
        return logview_address(
            self._logview_host,
            endpoint=self._transport.endpoint,
            project=project,
            instance_id=instance_id,
            token=parse_token(response.body),
        )

    def with_login(self, instance_id: str, *, project: str) -> str:
        """Return a URL that shows the job after login, to people with access to it."""
        if self._region is None:
            raise InvalidArgumentError(
                "Job Insight needs a region, and the endpoint's name does not contain one."
            )
        if self._job_insight_host is None:
            self._job_insight_host = self._fetch_host("webconsole") or DEFAULT_JOB_INSIGHT_HOST
        return job_insight_address(
            self._job_insight_host,
            region=self._region,
            endpoint=self._transport.endpoint,
            project=project,
            instance_id=instance_id,
        )

    def _fetch_host(self, name: str) -> str | None:
        """Ask the service for the host of a site; None if it names none."""
        try:
            response = self._transport.get((name, "host"))
        except (NotFoundError, GatewayError):  # a service that does not know the question
            return None
        host = decode(response.body).strip()
        return host if _SITE.fullmatch(host) else None


def logview_address(host: str, *, endpoint: str, project: str, instance_id: str, token: str) -> str:
    """Return the URL with a token."""
    query = _query(h=endpoint, p=project, i=instance_id, token=token)
    return f"{host.rstrip('/')}/logview/?{query}"


def job_insight_address(
    host: str, *, region: str, endpoint: str, project: str, instance_id: str
) -> str:
    """Return the URL without a token."""
    query = _query(h=endpoint, p=project, i=instance_id)
    return f"{host.rstrip('/')}/{quote(region, safe='')}/job-insights?{query}"


def _query(**fields: str) -> str:
    return urlencode(fields, quote_via=quote, safe="")
