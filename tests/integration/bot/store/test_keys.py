"""Redis stays bounded: what is left behind expires, or is listed as what does not."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import msgspec
import pytest
from cryptography.fernet import Fernet
from redis import Redis
from slack_sdk.oauth.installation_store import Installation

from odps_bot.alerts.digests import DigestStore, InstanceEvent, Outcome
from odps_bot.alerts.grouping import apply_events
from odps_bot.alerts.observations import (
    Observation,
    ObservationStore,
    Running,
    Scan,
)
from odps_bot.alerts.subscriptions import Subscription, Subscriptions
from odps_bot.config.rules import Money
from odps_bot.diagnosis.recent_snapshots import RecentSnapshots
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.history.past_run import PastRun
from odps_bot.history.store import History
from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address, EphemeralReplies
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.runs import (
    Change,
    InstanceOwners,
    Question,
    Run,
    RunState,
    RunStore,
    lifecycle,
    requester_of,
)
from odps_bot.slack.installations import Installations, OAuthStates, TokenCipher
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.slack.workspace_urls import WorkspaceUrls
from odps_bot.store import keys
from odps_bot.store.boards import Board, Boards
from odps_bot.store.closed_channels import ClosedChannels
from odps_bot.store.connections import REDIS_TIME
from odps_bot.store.deduplication import EventDeduplicator
from odps_bot.store.drafts import Draft, Drafts
from odps_bot.store.endpoint_health import EndpointHealth
from odps_bot.store.guid_searches import GuidSearches
from odps_bot.store.held_runs import HeldRuns
from odps_bot.store.homes import Homes
from odps_bot.store.job_queue import JobQueue
from odps_bot.store.memberships import Memberships
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Outbox
from odps_bot.store.preferences import PreferenceStore
from odps_bot.store.project_locks import ProjectLock, ProjectLocks
from odps_bot.store.rate_limits import RateLimiter, post_message_limit
from odps_bot.store.receivers import Receivers
from odps_bot.store.rerun_questions import RerunQuestions
from odps_bot.store.sent_statements import SentStatements
from odps_bot.store.server_state import write_error
from odps_bot.store.side_questions import SideQuestions
from odps_bot.store.spending import Charge, Spending
from odps_bot.store.standing_approvals import StandingApproval, StandingApprovals
from odps_bot.store.stop_questions import StopQuestion, StopQuestions
from odps_bot.store.sweeps import Sweeps

MakeRun = Callable[..., Run]

FAR = datetime(2100, 1, 1, tzinfo=UTC)
KEEP_RUNS = timedelta(days=14)

#: What `use` leaves lives shorter than what is declared, or not as long for every key.
OTHER_LIVES = {
    "handled_event": timedelta(seconds=10),
    "progress_turn": timedelta(seconds=7.5),
    "rate_limit": timedelta(seconds=10),
}

PATTERNS = {
    name: re.compile(key(*["[^{}]+" for _ in key.part_names]))
    for name, key in keys.DECLARED.items()
}


def declared(key: bytes) -> str | None:
    """Return the name of the declaration that a key belongs to."""
    text = key.decode()
    return next((name for name, regex in PATTERNS.items() if regex.fullmatch(text)), None)


def life_of(name: str) -> timedelta | None:
    """Return how long a key lives once it was written, or None: it does not expire."""
    expires = keys.DECLARED[name].expires
    if name in OTHER_LIVES:
        return OTHER_LIVES[name]
    if expires == "KEEP_DAYS":
        return KEEP_RUNS
    return expires if isinstance(expires, timedelta) else None


def clock_of(redis: Redis) -> timedelta:
    """Return what the server's clock shows."""
    seconds, microseconds = redis.time()
    return timedelta(seconds=seconds, microseconds=microseconds)


@pytest.fixture
def used_redis(redis: Redis, make_run: MakeRun, create: MakeRun) -> Redis:
    """A Redis in which every kind of key has been written."""
    use(redis, make_run, create)
    return redis


def use_of_what_waits(redis: Redis, run: Run, make_run: MakeRun, create: MakeRun) -> None:
    runs = RunStore(redis, keep=KEEP_RUNS)
    leave_questions(redis, runs, make_run, create)
    owners = InstanceOwners(redis, runs, keep=KEEP_RUNS)
    owners.remember(requester_of(run), "20261122120001123gstep1")
    owners.begin_flow(run)
    owners.since(FAR)
    ClosedChannels(redis).close("C1", pause=keys.closed_channel.life)
    SentStatements.sending("T1", "U1", "0a1b2c", run_id=run.run_id).run(redis)
    StopQuestions(redis).ask(
        StopQuestion(
            team_id="T1",
            channel_id="C1",
            user_id="U1",
            run_ids=(run.run_id,),
            asked_for="mine",
            asked_at=FAR,
        )
    )


