"""One poll of an instance that anybody may have started, for the subscriptions that include it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from odps_bot.alerts import grouping
from odps_bot.alerts.digests import HiddenFailure, InstanceEvent, Outcome
from odps_bot.alerts.observations import Observation, Running
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.history.past_run import SHORTEST_S, PastRun
from odps_bot.history.usual import usual_of
from odps_bot.maxcompute import (
    Instance,
    InstanceSource,
    InstanceStatus,
    InvalidRequestError,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    TaskState,
    TaskStatuses,
)
from odps_bot.maxcompute.instance import statuses_from_results
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.failures import explain
from odps_bot.operations.logs import hide_secrets
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.fingerprint import statement_fingerprint
from workers.polling.instance_snapshot import words_of_failure
from workers.polling.observed_successes import past_of_observed
from workers.polling.ownership import (
    UNKNOWN,
    Ownership,
    ownership_of,
    read_ownership,
    recorded_ownership,
    with_age,
)
from workers.polling.past_runs import statement_of_source

#: The task type of an estimate; nobody calls it a job.
ESTIMATE = "SQLCost"

#: What is kept of a text.
ERROR_CHARACTERS = 2_000
SQL_CHARACTERS = 400

#: There may be very many of jobs that take less: their summaries are read where there is time.
SHORT = timedelta(seconds=20)

#: The clocks of MaxCompute and Redis differ by less; it gives whole seconds.
SKEW = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What became of an instance that a list had no longer, or as ended."""

    notified: set[str] = field(default_factory=set)  #: the subscriptions that include its end
    statement: str = ""  #: in whose history it belongs; empty: in none
    past: PastRun | None = None


def detect_finished(
    project: str,
    observation: Observation,
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    now: datetime,
    keeps_short: bool = True,
) -> Finished | None:
    """Add the end of an instance to the digests that include it, and return what follows from it.

    None: it is suspended and must be polled again. Safe to repeat. Without `keeps_short`, nothing
    is read for the history of a short success. Raises MaxComputeError.
    """
    instance = services.maxcompute.of(project, Purpose.SWEEP).get_instance(
        observation.instance_id, project=project
    )
    statuses = _statuses(instance)
    if statuses.instance_status is InstanceStatus.RUNNING:
        services.stores.observations.reappeared(project, observation)
        return Finished()
    if not statuses.is_terminated:
        return None
    outcome, at = _outcome(statuses), _ended_at(statuses) or now
    if outcome is None or all(task.type == ESTIMATE for task in statuses.tasks.values()):
        return Finished()
    took = max(timedelta(0), at - observation.started_at)
    wanting = [
        one
        for one in subscriptions
        if grouping.wants_end(one, outcome, observation.owner) and at + SKEW >= one.created_at
    ]
    notified: set[str] = set()
    if wanting:
        event = InstanceEvent(
            outcome=outcome,
            instance_id=observation.instance_id,
            owner=observation.owner,
            at=at,
            took=took,
            fingerprint="",
        )
        notified = _note_end(event, instance, statuses, wanting, services)
    least = timedelta(seconds=SHORTEST_S) if keeps_short else SHORT
    if outcome is not Outcome.SUCCEEDED or took < least:
        return Finished(notified=notified)
    statement, past = past_of_observed(instance, statuses, observation, services, ended=at)
    return Finished(notified=notified, statement=statement, past=past)


def _note_end(
    event: InstanceEvent,
    instance: Instance,
    statuses: TaskStatuses,
    wanting: Sequence[Subscription],
    services: Services,
) -> set[str]:
    if event.outcome is Outcome.FAILED:
        return _note_failure(event, instance, statuses, wanting, services)
    ownership = recorded_ownership(event.instance_id, None, services)
    return note_event(event, wanting, services, sql=None, ownership=ownership)


