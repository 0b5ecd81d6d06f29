"""What a process works with, in memory: it remembers what it was told, and knows no clock."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec

from odps_bot.config.rules import Money, Rules
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.history.past_run import PastRun
from odps_bot.maxcompute import (
    GuidReading,
    HeldBackError,
    InstanceSource,
    InstanceStatus,
    Page,
    SqlCost,
    TaskState,
    TaskStatus,
    TaskStatuses,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.replies.ephemeral_replies import file_request
from odps_bot.runs import Run, RunState
from odps_bot.runs.lifecycle import Change, check_transition
from odps_bot.slack.posts import Posted
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import DELIVERED, Entry, Share
from odps_bot.store.preferences import Preferences
from odps_bot.store.rate_limits import RateLimit
from odps_bot.store.side_questions import Remembered
from odps_bot.store.spending import Charge

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

WORKSPACE_URL = "https://acme.slack.example"


class Clock:
    """A clock that stands until it is pushed."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def push(self, by: timedelta) -> None:
        self.now += by


class Jobs:
    """The jobs that were enqueued, in their order: name, arguments, when."""

    def __init__(self) -> None:
        self.enqueued: list[tuple[Any, ...]] = []
        self.waiting = 0
        self.prompted = 0

    def submit_run(self, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        self.enqueued.append(("submit_run", run_id, after))

    def poll_run(self, run_id: str, *, at: datetime | None = None) -> None:
        self.enqueued.append(("poll_run", run_id, at))

    def is_poll_scheduled(self, run_id: str, at: datetime) -> bool:
        return ("poll_run", run_id, at) in self.enqueued

    def cancel_poll(self, run_id: str, at: datetime) -> None:
        self.enqueued.append(("cancel_poll", run_id, at))

    def poll_now(self, run_id: str) -> None:
        self.enqueued.append(("poll_now", run_id))

    def stop_run(self, run_id: str, *, at: datetime | None = None) -> None:
        self.enqueued.append(("stop_run", run_id, at))

    def hold_run(self, run_id: str) -> None:
        self.enqueued.append(("hold_run", run_id))

    def diagnose_run(self, run_id: str, questions: Any) -> None:
        self.enqueued.append(("diagnose_run", run_id, questions))

    def sweep_project(self, project: str) -> None:
        self.enqueued.append(("sweep_project", project))

    def deliver(self) -> None:
        self.enqueued.append(("deliver",))

    def answer_inquiries(self) -> None:
        self.enqueued.append(("answer_inquiries",))

    def send_file(self, kind: str, run_id: str, *, after: timedelta = timedelta(0)) -> None:
        self.enqueued.append(("send_file", kind, run_id, after))

    def refresh_memberships(self) -> None:
        self.enqueued.append(("refresh_memberships",))

    def waiting_runs(self) -> int:
        return self.waiting

    def waiting_prompts(self) -> int:
        return self.prompted

    def waiting_questions(self) -> int:
        return 0

    def named(self, name: str) -> list[tuple[Any, ...]]:
        """Return the arguments of the jobs with this name."""
        return [job[1:] for job in self.enqueued if job[0] == name]


class Outbox:
    """Entries that wait, each once; `delays` says what was put off, and for how long."""

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: NOON,
        updates_left: Callable[[], int] = lambda: 50,
    ) -> None:
        self.clock, self.updates_left = clock, updates_left
        self.entries: list[Entry] = []
        self.delays: dict[str, timedelta] = {}
        self.done: list[str] = []

    def enqueue(self, kind: NotificationKind, subject_id: str) -> None:
        entry = Entry(kind, subject_id, "1")
        self.delays.pop(str(entry), None)
        if entry not in self.entries:
            self.entries.append(entry)

    def enqueue_all(self, kind: NotificationKind, subject_ids: Iterable[str]) -> None:
        for subject_id in subject_ids:
            self.enqueue(kind, subject_id)

    def claim(
        self, *, limit: int, lease: timedelta, kinds: Iterable[NotificationKind] = NotificationKind
    ) -> list[Entry]:
        due = [entry for kind in kinds for entry in self._due() if entry.kind is kind]
        self.delays |= {str(entry): lease for entry in due[:limit]}
        return due[:limit]

    def claim_shares(
        self,
        shares: Iterable[Share],
        *,
        limit: int,
        lease: timedelta,
        update_limit: RateLimit | None = None,
    ) -> list[Entry]:
        found: list[Entry] = []
        left = self.updates_left()
        for share in shares:
            is_turned = share.is_in_turn and self.clock().second % 2
            most = min(share.most, limit - len(found))
            if share.updates_left is not None and update_limit is not None:
                most = min(most, left - share.updates_left)
            kinds = tuple(reversed(share.kinds)) if is_turned else share.kinds
            claimed = self.claim(limit=max(0, most), lease=lease, kinds=kinds)
            left -= len(claimed) if share.updates_left is not None else 0
            found += claimed
        return found

    def ack(self, entry: Entry, lines: Any = None) -> bool:
        self.entries.remove(entry)
        self.done.append(str(entry))
        return self.is_due(DELIVERED)

    def requeue(self, entry: Entry, delay: timedelta, lines: Any = None) -> bool:
        self.delays[str(entry)] = delay
        if not delay:
            del self.delays[str(entry)]
        return self.is_due(DELIVERED)

    def find(self, kind: NotificationKind, subject_id: str) -> Entry | None:
        return next((e for e in self.entries if e == Entry(kind, subject_id, "1")), None)

    def is_due(self, kinds: Iterable[NotificationKind] = NotificationKind) -> bool:
        return any(entry.kind in set(kinds) for entry in self._due())

    def count(self, kind: NotificationKind, subject_ids: Iterable[str]) -> int:
        return len(
            {entry.subject_id for entry in self.entries if entry.kind is kind} & {*subject_ids}
        )

    def waiting(self) -> Counter[NotificationKind]:
        return Counter(entry.kind for entry in self.entries)

    def _due(self) -> list[Entry]:
        return [entry for entry in self.entries if str(entry) not in self.delays]

    @property
    def names(self) -> list[str]:
        """What waits, as ``kind:subject``."""
        return [str(entry) for entry in self.entries]


