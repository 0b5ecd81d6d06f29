"""What a process works with, built once from Settings; building it asks nobody anything."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from redis import Redis

from odps_bot.alerts.digests import DigestStore
from odps_bot.alerts.observations import ObservationStore
from odps_bot.alerts.subscriptions import Subscriptions
from odps_bot.config.rules import Rules
from odps_bot.config.settings import Settings
from odps_bot.diagnosis.recent_snapshots import RecentSnapshots
from odps_bot.errors import SettingsError
from odps_bot.history.store import History
from odps_bot.maxcompute_clients import MaxComputeClients
from odps_bot.operations.logs import secrets_hider
from odps_bot.operations.metrics import Metrics
from odps_bot.replies.ephemeral_replies import EphemeralReplies
from odps_bot.runs import InstanceOwners, RunStore
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.installations import Installations, OAuthStates, TokenCipher
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.slack.workspace_urls import WorkspaceUrls
from odps_bot.slack.workspaces import SlackServices
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail, line_writer
from odps_bot.store.boards import Boards
from odps_bot.store.closed_channels import ClosedChannels
from odps_bot.store.connections import REDIS_TIME, RedisClock
from odps_bot.store.deduplication import EventDeduplicator
from odps_bot.store.drafts import Drafts
from odps_bot.store.endpoint_health import EndpointHealth
from odps_bot.store.guid_searches import GuidSearches
from odps_bot.store.held_runs import HeldRuns
from odps_bot.store.homes import Homes
from odps_bot.store.job_queue import JobQueue
from odps_bot.store.memberships import Memberships
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.outbox import Outbox
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.preferences import PreferenceStore
from odps_bot.store.project_locks import ProjectLocks
from odps_bot.store.rate_limits import RateLimiter
from odps_bot.store.receivers import Receivers
from odps_bot.store.rerun_questions import RerunQuestions
from odps_bot.store.sent_statements import SentStatements
from odps_bot.store.side_questions import SideQuestions
from odps_bot.store.spending import Spending
from odps_bot.store.standing_approvals import StandingApprovals
from odps_bot.store.stop_questions import StopQuestions
from odps_bot.store.sweeps import Sweeps
from odps_bot.store.write_confirmation import WriteConfirmation


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What is kept in Redis."""

    runs: RunStore
    owners: InstanceOwners
    audit: AuditTrail
    locks: ProjectLocks
    memberships: Memberships
    outbox: Outbox
    message_leases: MessageLeases
    closed_channels: ClosedChannels
    sent_statements: SentStatements
    rate_limiter: RateLimiter
    endpoint_health: EndpointHealth
    guid_searches: GuidSearches
    receivers: Receivers
    sweeps: Sweeps
    held_runs: HeldRuns
    recent_snapshots: RecentSnapshots
    side_questions: SideQuestions
    subscriptions: Subscriptions
    observations: ObservationStore
    history: History
    digests: DigestStore
    boards: Boards
    preferences: PreferenceStore
    homes: Homes
    ephemeral_replies: EphemeralReplies
    drafts: Drafts
    rerun_questions: RerunQuestions
    stop_questions: StopQuestions
    spending: Spending
    standing_approvals: StandingApprovals
    deduplication: EventDeduplicator
    unsupported_blocks: UnsupportedBlocks
    workspace_urls: WorkspaceUrls
    oauth_states: OAuthStates

    @classmethod
    def in_redis(
        cls,
        redis: Redis,
        *,
        keep_runs: timedelta,
        audit: AuditTrail,
        confirmation: WriteConfirmation | None = None,
    ) -> "Stores":
        """Build them around one connection."""
        outbox = Outbox(redis)
        runs = RunStore(redis, keep=keep_runs, audit=audit, confirmation=confirmation)
        return cls(
            runs=runs,
            owners=InstanceOwners(redis, runs, keep=keep_runs),
            audit=audit,
            locks=ProjectLocks(redis),
            memberships=Memberships(redis),
            outbox=outbox,
            message_leases=MessageLeases(redis),
            closed_channels=ClosedChannels(redis),
            sent_statements=SentStatements(redis),
            rate_limiter=RateLimiter(redis),
            endpoint_health=EndpointHealth(redis),
            guid_searches=GuidSearches(redis),
            receivers=Receivers(redis),
            sweeps=Sweeps(redis),
            held_runs=HeldRuns(redis),
            recent_snapshots=RecentSnapshots(redis),
            side_questions=SideQuestions(redis),
            subscriptions=Subscriptions(redis),
            observations=ObservationStore(redis),
            history=History(redis),
            digests=DigestStore(redis),
            boards=Boards(redis),
            preferences=PreferenceStore(redis),
            homes=Homes(redis),
            ephemeral_replies=EphemeralReplies(redis, outbox),
            drafts=Drafts(redis),
            rerun_questions=RerunQuestions(redis),
            stop_questions=StopQuestions(redis),
            spending=Spending(redis),
            standing_approvals=StandingApprovals(redis),
            deduplication=EventDeduplicator(redis),
            unsupported_blocks=UnsupportedBlocks(redis),
            workspace_urls=WorkspaceUrls(redis),
            oauth_states=OAuthStates(redis),
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
            confirmation=WriteConfirmation(
                replicas=settings.redis_copies.replicas,
                is_on_disk=settings.redis_copies.is_on_disk,
            ),
        )
        return cls(
            settings=settings,
            rules=rules,
            redis=redis,
            stores=stores,
            slack=SlackServices.from_settings(
                settings,
                metrics,
                _installations(settings, redis),
                make_gateway=partial(
                    SlackGateway,
                    leases=stores.message_leases,
                    rate_limiter=stores.rate_limiter,
                    receivers=stores.receivers,
                    audit=stores.audit,
                    unsupported_blocks=stores.unsupported_blocks,
                ),
            ),
            maxcompute=MaxComputeClients(
                settings, rules, stores.rate_limiter, stores.endpoint_health, metrics
            ),
            jobs=JobQueue(redis),
            metrics=metrics,
            clock=clock or RedisClock(redis),
        )

    @property
    def time(self) -> Pipelined[datetime]:
        """The time of the clock, to be read together with something else."""
        is_redis = isinstance(self.clock, RedisClock)
        return REDIS_TIME if is_redis else Pipelined((), lambda _: self.clock())

    def of_team(self, team_id: str) -> "Services":
        """Return the services that speak to Slack for a workspace, by its token of this moment.

        Where one workspace has given its token, these themselves.
        """
        if self.slack.installations is None:
            return self
        return replace(self, slack=self.slack.of(team_id, self.slack.installations))

    def of_every_team(self) -> "list[Services]":
        """Return the services of each workspace that may install the app, or just these."""
        if self.slack.installations is None:
            return [self]
        return [self.of_team(team_id) for team_id in self.settings.slack_teams]


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