def use_of_histories(
    redis: Redis, observations: ObservationStore, run: Run, over: Observation
) -> None:
    """Write what is kept of a success, and what version 0.2 has kept."""
    observations.remove_ended("p", [over])
    # As version 0.2 has left it.
    redis.rpush(keys.durations("p", "0a1b"), 60)
    redis.expire(keys.durations("p", "0a1b"), keys.durations.life)
    past = PastRun(instance_id="i1", submitted_s=int(run.requested_at.timestamp()), run_s=60.0)
    History(redis).add("p", "0a1b", past, now=run.requested_at)


def sweep_and_ask_aside(redis: Redis, run: Run) -> None:
    """Write what sweeps and side questions leave behind."""
    sweeps = Sweeps(redis)
    sweeps.take_turn(run.project)
    sweeps.count_watched([run.project])
    sweeps.take_progress_turn(run.project, every=2, watched=1)
    sweeps.begin(run.project, "a worker")
    sweeps.remember(run.project, {"20261122120001123gabcde": "10"})
    sweeps.remember_project(run.project)
    sweeps.remember_doubtful(run.project, "20261122120001123gabcde")
    sweeps.succeeded(run.project)
    sweeps.request_polls({run.run_id: "20"})
    HeldRuns(redis).take(run.run_id, "a worker")
    RecentSnapshots(redis).keep({"20261122120001123gabcde": (Snapshot(at=run.requested_at),)})
    asides = SideQuestions(redis)
    asides.remember(run.project, b"[]")
    asides.sent(run.project, 2)
    asides.pause_workers(run.project)


def use(redis: Redis, make_run: MakeRun, create: MakeRun) -> None:
    """Write every kind of key."""
    runs, outbox, leases = (
        RunStore(redis, keep=KEEP_RUNS),
        Outbox(redis),
        MessageLeases(redis),
    )
    ephemeral_replies = EphemeralReplies(redis, outbox)
    name = runs.naming("T1").run(redis)
    run = make_run(name=name, instance_id="20261122120001123gabcde", state=RunState.RUNNING)
    create(runs, run, overdue_in=timedelta(seconds=30))
    runs.remember_instance(run, REDIS_TIME)
    runs.card_posted(run, "1732276800.000100")
    runs.apply(run.run_id, lambda run: Change(run=run, notifications=(NotificationKind.CARD,)))
    ephemeral_replies.remember_address(
        "ask1", Address(user_id="U1", response_url="https://hooks.slack.com/commands/1/2/3")
    )
    ephemeral_replies.give("ask1", Message("hello"))
    ephemeral_replies.ask(
        "ask1",
        InstanceInquiry(
            wants="status", project="p", instance_id="1", name="r1", channel_id="C1", user_id="U1"
        ),
    )
    leases.begin_post(NotificationKind.CARD, run.run_id, "C1")
    leases.begin_update_interval(NotificationKind.CARD, run.run_id)
    leases.begin_update(run.run_id)
    use_of_what_waits(redis, run, make_run, create)
    RateLimiter(redis).take(post_message_limit("C1"))
    assert write_error(redis) is None
    redis.set(keys.failover(), "", px=keys.failover.life)
    EndpointHealth(redis).failed(["service.example"], is_probe=False)
    GuidSearches(redis).remember(run.run_id, {"20261122120001123gothers": 0})
    Receivers(redis).failed("C1")
    sweep_and_ask_aside(redis, run)
    Drafts(redis).keep(Draft(team_id="T1", user_id="U1", sql="select 1"))
    EventDeduplicator(redis).begin("ask1")
    redis.set(keys.reconciler_turn(), 1, nx=True, px=1_000)
    redis.set(keys.redis_id(), "a token")
    JobQueue(redis).submit_run(run.run_id)
    # RQ's own keys are not ours to declare.
    redis.delete(*redis.scan_iter("rq:*"))
    UnsupportedBlocks(redis).remember([Message("", [{"type": "plan"}])])
    RerunQuestions(redis).ask(run.run_id, "U1", "ask1")
    RerunQuestions(redis).first_click(run.run_id, "U1", "ask1")
    PreferenceStore(redis).choose_project("T1", "U1", "p")
    Homes(redis).open("T1", "U1", now=run.requested_at)
    Homes(redis).take_turn("T1", "U1")
    ProjectLocks(redis).lock(
        ProjectLock(project="p", reason="month's end", user_id="U1", at=run.requested_at)
    )
    charge = Charge(
        run_id=run.run_id,
        name=run.name,
        user_id="U1",
        channel_id="C1",
        project="p",
        amount=Money(amount=Decimal(1), currency="CNY"),
    )
    Spending(redis).reserve("T1", run.requested_at.date(), charge, budgets={})
    leave_installations(redis)
    memberships = Memberships(redis)
    memberships.take_turn()
    memberships.remember("S1", ["U1"])
    subscribe_and_hear(redis, run)


