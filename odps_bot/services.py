"""What a process works with, built once from Settings; building it asks nobody anything."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from redis import Redis
from slack_sdk import WebClient

from odps_bot.alerts.digests import DigestStore
from odps_bot.alerts.observations import ObservationStore
from odps_bot.alerts.subscriptions import Subscriptions
from odps_bot.config.rules import Rules
from odps_bot.config.settings import Settings
from odps_bot.errors import SettingsError
from odps_bot.maxcompute_clients import MaxComputeClients
from odps_bot.operations.logs import secrets_hider
from odps_bot.operations.metrics import Metrics
from odps_bot.replies.ephemeral_replies import EphemeralReplies
from odps_bot.runs import RunStore
from odps_bot.slack.api.measured_client import MeasuredClient
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.api.refusing_client import RefusingClient
from odps_bot.slack.api.views import SlackViews
from odps_bot.slack.installations import (
    Installations,
    NotInstalledError,
    OAuthStates,
    TokenCipher,
    UnreadableError,
)
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail, line_writer
from odps_bot.store.connections import redis_clock
from odps_bot.store.deduplication import EventDeduplicator
from odps_bot.store.drafts import Drafts
from odps_bot.store.homes import Homes
from odps_bot.store.job_queue import JobQueue
from odps_bot.store.memberships import Memberships
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.outbox import Outbox
from odps_bot.store.preferences import PreferenceStore
from odps_bot.store.project_locks import ProjectLocks
from odps_bot.store.rate_limits import RateLimiter
from odps_bot.store.rerun_questions import RerunQuestions
from odps_bot.store.spending import Spending
from odps_bot.store.sweeps import Sweeps

log = logging.getLogger(__name__)

SLACK_TIMEOUT_S = 15

#: A modal is opened before the command is acknowledged, which Slack awaits for 3 s.
VIEW_TIMEOUT_S = 2


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What is kept in Redis."""

    runs: RunStore
    audit: AuditTrail
    locks: ProjectLocks
    memberships: Memberships
    outbox: Outbox
    message_leases: MessageLeases
    rate_limiter: RateLimiter
    sweeps: Sweeps
    subscriptions: Subscriptions
    observations: ObservationStore
    digests: DigestStore
    preferences: PreferenceStore
    homes: Homes
    ephemeral_replies: EphemeralReplies
    drafts: Drafts
    rerun_questions: RerunQuestions
    spending: Spending
    deduplication: EventDeduplicator
    unsupported_blocks: UnsupportedBlocks
    oauth_states: OAuthStates

    @classmethod
    def in_redis(cls, redis: Redis, *, keep_runs: timedelta, audit: AuditTrail) -> "Stores":
        """Build them around one connection."""
        outbox = Outbox(redis)
        return cls(
            runs=RunStore(redis, keep=keep_runs, audit=audit),
            audit=audit,
            locks=ProjectLocks(redis),
            memberships=Memberships(redis),
            outbox=outbox,
            message_leases=MessageLeases(redis),
            rate_limiter=RateLimiter(redis),
            sweeps=Sweeps(redis),
            subscriptions=Subscriptions(redis),
            observations=ObservationStore(redis),
            digests=DigestStore(redis),
            preferences=PreferenceStore(redis),
            homes=Homes(redis),
            ephemeral_replies=EphemeralReplies(redis, outbox),
            drafts=Drafts(redis),
            rerun_questions=RerunQuestions(redis),
            spending=Spending(redis),
            deduplication=EventDeduplicator(redis),
            unsupported_blocks=UnsupportedBlocks(redis),
            oauth_states=OAuthStates(redis),
        )


@dataclass(frozen=True, kw_only=True)
class SlackServices:
    """What speaks to the Slack of one workspace."""

    messages: SlackMessages
    views: SlackViews
    client: WebClient
    installations: Installations | None  #: None: one workspace, by its token

    @classmethod
    def of_clients(
        cls, client: WebClient, view_client: WebClient, installations: Installations | None
    ) -> "SlackServices":
        """Build them around a patient client and a quick one."""
        return cls(
            messages=SlackMessages(client),
            views=SlackViews(view_client),
            client=client,
            installations=installations,
        )


