"""A client for each endpoint, access key and purpose that the projects need."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from odps_bot.config.rules import Rules
from odps_bot.config.settings import Settings
from odps_bot.errors import SettingsError
from odps_bot.job_deadline import time_left
from odps_bot.maxcompute import (
    AccessKey,
    Client,
    Credentials,
    CredentialsProvider,
    CredentialsUnavailableError,
    RetryPolicy,
    SdkCredentials,
    StaticCredentials,
)
from odps_bot.maxcompute_clients.bulkheads import Bulkhead, Places, breakers
from odps_bot.maxcompute_clients.purposes import Purpose
from odps_bot.openapi import OpenApiClient, endpoint_of_region
from odps_bot.operations.metrics import Metrics
from odps_bot.runs import holding
from odps_bot.store.endpoint_health import EndpointHealth
from odps_bot.store.rate_limits import RateLimit, RateLimiter, SharedThrottle, request_limit

CONNECT_TIMEOUT = timedelta(seconds=3)

#: What fails is scheduled again, so that no thread is occupied for long.
LONGEST_PAUSE = timedelta(seconds=2)

#: Polls, sweeps, estimates, queries and files leave this share of the rate limit to others.
RESERVED_SHARE = 0.2

#: Side questions leave more.
RESERVED_BY_ASIDES = 0.5


class MaxComputeClients:
    """Makes each client once, when it is first needed.

    All of an endpoint share its rate limit and what is known of its health; in one process those
    of a lane share its places. Raises SettingsError when a project of odps-bot.toml names an access
    key that is not given.
    """

    def __init__(
        self,
        settings: Settings,
        rules: Rules,
        rate_limiter: RateLimiter,
        health: EndpointHealth,
        metrics: Metrics,
        *,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._rate_limiter = rate_limiter
        self._health = health
        self._metrics = metrics
        self._sleep = sleep
        self._random = random
        self._places = Places(sleep=sleep)
        self._clients: dict[tuple[str, str, Purpose], Client] = {}
        self._openapi_clients: dict[tuple[str, str], OpenApiClient] = {}
        self._providers: dict[str, CredentialsProvider] = {}
        self._turn = threading.Lock()
        named = {rules.default_project.credentials, *self._named_keys()} - {None}
        for name in named if settings.has_maxcompute_keys else ():
            if name not in settings.access_keys:
                raise SettingsError(
                    f"odps-bot.toml names the credentials {name!r}, which are not in"
                    " ODPS_BOT_ACCESS_KEYS"
                )

    @property
    def default(self) -> Client:
        """The client of the default project, for what somebody waits for."""
        return self.of(self._settings.default_project, Purpose.QUERY)

    def of(self, project: str, purpose: Purpose) -> Client:
        """Return the project's client; projects with the same endpoint and key share one."""
        endpoint, key_name = self._endpoint(project), self._rules.project(project).credentials
        key = (endpoint, key_name or "", purpose)
        with self._turn:
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def openapi(self, project: str) -> OpenApiClient | None:
        """Return the client of the OpenAPI where the project is.

        None where the rules do not enable it, or nobody says which region that is.
        """
        if not self._rules.openapi.enabled or not self._settings.has_maxcompute_keys:
            return None
        client = self.of(project, Purpose.QUERY)
        endpoint = self._rules.openapi.endpoint
        if not endpoint and client.region:
            endpoint = endpoint_of_region(client.region)
        if not endpoint:
            return None
        key = (endpoint, self._rules.project(project).credentials or "")
        with self._turn:
            if key not in self._openapi_clients:
                credentials = self._credentials(key[1])
                self._openapi_clients[key] = OpenApiClient(endpoint, credentials=credentials)
            return self._openapi_clients[key]

    def pause_before(self, project: str) -> timedelta | None:
        """Return how long nothing is submitted to the project; None: it may be tried."""
        endpoint = self._endpoint(project)
        is_one_of_several = len(self._settings.projects) > 1
        names = breakers(urlsplit(endpoint).netloc, project if is_one_of_several else "")
        if pause := self._health.pause(names):
            return pause
        limit = request_limit(endpoint, per_second=self._settings.requests_per_second)
        return self._rate_limiter.wait(limit)

    @property
    def held_at_once(self) -> int:
        """How many requests this process lets MaxCompute hold at once; 0: none."""
        settings = self._settings
        rate = settings.requests_per_second
        wanted = settings.held_requests
        return holding.places(wanted, requests_per_second=rate) if wanted else 0

    def are_polls_held(self, project: str, instance_id: str) -> bool:
        """Return whether the project's service holds polls until such an instance ends."""
        if self.held_at_once < 1:
            return False
        return self.of(project, Purpose.HOLD).are_polls_held(instance_id)

    def _endpoint(self, project: str) -> str:
        return self._rules.project(project).endpoint or self._settings.endpoint

    def _named_keys(self) -> set[str | None]:
        return {project.credentials for project in self._rules.projects.values()}

    def _make(self, endpoint: str, key_name: str, purpose: Purpose) -> Client:
        settings = self._settings
        is_token = settings.logview_style == "token"
        return Client(
            endpoint,
            project=settings.default_project,
            credentials=self._credentials(key_name),
            # Of another endpoint it is read off its address.
            region=(settings.region or None) if endpoint == settings.endpoint else None,
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=purpose.read_timeout,
            response_timeout=purpose.response_timeout,
            retries=RetryPolicy(
                tries=purpose.value.tries,
                longest_pause=LONGEST_PAUSE,
                sleep=self._sleep,
                random=self._random,
            ),
            logview_host=(settings.logview_host or None) if is_token else None,
            throttle=self._throttle(endpoint, purpose),
            admission=self._bulkhead(endpoint, purpose),
            time_left=time_left,
            job_insight_host=None if is_token else settings.logview_host or None,
            observer=self._count,
        )

    def _throttle(self, endpoint: str, purpose: Purpose) -> SharedThrottle:
        limit = request_limit(endpoint, per_second=self._settings.requests_per_second)
        manner = purpose.value
        share = RESERVED_BY_ASIDES if manner.is_aside else RESERVED_SHARE
        return SharedThrottle(
            self._rate_limiter,
            limit,
            reserve=0 if manner.is_reserved else _reserve(limit, share),
            part=_held_part(limit) if purpose is Purpose.HOLD else None,
            slows_all=not manner.is_aside,
            sleep=self._sleep,
        )

    def _bulkhead(self, endpoint: str, purpose: Purpose) -> Bulkhead:
        endpoints = [self._endpoint(project) for project in self._settings.projects]
        manner = purpose.value
        if purpose is Purpose.HOLD:
            manner = replace(manner, at_once=_most_of(self.held_at_once))
        return Bulkhead(
            urlsplit(endpoint).netloc,
            manner,
            health=self._health,
            places=self._places,
            is_one_of_several=len(set(endpoints)) > 1,
            has_several_projects=len(endpoints) > 1,
        )

    def _credentials(self, key_name: str) -> CredentialsProvider:
        """Return the provider of the key, which all purposes share."""
        if key_name not in self._providers:
            self._providers[key_name] = self._make_provider(key_name)
        return self._providers[key_name]

    def _make_provider(self, key_name: str) -> CredentialsProvider:
        settings = self._settings
        if not settings.has_maxcompute_keys:
            return NoCredentials()
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


class NoCredentials:
    """The credentials of the bot, which has none."""

    def get(self) -> Credentials:
        """Raise CredentialsUnavailableError: a request to MaxCompute from here is a bug."""
        raise CredentialsUnavailableError("The bot has no access key of MaxCompute: workers have.")


def _most_of(places: int) -> int:
    """Return how many of these one of several endpoints or projects may take."""
    return max(1, places * 3 // 4)


def _held_part(limit: RateLimit) -> RateLimit:
    """Return what held requests of all processes take of an endpoint's limit at most."""
    return limit.part("held", share=holding.SHARE_OF_RATE)


def _reserve(limit: RateLimit, share: float) -> int:
    return max(1, round(limit.burst * share))