def leave_questions(redis: Redis, runs: RunStore, make_run: MakeRun, create: MakeRun) -> None:
    """Write what a question leaves behind, and an approval that stands."""
    run = make_run(run_id="asked", name="r9")
    create(runs, run, overdue_in=timedelta(seconds=30))
    now = run.requested_at
    question = Question(
        kind="approval",
        reasons=("class",),
        requested_at=now,
        expires_at=now + timedelta(hours=1),
        digest="d",
        is_shown=True,
    )
    runs.apply("asked", partial(lifecycle.await_decision, question=question))
    StandingApprovals(redis).grant(
        StandingApproval(
            approval_id="asked",
            run="r9",
            team_id="T1",
            project="p",
            user_id="U1",
            approver_id="U2",
            channel_id="C1",
            digest="d",
            text="insert into t values ('…')",
            granted_at=now,
            expires_at=now + timedelta(hours=24),
            rules="r",
        )
    )


def leave_installations(redis: Redis) -> None:
    """Write what workspaces leave behind that install the app themselves."""
    seal = TokenCipher([Fernet.generate_key().decode()])
    installations = Installations(redis, seal, allowed=["E1"])
    installation = Installation(
        user_id="U1", enterprise_id="E1", is_enterprise_install=True, bot_token="xoxb-1"
    )
    installations.save(installation)
    installations.of_workspace("T2", enterprise_id="E1")
    OAuthStates(redis).issue()
    acme = SimpleNamespace(identity=lambda: {"url": "https://acme.slack.com/"})
    WorkspaceUrls(redis).of("T1", acme)


def put_a_board(redis: Redis, run: Run) -> None:
    """Write what a board leaves behind that has its turn."""
    board = Board(
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        created_at=run.requested_at,
        interaction_id="ask1",
    )
    Boards(redis).change("T1", "C1", lambda _before: board, turn=run.requested_at)


def subscribe_and_hear(redis: Redis, run: Run) -> None:
    """Write what boards and subscriptions leave behind, with alerts that wait to be told."""
    put_a_board(redis, run)
    subscription = Subscription(
        team_id="T1", channel_id="C1", project="p", user_id="U1", created_at=run.requested_at
    )
    Subscriptions(redis).change("p", "T1", "C1", lambda _before: subscription)
    observations, digests = ObservationStore(redis), DigestStore(redis)
    observations.begin("p", run.requested_at)
    observation = Observation(
        instance_id="20261122120001123gabcde",
        started_at=run.requested_at,
        found_at=run.requested_at,
    )
    observations.enqueue_ended("p", [observation], now=run.requested_at)
    observations.remember_running(
        "p", {"20261122120001123gother": Running(observation=observation)}
    )
    observations.remember_refusal("p", "no")
    observations.remember_scan("p", Scan(began=run.requested_at, since=run.requested_at))
    over = msgspec.structs.replace(observation, instance_id="20261122120001123gover")
    observations.enqueue_ended("p", [over], now=run.requested_at)
    use_of_histories(redis, observations, run, over)
    event = InstanceEvent(
        outcome=Outcome.FAILED, instance_id="i1", at=run.requested_at, fingerprint="0a1b"
    )
    digests.add(subscription.id, event)
    digests.change(
        subscription.id, lambda digest: apply_events(digest, [event], now=run.requested_at)
    )


def test_every_key_is_declared_with_its_type(used_redis: Redis) -> None:
    for key in used_redis.scan_iter():
        name = declared(key)
        assert name is not None, key
        assert used_redis.type(key).decode() == keys.DECLARED[name].type, key


def test_every_declared_key_exists_in_a_redis_that_is_used(used_redis: Redis) -> None:
    assert {declared(key) for key in used_redis.scan_iter()} == set(keys.DECLARED)