class RunRecords:
    """The runs; what a change says must be told goes to the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self.kept: dict[str, Run] = {}
        self.instances: dict[str, str] = {}
        self.overdue_in: dict[str, timedelta | None] = {}
        self.overdue: list[str] = []
        self.forgotten: list[str] = []
        self.swept: dict[str, str] = {}
        self._outbox = outbox

    def add(self, *runs: Run) -> None:
        self.kept |= {run.run_id: run for run in runs}

    def get(self, run_id: str) -> Run | None:
        return self.kept.get(run_id)

    get_or_discard = get_readable = get

    def get_all_readable(self, run_ids: Iterable[str]) -> list[Run]:
        return [self.kept[run_id] for run_id in run_ids if run_id in self.kept]

    def get_with(self, run_id: str, *others: Callable[[], Any]) -> tuple[Any, ...]:
        values = [other() for other in others]
        return (self.get(run_id), *values)

    get_or_discard_at = get_with

    def apply(self, run_id: str, event: Callable[[Run], Change | None]) -> Run | None:
        change = self.apply_change(run_id, event)
        return change.run if change else None

    def apply_change(self, run_id: str, event: Callable[[Run], Change | None]) -> Change | None:
        run = self.kept.get(run_id)
        if run is None or (change := event(run)) is None:
            return None
        check_transition(run.state, change.run.state)
        self.kept[run_id] = change.run
        self.overdue_in[run_id] = change.overdue_in
        for kind in change.notifications:
            self._outbox.enqueue(kind, run_id)
        return change

    def note(self, run_id: str, **facts: object) -> None:
        self.kept[run_id] = msgspec.structs.replace(self.kept[run_id], **facts)

    def card_posted(self, run: Run, ts: str, *, workspace_url: str = "") -> None:
        self.note(run.run_id, card_ts=ts, workspace_url=workspace_url)

    def remember_instance(self, run: Run, time: Callable[[], datetime]) -> datetime:
        self.instances[run.instance_id or ""] = run.run_id
        return time()

    def open_questions(self, team_id: str, *, limit: int) -> list[Run]:
        waiting = [run for run in self.kept.values() if run.team_id == team_id]
        return [run for run in waiting if run.state is RunState.AWAITING_DECISION][:limit]

    def find(self, team_id: str, identifier: str) -> Run | None:
        return next(
            (
                run
                for run in self.kept.values()
                if run.team_id == team_id and identifier in {run.name, run.instance_id, run.run_id}
            ),
            None,
        )

    def at_message(self, team_id: str, channel_id: str, ts: str) -> Run | None:
        return next(
            (
                run
                for run in self.kept.values()
                if (run.team_id, run.channel_id, run.card_ts) == (team_id, channel_id, ts)
            ),
            None,
        )

    def watched(self, project: str) -> dict[str, str]:
        return dict(self.swept)

    def forget_watched(self, project: str, instance_id: str, run_id: str) -> None:
        self.forgotten.append(instance_id)

    def forget_deadline(self, run_id: str) -> None:
        self.forgotten.append(run_id)

    def claim_overdue(self, *, limit: int, lease: timedelta) -> list[str]:
        return self.overdue[:limit]

    def recent(self, team_id: str, place: str, *, limit: int) -> list[Run]:
        found = [run for run in self._of(team_id) if place in {run.user_id, run.channel_id}]
        return found[:limit]

    def open_runs(self, team_id: str, *, limit: int) -> list[Run]:
        return [run for run in self._of(team_id)[:limit] if not run.is_final]

    def _of(self, team_id: str) -> list[Run]:
        runs = [run for run in self.kept.values() if run.team_id == team_id]
        return sorted(runs, key=lambda run: run.requested_at, reverse=True)


class Spending:
    """What was spent in a day in each place, and what was reserved."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.reserved: list[Charge] = []

    def reserve(
        self, team_id: str, day: Any, charge: Charge, *, budgets: Any, is_trial: bool = False
    ) -> Any:
        for scope, budget in budgets.items():
            if self.sums[scope] >= budget or self.sums[scope] + charge.amount.amount > budget:
                return scope
        if not is_trial:
            self.reserved.append(charge)
            for scope in charge.places:
                self.sums[scope] += charge.amount.amount
        return None

    def spent(self, team_id: str, day: Any, charge: Charge) -> dict[str, Money]:
        currency = charge.amount.currency
        return {s: Money(amount=self.sums[s], currency=currency) for s in charge.places}


