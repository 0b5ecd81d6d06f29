"""What happened in a project, wherever it was started, for the channels that subscribed to it.

Each instance that ended since the last sweep, by MaxCompute's list or because it runs no longer,
is polled once; the subscriptions that include its end go to the outbox.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from odps_bot.alerts import grouping
from odps_bot.alerts.observations import Observation, Running, Scan
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.maxcompute import (
    InstanceStatus,
    InstanceSummary,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
    QueueingInfo,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.instance_activity import (
    SHORT,
    Finished,
    detect_finished,
    detect_slow,
    read_statement,
)
from workers.polling.listed_phases import Phase, phase_of
from workers.polling.sick_jobs import detect_sick
from workers.polling.sweep_lease import SweepLease

log = logging.getLogger(__name__)

#: Lists may lag, and clocks differ: what started so long before the last sweep is listed again.
OVERLAP = timedelta(minutes=3)
#: What was enqueued is remembered for so long beyond that.
REMEMBERED = timedelta(hours=1)

#: A page of ended instances is asked for no later in a sweep; the next sweep goes on there.
LISTING = timedelta(seconds=20)

#: So many instances are polled, and statements read, in one sweep; the rest in the next ones.
POLLS = 40
STATEMENTS = 10

#: So many successes that took little are read for the history in one sweep.
SHORT_SUCCESSES = 10

#: No poll begins later, and no statement is read later.
ROUND = timedelta(seconds=8)

#: An instance that is not found for so long is gone; before that it may be a mishap, as may be a
#: response that was cut.
MISHAP = timedelta(minutes=5)

#: What seemed to have ended, and what cannot be polled, is polled again after this.
POLL_AGAIN = timedelta(minutes=1)

#: So many ended instances are enqueued by one script, so that Redis is never busy for long.
ENQUEUED_AT_ONCE = 500


def detect_activity(
    project: str,
    running: Sequence[InstanceSummary],
    lease: SweepLease,
    services: Services,
    *,
    began: datetime,
    listed: Mapping[str, QueueingInfo],
    watched: Collection[str],
) -> None:
    """Find out what ended, is slow, or is sick, and enqueue alerts of it. Safe to repeat.

    `running` was listed after `began`, and `listed` is how far they are, as far as known; `watched`
    are instances of runs, whose polls tell what holds them up. What was found before is announced
    although no list can be had, or a long one is not at its end yet. Raises LeaseLostError.
    """
    subscriptions = services.stores.subscriptions.to(project)
    services.stores.observations.begin(project, began)
    known = _observe_running(project, running, subscriptions, services, began=began)
    try:
        _list_ended(project, subscriptions, lease, services, began=began)
    except MaxComputeError as error:
        log.warning("cannot list what ended in project %s: %s", project, error)
    known |= _note_phases(project, known, listed, services)
    notified = _notify_of_slow(project, known, subscriptions, lease, services, listed=listed)
    others = {name: one for name, one in known.items() if name not in watched}
    changed, sick = detect_sick(project, others, subscriptions, lease, services, listed=listed)
    services.stores.observations.remember_running(project, changed)
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(sick))
    notified |= bool(sick)
    notified |= _notify_of_ended(project, subscriptions, lease, services)
    if notified:
        services.jobs.deliver()


def _observe_running(
    project: str,
    running: Sequence[InstanceSummary],
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    began: datetime,
) -> dict[str, Running]:
    """Enqueue what was running and does no longer; return what is running."""
    observations = services.stores.observations
    before = observations.running(project)
    gone = before.keys() - {instance.id for instance in running}
    _enqueue(project, [before.pop(one).observation for one in sorted(gone)], services, began=began)
    new = {
        one.id: Running(observation=_observation(one, began))
        for one in running
        if one.id not in before and _may_matter(one, subscriptions)
    }
    observations.remember_running(project, new)
    return before | new


def _note_phases(
    project: str,
    known: Mapping[str, Running],
    listed: Mapping[str, QueueingInfo],
    services: Services,
) -> dict[str, Running]:
    """Note which instances are executed by now: waits and runs are judged apart."""
    now = services.clock()
    changed = {}
    for name, one in known.items():
        info = listed.get(name)
        if info is None or one.observation.began_at or phase_of(info) is not Phase.RUNNING:
            continue
        told = info.sub_status_start_time
        began = min(told, now) if told and told >= one.observation.started_at else now
        observation = msgspec.structs.replace(one.observation, execution_began_at=began)
        changed[name] = msgspec.structs.replace(one, observation=observation)
    services.stores.observations.remember_running(project, changed)
    return changed


def _list_ended(
    project: str,
    subscriptions: Sequence[Subscription],
    lease: SweepLease,
    services: Services,
    *,
    began: datetime,
) -> None:
    """Enqueue what is listed as ended, page by page, from where the last sweep stopped.

    Raises MaxComputeError.
    """
    observations = services.stores.observations
    scan = observations.scan(project)
    if scan is None:
        since = (observations.scanned_until(project) or began) - OVERLAP
        scan = Scan(began=began, since=since)
    pages = services.maxcompute.of(project, Purpose.SWEEP).list_instance_pages(
        project=project, status=InstanceStatus.TERMINATED, since=scan.since, marker=scan.marker
    )
    try:
        for page in lease.keeping(pages):
            ended = [_observation(i, began) for i in page.items if _may_matter(i, subscriptions)]
            _enqueue(project, ended, services, began=began)
            if page.marker is None:
                # Last: whoever repeats a sweep that died before this finds the same again.
                forget_before = scan.since - REMEMBERED
                observations.mark_scanned(project, scan.began, forget_before=forget_before)
                return
            observations.remember_scan(project, scan.at(page.marker))
            if services.clock() - began > LISTING:
                log.info("the list of ended instances of project %s is long", project)
                return
    except MaxComputeError as error:
        if not error.is_retryable:
            # MaxCompute may not know the place any more: the list begins anew.
            observations.forget_scan(project)
        raise


def _enqueue(
    project: str, ended: Sequence[Observation], services: Services, *, began: datetime
) -> None:
    for first in range(0, len(ended), ENQUEUED_AT_ONCE):
        some = ended[first : first + ENQUEUED_AT_ONCE]
        services.stores.observations.enqueue_ended(project, some, now=began)


def _may_matter(instance: InstanceSummary, subscriptions: Iterable[Subscription]) -> bool:
    return any(grouping.is_owner_wanted(one, instance.owner) for one in subscriptions)


def _observation(instance: InstanceSummary, now: datetime) -> Observation:
    return Observation(
        instance_id=instance.id,
        owner=instance.owner,
        started_at=instance.start_time or now,
        found_at=now,
    )


def _notify_of_slow(
    project: str,
    running: dict[str, Running],
    subscriptions: Sequence[Subscription],
    lease: SweepLease,
    services: Services,
    *,
    listed: Mapping[str, QueueingInfo],
) -> bool:
    """Enqueue alerts of slow jobs, of each once; return whether there were any."""
    wanting = [one for one in subscriptions if grouping.wants_slow(one)]
    if not wanting:
        return False
    now = services.clock()
    old = [one for one in running.values() if _may_be_slow(one, wanting, now)]
    changed, notified, left = {}, set(), STATEMENTS
    for one in sorted(old, key=lambda one: one.observation.started_at):
        known = one
        if one.slow_after is None:
            if not left or services.clock() - now > ROUND:
                continue
            left -= 1
            lease.keep()
            known = read_statement(project, one, services)
        is_waiting = phase_of(listed.get(one.observation.instance_id)) is Phase.WAITING
        known, found = detect_slow(known, wanting, services, now=now, is_waiting=is_waiting)
        notified |= found
        if known is not one:
            running[known.observation.instance_id] = known
            changed[known.observation.instance_id] = known
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(notified))
    services.stores.observations.remember_running(project, changed)
    return bool(notified)


def _may_be_slow(running: Running, wanting: Iterable[Subscription], now: datetime) -> bool:
    """Return whether it may be slow for a subscription that was not notified of it."""
    age = now - running.observation.started_at
    return any(
        age >= (one.slow_after or grouping.SHORTEST_SLOW)
        and one.id not in running.notified
        and grouping.is_owner_wanted(one, running.observation.owner)
        for one in wanting
    )


def _notify_of_ended(
    project: str,
    subscriptions: Sequence[Subscription],
    lease: SweepLease,
    services: Services,
) -> bool:
    """Poll ended instances and enqueue alerts of them; return whether there were any."""
    observations = services.stores.observations
    done: dict[Observation, Finished] = {}
    short_left = SHORT_SUCCESSES
    notified: set[str] = set()
    began = services.clock()
    for observation in observations.ended(project, now=began, limit=POLLS):
        now = services.clock()
        if now - began > ROUND:
            break
        lease.keep()
        try:
            found = detect_finished(
                project,
                observation,
                subscriptions,
                services,
                now=now,
                keeps_short=short_left > 0,
            )
        except MaxComputeError as error:
            if _is_hopeless(error, observation, services, now=now):
                log.warning("cannot read how instance %s ended: %s", observation.instance_id, error)
                observations.remember_refusal(project, str(error))
                done[observation] = Finished()
                continue
            log.info("reading the end of instance %s deferred: %s", observation.instance_id, error)
            found = None
        if found is None:
            observations.postpone(project, observation, until=now + POLL_AGAIN)
        else:
            notified |= found.notified
            done[observation] = found
            short_left -= found.past is not None and found.past.total_s < SHORT.total_seconds()
    # In this order: after a crash in between it is polled again, announced once and counted once.
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(notified))
    for found in done.values():
        if found.past is not None:
            services.stores.history.add(project, found.statement, found.past, now=began)
    observations.remove_ended(project, done)
    return bool(notified)


def _is_hopeless(
    error: MaxComputeError, observation: Observation, services: Services, *, now: datetime
) -> bool:
    """Return whether polling again would not help: forgotten, forbidden, or tried for too long."""
    age = now - observation.found_at
    if isinstance(error, NotFoundError | MalformedResponseError):
        return age > MISHAP
    return not error.is_retryable or age > services.settings.patience