def _statuses(instance: Instance) -> TaskStatuses:
    """Return how its tasks are, or what else tells it. Raises MaxComputeError to ask again."""
    try:
        return instance.get_task_statuses()
    except (NotFoundError, InvalidRequestError, MalformedResponseError):
        status = instance.reload()
        if status is InstanceStatus.TERMINATED:
            found = statuses_from_results(instance.get_task_results())
            if found is None:
                raise
            return found
        return TaskStatuses(instance_status=status, tasks={})


def read_statement(project: str, running: Running, services: Services) -> Running:
    """Return what is known of the instance, with its statement and when it is slow."""
    instance = services.maxcompute.of(project, Purpose.SWEEP).get_instance(
        running.observation.instance_id, project=project
    )
    try:
        source = _source(instance)
    except MaxComputeError:
        source = None
    sql = _sql(source)
    is_shown = sql and not _may_be_private(
        _ownership(instance, source, services), instance.id, services
    )
    return msgspec.structs.replace(
        _with_usual(project, running, source, sql, services),
        sql=sql[:SQL_CHARACTERS] if sql and is_shown else None,
        run_id=source.guid if source else None,
    )


def _with_usual(
    project: str,
    running: Running,
    source: InstanceSource | None,
    sql: str | None,
    services: Services,
) -> Running:
    """Return what is known of the instance, with what is usual for its statement."""
    statement = statement_of_source(source)
    runs = services.stores.history.runs(project, statement, now=services.clock())
    usual = usual_of(runs, at=running.observation.started_at)
    baseline, former = usual.baseline, []
    if sql and not runs:
        former = services.stores.observations.durations(project, statement_fingerprint(sql))
    run_s = baseline.run_s if baseline else None
    wait_s = baseline.wait_s if baseline else None
    median = timedelta(seconds=run_s.median) if run_s else None
    if len(former) >= grouping.LEAST_FORMER:
        median = grouping.median_duration(former)
    return msgspec.structs.replace(
        running,
        slow_after=grouping.slow_after(usual, former),
        usual=median,
        waits_long_after=grouping.waits_long_after(usual),
        usual_wait=timedelta(seconds=wait_s.median) if wait_s else None,
        baseline=baseline,
        runs=run_s.count if run_s else 0,
        fingerprint=statement,
    )


def detect_slow(
    running: Running,
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    now: datetime,
    is_waiting: bool = False,
) -> tuple[Running, set[str]]:
    """Add that the instance is slow to the digests that include it and do not have it yet.

    Waits and runs are judged apart, but for a limit that a subscription names itself. Returns what
    is known of it then, and the subscriptions to notify.
    """
    began = running.observation.started_at
    usual, usual_for = running.slow_after, running.usual
    if is_waiting:
        usual, usual_for = running.waits_long_after, running.usual_wait
    elif running.observation.began_at is not None:
        began = running.observation.began_at
    limit, took = usual or grouping.SLOW_WITHOUT_HISTORY, now - began
    total = now - running.observation.started_at
    wanting = [
        one
        for one in subscriptions
        if one.id not in running.notified
        and grouping.is_owner_wanted(one, running.observation.owner)
        and (total >= one.slow_after if one.slow_after else took >= limit)
    ]
    if not wanting:
        return running, set()
    event = InstanceEvent(
        outcome=Outcome.SLOW,
        instance_id=running.observation.instance_id,
        owner=running.observation.owner,
        at=now,
        took=took,
        usual=usual_for,
        runs=running.runs if usual_for else 0,
        is_waiting=is_waiting,
        fingerprint=running.fingerprint or running.observation.instance_id,
    )
    ownership = recorded_ownership(event.instance_id, running.run_id, services)
    notified = note_event(event, wanting, services, sql=running.sql, ownership=ownership)
    names = (*running.notified, *(one.id for one in wanting))
    return msgspec.structs.replace(running, notified=names), notified