class Gateway:
    """Slack: remembers what was said, and where; `errors` are raised first, in their order."""

    def __init__(self) -> None:
        self.posts: list[tuple[Any, Sequence[Any], tuple[Any, ...], int]] = []
        self.updates: list[tuple[str, str, Sequence[Any], int]] = []
        self.replies: list[tuple[Any, Sequence[Any]]] = []
        self.homes: list[tuple[str, int]] = []
        self.files: list[tuple[str, Any]] = []
        self.errors: list[Exception] = []
        self.left = 50
        self._reserve = 0
        self.file_ts = "9.9"

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    def post_once(
        self,
        post_id: Any,
        renderings: Sequence[Any],
        *places: Any,
        reserve: int = 0,
        is_text_enough: bool = True,
    ) -> Posted:
        self._fail()
        self.posts.append((post_id, list(renderings), places, reserve))
        return Posted(places[0], f"{len(self.posts)}.0")

    def update(
        self, channel_id: str, ts: str, renderings: Sequence[Any], *, reserve: int = 0
    ) -> None:
        self._fail()
        self.updates.append((channel_id, ts, renderings, reserve))

    @contextmanager
    def turn_to_update(self, channel_id: str, *, reserve: int = 0) -> Iterator[None]:
        self._fail()
        self._reserve = reserve
        yield

    def update_now(self, channel_id: str, ts: str, renderings: Sequence[Any]) -> None:
        self.update(channel_id, ts, renderings, reserve=self._reserve)

    def updates_left(self) -> int:
        return self.left

    def reply_once(self, post_id: Any, address: Any, renderings: Sequence[Any]) -> None:
        self._fail()
        self.replies.append((address, renderings))

    def publish_home(self, user_id: str, views: Any, *, reserve: int = 0) -> None:
        self._fail()
        self.homes.append((user_id, reserve))

    def share_file_once(
        self, post_id: Any, name: str, place: Any, *, make: Any, **options: Any
    ) -> str:
        self._fail()
        with make() as file:
            self.files.append((name, (file.content.read(), file.size_bytes, file.comment)))
        return self.file_ts

    def permalink(self, channel_id: str, ts: str) -> str:
        self._fail()
        return f"https://slack.example/{channel_id}/{ts}"


