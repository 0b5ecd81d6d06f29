"""The clients of MaxCompute: one for each endpoint and access key that the projects need."""

import threading
from datetime import timedelta

from odps_bot.config.rules import Rules
from odps_bot.config.settings import Settings
from odps_bot.errors import SettingsError
from odps_bot.maxcompute import (
    AccessKey,
    Client,
    CredentialsProvider,
    RetryPolicy,
    SdkCredentials,
    StaticCredentials,
)
from odps_bot.operations.metrics import Metrics
from odps_bot.store.rate_limits import RateLimiter, SharedThrottle, request_limit

#: A poll that fails is scheduled again, so that no worker is occupied for long.
READ_TIMEOUT = timedelta(seconds=20)
RETRIES = RetryPolicy(tries=2, longest_pause=timedelta(seconds=2))


class MaxComputeClients:
    """Makes each client once, when it is first needed.

    Raises SettingsError when a project of odps-bot.toml names an access key that is not given.
    """

    def __init__(
        self, settings: Settings, rules: Rules, rate_limiter: RateLimiter, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._rate_limiter = rate_limiter
        self._metrics = metrics
        self._clients: dict[tuple[str, str], Client] = {}
        self._turn = threading.Lock()
        for name in {rules.default_project.credentials, *self._named_keys()} - {None}:
            if name not in settings.access_keys:
                raise SettingsError(
                    f"odps-bot.toml names the credentials {name!r}, which are not in"
                    " ODPS_BOT_ACCESS_KEYS"
                )

    @property
    def default(self) -> Client:
        """The client of the default project."""
        return self.of(self._settings.default_project)

    def of(self, project: str) -> Client:
        """Return the project's client; projects with the same endpoint and key share one."""
        rules = self._rules.project(project)
        key = (rules.endpoint or self._settings.endpoint, rules.credentials or "")
        with self._turn:
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def _named_keys(self) -> set[str | None]:
        return {project.credentials for project in self._rules.projects.values()}

    def _make(self, endpoint: str, key_name: str) -> Client:
        settings = self._settings
        is_token = settings.logview_style == "token"
        limit = request_limit(endpoint, per_second=settings.requests_per_second)
        return Client(
            endpoint,
            project=settings.default_project,
            credentials=self._credentials(key_name),
            # Of another endpoint it is read off its address.
            region=(settings.region or None) if endpoint == settings.endpoint else None,
            read_timeout=READ_TIMEOUT,
            retries=RETRIES,
            logview_host=(settings.logview_host or None) if is_token else None,
            throttle=SharedThrottle(self._rate_limiter, limit),
            job_insight_host=None if is_token else settings.logview_host or None,
            observer=self._count,
        )

    def _credentials(self, key_name: str) -> CredentialsProvider:
        settings = self._settings
        if key_name:
            return StaticCredentials(AccessKey(*settings.access_keys[key_name]))
        if settings.credentials_source == "access-key":
            access_key = AccessKey(
                settings.access_key_id,
                settings.access_key_secret,
                security_token=settings.security_token or None,
            )
            return StaticCredentials(access_key)
        try:
            from alibabacloud_credentials.client import Client as SdkClient  # noqa: PLC0415  -- an extra
        except ModuleNotFoundError as error:
            raise SettingsError(
                "ODPS_BOT_CREDENTIALS=alibabacloud needs the package `alibabacloud-credentials`:"
                " install `odps-bot[alibabacloud]`."
            ) from error
        return SdkCredentials(SdkClient())

    def _count(self, operation: str, http_status: int | None, took: timedelta) -> None:
        outcome = "unreachable" if http_status is None else str(http_status)
        self._metrics.maxcompute_responded(operation, outcome, took)