def _note_failure(
    event: InstanceEvent,
    instance: Instance,
    statuses: TaskStatuses,
    subscriptions: Iterable[Subscription],
    services: Services,
) -> set[str]:
    """Add the event with its reason and statement. Raises MaxComputeError to ask again."""
    error, source = _error(instance, statuses), _source(instance)
    failure = msgspec.structs.replace(
        event, error=error or None, fingerprint=grouping.failure_fingerprint(error)
    )
    ownership = _ownership(instance, source, services)
    return note_event(failure, subscriptions, services, sql=_sql(source), ownership=ownership)


def note_event(
    event: InstanceEvent,
    subscriptions: Iterable[Subscription],
    services: Services,
    *,
    sql: str | None,
    ownership: Ownership,
) -> set[str]:
    """Add the event for each channel, unless a card in it shows the instance already."""
    owner = ownership.owner
    if _may_be_private(ownership, event.instance_id, services):
        event = _without_quotes(event)
    else:
        event = msgspec.structs.replace(event, sql=sql[:SQL_CHARACTERS] if sql else None)
    noted = set()
    for one in subscriptions:
        if owner is not None and owner.channel_id == one.channel_id:
            continue
        services.stores.digests.add(one.id, event)
        noted.add(one.id)
    return noted


def _may_be_private(ownership: Ownership, instance_id: str, services: Services) -> bool:
    """Return whether it is, or may be, of a run: what was typed elsewhere may be private.

    Of a job that was started elsewhere and that somebody follows, nothing was typed.
    """
    owner = ownership.owner
    if owner is None or not isinstance(owner, Run) or not owner.is_foreign:
        return owner is not None or not ownership.is_known
    is_part = services.stores.owners.is_part(instance_id)
    return is_part or not with_age(Ownership(), instance_id, services).is_known


def _without_quotes(event: InstanceEvent) -> InstanceEvent:
    """Return the event with code and kind of its failure in place of a text that quotes SQL.

    What holds it up is told without the names that its statement has.
    """
    if event.finding is not None:
        bare = msgspec.structs.replace(event.finding, names=(), hints={}, sql_hint="", log_id=None)
        return msgspec.structs.replace(event, finding=bare)
    if event.error is None:
        return event
    found = explain(event.error, sql="")
    hidden = HiddenFailure(name=found.name, code=found.code)
    return msgspec.structs.replace(event, error=None, hidden=hidden)


def _ownership(instance: Instance, source: InstanceSource | None, services: Services) -> Ownership:
    """Return whose the instance is. Raises MaxComputeError to ask again."""
    if source is not None:
        return ownership_of(instance, source.guid, services, Purpose.SWEEP)
    # An XFlow has another source, and what cannot be read may be anybody's.
    try:
        return read_ownership(instance, services, Purpose.SWEEP)
    except NotFoundError:
        return UNKNOWN


def _outcome(statuses: TaskStatuses) -> Outcome | None:
    states = {task.status for task in statuses.tasks.values()}
    if TaskState.FAILED in states:
        return Outcome.FAILED
    if TaskState.CANCELLED in states:
        return Outcome.CANCELLED
    return Outcome.SUCCEEDED if statuses.is_successful else None


def _ended_at(statuses: TaskStatuses) -> datetime | None:
    ends = [task.end_time for task in statuses.tasks.values() if task.end_time]
    return max(ends, default=None)


def _error(instance: Instance, statuses: TaskStatuses) -> str:
    """Return what the failed tasks say, if anything. Raises MaxComputeError to ask again."""
    try:
        results = instance.get_task_results().values()
    except MaxComputeError as error:
        if error.is_retryable:
            raise
        return ""
    return hide_secrets(words_of_failure(results, statuses))[:ERROR_CHARACTERS]


def _source(instance: Instance) -> InstanceSource | None:
    """Return what was submitted, or None for an XFlow and where that is forbidden.

    Raises MaxComputeError to ask again.
    """
    try:
        return instance.get_source()
    except MaxComputeError as error:
        if error.is_retryable:
            raise
        return None


def _sql(source: InstanceSource | None) -> str | None:
    if source is None:
        return None
    return next((task.query.strip() for task in source.tasks if task.query), None)