class Histories:
    """Earlier runs by statement, the latest first."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], list[PastRun]] = {}

    def runs(self, project: str, statement: str, *, now: datetime) -> list[PastRun]:
        return list(self.kept.get((project, statement), []))

    def add(self, project: str, statement: str, past: PastRun, *, now: datetime) -> list[PastRun]:
        before = self.kept.setdefault((project, statement), [])
        others = [one for one in before if one.instance_id != past.instance_id]
        self.kept[project, statement] = [past, *others]
        return others


@dataclass
class FakeInstance:
    """An instance that answers as it was made; an exception in place of an answer is raised."""

    id: str = "20261122120000000ginstance1"
    project: str = "sandbox"
    statuses: Any = None
    results: Any = field(default_factory=dict)
    source: Any = field(default_factory=lambda: InstanceSource(guid=None, priority=9, tasks=()))
    sql_cost: Any = None
    task_cost: Any = None
    queueing: Any = None
    progress: Any = None
    stop_error: Exception | None = None
    stops: int = 0
    owner: str | None = None
    start_time: datetime | None = None

    status: Any = None  #: None: what the other answers imply

    def reload(self) -> Any:
        """Return the instance's own status; owner and times are as given."""
        if self.status is None and isinstance(self.statuses, TaskStatuses):
            return self.statuses.instance_status
        return _given(self.status or self.statuses or self.source or InstanceStatus.RUNNING)

    get_status = reload

    def get_task_statuses(self) -> Any:
        return _given(self.statuses)

    def get_task_results(self) -> Any:
        return _given(self.results)

    def get_source(self) -> Any:
        return _given(self.source)

    def get_sql_cost(self) -> Any:
        return _given(self.sql_cost)

    def get_task(self, name: str) -> Any:
        return SimpleNamespace(
            get_summary=lambda: _summary(_given(self.task_cost)),
            get_progress=lambda: _given(self.progress),
        )

    def get_task_progress(self, name: str) -> Any:
        return _given(self.progress)

    def get_queueing_info(self) -> Any:
        return _given(self.queueing)

    def stop(self) -> None:
        self.stops += 1
        if self.stop_error:
            raise self.stop_error


def _summary(cost: Any) -> Any:
    return SimpleNamespace(cost=cost, inputs={}, outputs={}, stages=()) if cost else None