@dataclass(frozen=True, kw_only=True)
class Services:
    """The collaborators of a process. Tests replace single ones."""

    settings: Settings
    rules: Rules
    redis: Redis
    stores: Stores
    slack: SlackServices
    maxcompute: MaxComputeClients
    jobs: JobQueue
    metrics: Metrics
    clock: Callable[[], datetime]

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        redis: Redis,
        clock: Callable[[], datetime] | None = None,
    ) -> "Services":
        """Build them around a connection to Redis, see `worker_redis` and `listener_redis`.

        Raises SettingsError when the team's rules are wrong.
        The clock is Redis' own unless another is given.
        """
        rules = settings.read_rules()
        settings = settings.with_projects(rules.projects)
        _check_memory(settings, rules)
        metrics = Metrics()
        stores = Stores.in_redis(
            redis,
            keep_runs=settings.keep_runs,
            audit=_audit(settings, rules, redis, metrics),
        )
        token = settings.slack_bot_token
        return cls(
            settings=settings,
            rules=rules,
            redis=redis,
            stores=stores,
            slack=SlackServices.of_clients(
                _web_client(settings, metrics, token=token, timeout_s=SLACK_TIMEOUT_S),
                _web_client(settings, metrics, token=token, timeout_s=VIEW_TIMEOUT_S),
                _installations(settings, redis),
            ),
            maxcompute=MaxComputeClients(settings, rules, stores.rate_limiter, metrics),
            jobs=JobQueue(redis),
            metrics=metrics,
            clock=clock or redis_clock(redis),
        )

    def of_team(self, team_id: str) -> "Services":
        """Return the services that speak to Slack for a workspace, by its token of this moment.

        Where one workspace has given its token, these themselves. Who has not installed the app,
        or not any more, is spoken to by a client that refuses: `not_installed`.
        """
        installations = self.slack.installations
        if installations is None:
            return self
        clients = self._clients_of(installations, team_id)
        return replace(self, slack=SlackServices.of_clients(*clients, installations))

    def of_every_team(self) -> "list[Services]":
        """Return the services of each workspace that may install the app, or just these."""
        if self.slack.installations is None:
            return [self]
        return [self.of_team(team_id) for team_id in self.settings.slack_teams]

    def _clients_of(
        self, installations: Installations, team_id: str
    ) -> tuple[WebClient, WebClient]:
        """Return a patient client and a quick one."""
        try:
            token = installations.of_workspace(team_id).bot_token or ""
        except NotInstalledError:
            return RefusingClient("not_installed"), RefusingClient("not_installed")
        except UnreadableError as error:
            # Whoever mends the keys in time loses nothing: it is tried again.
            log.error("%s", error)  # noqa: TRY400  -- no trace
            return RefusingClient("service_unavailable"), RefusingClient("service_unavailable")

        def client(timeout_s: int) -> WebClient:
            return _web_client(self.settings, self.metrics, token=token, timeout_s=timeout_s)

        return client(SLACK_TIMEOUT_S), client(VIEW_TIMEOUT_S)


def _check_memory(settings: Settings, rules: Rules) -> None:
    """Raise SettingsError where a run would be forgotten before somebody may decide on it."""
    for project in (rules.default_project, *rules.projects.values()):
        if project.approval_life >= settings.keep_runs:
            hours = project.approval_life.total_seconds() / 3_600
            raise SettingsError(
                f"odps-bot.toml: approval_hours = {hours:g} is longer than runs are kept:"
                " lower it, or raise ODPS_BOT_KEEP_DAYS"
            )


def _audit(settings: Settings, rules: Rules, redis: Redis, metrics: Metrics) -> AuditTrail:
    output = rules.audit.output
    try:
        write = line_writer(output)
    except OSError as error:
        raise SettingsError(f"[audit] output: {output!r} cannot be written: {error}") from error

    def count(line: AuditLine) -> None:
        if line.kind is AuditKind.TRANSITION:
            metrics.run_transitioned(line.what)
        else:
            metrics.requested(line.kind, line.what, line.outcome)

    hide = secrets_hider(settings.secrets)
    return AuditTrail(
        redis, keep=rules.audit.keep, sql=rules.audit.sql, hide=hide, write=write, observe=count
    )


def _installations(settings: Settings, redis: Redis) -> Installations | None:
    if not settings.has_many_workspaces:
        return None
    return Installations(redis, TokenCipher(settings.encryption_keys), allowed=settings.slack_teams)


def _web_client(settings: Settings, metrics: Metrics, *, token: str, timeout_s: int) -> WebClient:
    return MeasuredClient(
        metrics=metrics,
        token=token,
        base_url=settings.slack_api_url,
        timeout=timeout_s,
        retry_handlers=[],
    )