def test_every_key_lives_as_long_as_it_is_declared(
    redis: Redis, make_run: MakeRun, create: MakeRun
) -> None:
    begun = clock_of(redis)
    use(redis, make_run, create)
    left_ms = {key: redis.pttl(key) for key in redis.scan_iter()}
    passed = clock_of(redis) - begun

    wrong = {}
    for key, milliseconds in left_ms.items():
        life = life_of(declared(key) or "")
        left = timedelta(milliseconds=milliseconds)
        is_right = left <= life <= left + passed if life else milliseconds == -1
        if not is_right and (life is None or life > passed):
            wrong[key] = left
    assert wrong == {}


def test_what_is_emptied_by_use_is_empty_after_use(used_redis: Redis) -> None:
    runs, outbox = RunStore(used_redis, keep=KEEP_RUNS), Outbox(used_redis)

    runs.apply(
        "0a1b2c",
        lambda run: Change(
            run=msgspec.structs.replace(run, state=RunState.SUCCEEDED),
            notifications=tuple(NotificationKind),
        ),
    )
    runs.apply("asked", partial(lifecycle.expire, now=FAR))
    for entry in outbox.claim(limit=100, lease=timedelta(seconds=60)):
        outbox.ack(entry)
    ObservationStore(used_redis).remove_ended(
        "p", ObservationStore(used_redis).ended("p", now=FAR, limit=9)
    )

    Boards(used_redis).change("T1", "C1", lambda _board: None)

    left = {declared(key) for key in used_redis.scan_iter()}
    emptied = {name for name, key in keys.DECLARED.items() if key.expires == "when empty"}
    assert emptied
    assert left & emptied == set()


def size_of(redis: Redis, key: bytes) -> int:
    """Return how much a key holds: its members, fields or entries."""
    size = {"string": "strlen", "stream": "xlen", "zset": "zcard", "set": "scard"}
    kind = redis.type(key).decode()
    return int(getattr(redis, size.get(kind, f"{kind[0]}len"))(key))


def live(redis: Redis, run: Run, create: MakeRun) -> None:
    """Let a run begin, end, and be told of."""
    runs, outbox = RunStore(redis, keep=KEEP_RUNS), Outbox(redis)
    create(runs, run, overdue_in=timedelta(seconds=30))
    runs.remember_instance(run, REDIS_TIME)
    outbox.enqueue(NotificationKind.CARD_REFRESH, run.run_id)
    ended = msgspec.structs.replace(run, state=RunState.SUCCEEDED)
    notifications = (NotificationKind.FINAL, NotificationKind.COMPLETION)
    runs.apply(run.run_id, lambda _: Change(run=ended, notifications=notifications))
    for entry in outbox.claim(limit=100, lease=timedelta(seconds=60)):
        outbox.ack(entry)


def test_what_does_not_expire_is_as_small_after_many_runs_as_before(
    redis: Redis, make_run: MakeRun, create: MakeRun
) -> None:
    use(redis, make_run, create)

    def sizes() -> dict[bytes, int]:
        lasting = (key for key in redis.scan_iter() if redis.pttl(key) == -1)
        return {key: size_of(redis, key) for key in lasting if key != keys.audit().encode()}

    before = sizes()
    for n in range(50):
        state, instance_id = RunState.RUNNING, f"20261122120001123g{n:05}"
        live(
            redis,
            make_run(run_id=f"run{n}", name=f"r{n}", state=state, instance_id=instance_id),
            create,
        )

    assert {key: size for key, size in sizes().items() if size > before.get(key, 0)} == {}


def test_a_channels_list_of_runs_is_bounded(redis: Redis, make_run: MakeRun) -> None:
    runs = RunStore(redis, keep=KEEP_RUNS)

    for n in range(210):
        requested_at = make_run().requested_at + timedelta(seconds=n)
        run = make_run(run_id=f"run{n}", name=f"r{n}", requested_at=requested_at)
        runs.create(run, overdue_in=timedelta(minutes=1))

    assert redis.zcard(keys.runs_in("T1", "C1")) == 200
    assert runs.recent("T1", "C1", limit=1)[0].name == "r209"


@pytest.mark.parametrize("kind", NotificationKind)
def test_a_kind_of_notifications_has_in_names_what_it_is_stored_under(
    kind: NotificationKind,
) -> None:
    assert keys.outbox(kind) == keys.outbox(kind.stored_name)
    assert keys.post_lease(kind, "x") == keys.post_lease(kind.stored_name, "x")