def _given(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def statuses_of(*states: TaskState, is_over: bool = True, type: str = "SQL") -> TaskStatuses:  # noqa: A002  -- MaxCompute's word
    """Return the statuses of an instance whose tasks are in these states."""
    status = InstanceStatus.TERMINATED if is_over else InstanceStatus.RUNNING
    names = [f"t{number}" for number, _ in enumerate(states)]
    tasks = {
        name: TaskStatus(name=name, type=type, status=state)
        for name, state in zip(names, states, strict=True)
    }
    return TaskStatuses(instance_status=status, tasks=tasks)


class MaxCompute:
    """A client and the way to it: instances by id, lists, and what was submitted."""

    def __init__(self) -> None:
        self.instances: dict[str, Any] = {}
        self.xflows: Any = SimpleNamespace(
            get_actions=lambda _flow: (), get_source=lambda _instance: None
        )
        self.listed: Any = []
        self.ended: Any = []
        self.queueing: Any = []
        self.guids: Any = []
        self.pause: timedelta | None = None
        self.submitted: list[dict[str, Any]] = []
        self.errors: list[Exception] = []
        self.lookups: list[dict[str, Any]] = []
        self.purposes: list[Purpose] = []
        self.properties: Any = {}  # of every project
        self.holds_polls = False

    def are_polls_held(self, project: str, instance_id: str) -> bool:
        return self.holds_polls

    def get_project_properties(self, *, project: str) -> Any:
        return _given(self.properties)

    def of(self, project: str, purpose: Purpose) -> "MaxCompute":
        self.purposes.append(purpose)
        return self

    def get_instance(self, instance_id: str, *, project: str) -> Any:
        return _given(self.instances.get(instance_id, FakeInstance(instance_id, project)))

    def pause_before(self, project: str) -> timedelta | None:
        return self.pause

    def run_sql(self, sql: str, *, before_sending: Any = lambda: None, **options: Any) -> Any:
        if self.errors and isinstance(self.errors[0], HeldBackError):
            raise self.errors.pop(0)
        before_sending()
        self.submitted.append({"sql": sql, **options})
        if self.errors:
            raise self.errors.pop(0)
        return FakeInstance("20261122120000000gnew1")

    def run_sql_cost(self, sql: str, **options: Any) -> Any:
        instance = self.run_sql(sql, **options)
        instance.statuses = statuses_of(TaskState.SUCCESS)
        instance.sql_cost = SqlCost(input_bytes=0, complexity=1.0, udf_count=0)
        return self.instances.get("estimate", instance)

    def read_guids(self, **options: Any) -> Iterator[GuidReading]:
        self.lookups.append(options)
        skipped = options.pop("skipped")
        yield from (one for one in _given(self.guids) if one.instance.id not in skipped)

    def list_instances(self, *, status: InstanceStatus, **options: Any) -> Any:
        return iter(_given(self.listed if status is InstanceStatus.RUNNING else self.ended))

    def list_queueing_infos(self, **options: Any) -> Any:
        return iter(_given(self.queueing))

    def list_instance_pages(self, *, status: InstanceStatus, **options: Any) -> Any:
        listed = _given(self.listed if status is InstanceStatus.RUNNING else self.ended)
        yield Page(list(listed), None)

    def list_queueing_info_pages(self, **options: Any) -> Any:
        yield Page(list(_given(self.queueing)), None)


class EphemeralReplies:
    """Addresses, inquiries and replies by the id of their interaction."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.addresses: dict[str, Any] = {}
        self.inquiries: dict[str, Any] = {}
        self.given: dict[str, list[Any]] = {}

    def remember_address(self, interaction_id: str, address: Any) -> None:
        self.addresses[interaction_id] = address

    def address(self, interaction_id: str) -> Any:
        return self.addresses.get(interaction_id)

    def ask(self, interaction_id: str, inquiry: Any) -> None:
        self.inquiries[interaction_id] = inquiry

    note = ask

    def inquiry(self, interaction_id: str) -> Any:
        return self.inquiries.get(interaction_id)

    def give(self, interaction_id: str, message: Any, *, plainer: Sequence[Any] = ()) -> None:
        self.given[interaction_id] = [message, *plainer]

    def give_once(self, interaction_id: str, message: Any) -> None:
        self.given.setdefault(interaction_id, [message])

    def withdraw(self, interaction_id: str) -> None:
        self.given.pop(interaction_id, None)

    def request_file(self, kind: NotificationKind, run_id: str, address: Any) -> None:
        self.remember_address(file_request(kind, run_id), address)
        self._outbox.enqueue(kind, run_id)

    def is_file_requested(self, kind: NotificationKind, run_id: str) -> bool:
        return self.address(file_request(kind, run_id)) is not None

    def answer(self, interaction_id: str) -> list[Any]:
        return self.given.get(interaction_id, [])


class Owners:
    """Whose instances are: runs by their ids, and parts of them as remembered."""

    def __init__(self, runs: RunRecords) -> None:
        self._runs = runs
        self.parts: dict[str, Any] = {}
        self.flows: set[str] = set()
        self.began = datetime.min.replace(tzinfo=UTC)

    def remember(self, owner: Any, *parts: str) -> None:
        self.parts |= dict.fromkeys(parts, owner)

    def find(self, instance_id: str) -> Any:
        runs = (run for run in self._runs.kept.values() if run.instance_id == instance_id)
        return next(runs, self.parts.get(instance_id))

    def find_by_guid(self, guid: str) -> Any:
        return self.parts.get(guid) or self._runs.kept.get(guid)

    def begin_flow(self, run: Run) -> None:
        self.flows.add(run.run_id)

    def end_flow(self, project: str, run_id: str) -> None:
        self.flows.discard(run_id)

    def open_flows(self, project: str) -> list[Run]:
        return [self._runs.kept[run_id] for run_id in sorted(self.flows)]

    def since(self, now: datetime) -> datetime:
        return self.began


class RecentSnapshots:
    """What instances looked like lately."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Snapshot, ...]] = {}

    def of(self, instance_id: str) -> tuple[Snapshot, ...]:
        return self.kept.get(instance_id, ())

    def of_with(self, instance_id: str, other: Callable[[], Any]) -> tuple[Any, Any]:
        return self.of(instance_id), other()

    def of_all(self, instance_ids: Sequence[str]) -> dict[str, tuple[Snapshot, ...]]:
        return {one: self.of(one) for one in instance_ids}

    def keep(self, kept: dict[str, Any], *, is_question: bool = False) -> None:
        self.kept |= {one: tuple(snapshots) for one, snapshots in kept.items()}

    def keeping(self, instance_id: str, snapshots: Any) -> None:
        if snapshots:
            self.keep({instance_id: snapshots})


class HeldRuns:
    """Runs that somebody waits for."""

    def __init__(self) -> None:
        self.owners: dict[str, str] = {}

    def take(self, run_id: str, owner: str) -> bool:
        return self.owners.setdefault(run_id, owner) == owner

    def release(self, run_ids: Any, owner: str) -> None:
        for run_id in run_ids:
            if self.owners.get(run_id) == owner:
                del self.owners[run_id]

    def reading_with(self, run_id: str, other: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: (run_id in self.owners, other())


class SideQuestions:
    """What sweeps remember, and how much was asked."""

    def __init__(self) -> None:
        self.watching: bytes | None = None
        self.count = 0
        self.are_workers_paused = False

    def remembered(self, project: str) -> Remembered:
        return Remembered(
            watching=self.watching,
            sent=self.count,
            may_ask_workers=not self.are_workers_paused,
        )

    def remember(self, project: str, watching: bytes) -> None:
        self.watching = watching

    def sent(self, project: str, requests: int) -> None:
        self.count += requests

    def pause_workers(self, project: str) -> None:
        self.are_workers_paused = True


class GuidSearches:
    """Instances that are not a run's own."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    def others(self, run_id: str) -> dict[str, int]:
        return dict(self.kept)

    def remember(self, run_id: str, others: dict[str, int]) -> None:
        self.kept |= others


class Audit:
    """The lines that were recorded."""

    def __init__(self) -> None:
        self.lines: list[Any] = []

    def record(self, *lines: Any) -> None:
        self.lines.extend(lines)

    @contextmanager
    def held(self) -> Iterator[None]:
        yield


def services_in_memory(now: datetime, rules: Rules | None = None) -> Any:
    """Return services around all of these, in which nobody has a group and nothing is locked."""
    clock, gateway = Clock(now), Gateway()
    outbox = Outbox(clock, gateway.updates_left)
    nobody = SimpleNamespace(
        groups_of=lambda _user_id, _among: [],
        members_of=lambda _groups: {},
        are_known=lambda _groups: True,
    )
    runs = RunRecords(outbox)
    unlocked = SimpleNamespace(get=lambda _project: None, all=list)
    services = SimpleNamespace(
        clock=clock,
        time=clock,
        rules=rules or Rules(),
        settings=SimpleNamespace(
            requests_per_second=50,
            projects=("sandbox", "ads"),
            default_project="sandbox",
            patience=timedelta(hours=1),
            keep_runs=timedelta(days=7),
        ),
        jobs=Jobs(),
        maxcompute=MaxCompute(),
        slack=SimpleNamespace(gateway=gateway, installations=None),
        stores=SimpleNamespace(
            runs=runs,
            owners=Owners(runs),
            outbox=outbox,
            audit=Audit(),
            guid_searches=GuidSearches(),
            recent_snapshots=RecentSnapshots(),
            held_runs=HeldRuns(),
            side_questions=SideQuestions(),
            spending=Spending(),
            history=Histories(),
            ephemeral_replies=EphemeralReplies(outbox),
            memberships=nobody,
            locks=unlocked,
            workspace_urls=SimpleNamespace(of=lambda _team_id, _gateway: WORKSPACE_URL),
            homes=SimpleNamespace(
                is_open=lambda _team_id, _user_id: False,
                reading_open=lambda _team_id, _user_id: lambda: False,
                open_among=lambda _team_id, _user_ids: [],
            ),
            preferences=SimpleNamespace(
                get=lambda _team_id, _user_id: Preferences(),
                with_approvals=lambda _team_id, _user_ids, _notice: [],
            ),
        ),
    )
    services.of_team = lambda _team_id: services
    return services
