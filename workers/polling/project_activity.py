"""What happened in a project, wherever it was started, for the channels that subscribed to it.

Each instance that ended since the last sweep, by MaxCompute's list or because it runs no longer,
is polled once; the subscriptions that include its end go to the outbox.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from odps_bot.alerts import grouping
from odps_bot.alerts.observations import Observation, Running
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.maxcompute import InstanceStatus, InstanceSummary, MaxComputeError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.instance_activity import detect_finished, detect_slow, read_statement

log = logging.getLogger(__name__)

#: Lists may lag, and clocks differ: what started so long before the last sweep is listed again.
OVERLAP = timedelta(minutes=3)
#: What was enqueued is remembered for so long beyond that.
REMEMBERED = timedelta(hours=1)

#: So many instances are polled, and statements read, in one sweep; the rest in the next ones.
POLLS = 40
STATEMENTS = 10

#: No poll begins later in a sweep.
ROUND = timedelta(seconds=8)

#: What seemed to have ended, and what cannot be polled, is polled again after this.
POLL_AGAIN = timedelta(minutes=1)

#: So many ended instances are enqueued by one script, so that Redis is never busy for long.
ENQUEUED_AT_ONCE = 500


class LeaseLostError(Exception):
    """Another worker sweeps the project."""


def detect_activity(
    project: str,
    running: Sequence[InstanceSummary],
    services: Services,
    *,
    began: datetime,
    renew: Callable[[], bool],
) -> None:
    """Find out what ended and what is slow, and enqueue alerts of it. Safe to repeat.

    `running` was listed after `began`. `renew` keeps the sweep's lease. Raises MaxComputeError when
    no instances can be listed, and LeaseLostError.
    """
    subscriptions = services.stores.subscriptions.to(project)
    services.stores.observations.begin(project, began)
    known = _enqueue_ended(project, running, subscriptions, services, began=began, renew=renew)
    notified = _notify_of_slow(project, known, subscriptions, services, renew=renew)
    notified |= _notify_of_ended(project, subscriptions, services, renew=renew)
    if notified:
        services.jobs.deliver()


def _enqueue_ended(
    project: str,
    running: Sequence[InstanceSummary],
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    began: datetime,
    renew: Callable[[], bool],
) -> dict[str, Running]:
    """Enqueue what ended since the last sweep to be polled; return what is running."""
    observations = services.stores.observations
    before = observations.running(project)
    gone = [
        before[instance_id].observation for instance_id in before.keys() - {i.id for i in running}
    ]
    since = (observations.scanned_until(project) or began) - OVERLAP
    listed = services.maxcompute.of(project, Purpose.SWEEP).list_instances(
        project=project, status=InstanceStatus.TERMINATED, since=since
    )
    take = partial(observations.enqueue_ended, project, now=began)
    _in_pieces(gone, take, renew)
    ended = (_observation(one, began) for one in listed if _may_matter(one, subscriptions))
    _in_pieces(ended, take, renew)
    new = {
        one.id: Running(observation=_observation(one, began))
        for one in running
        if one.id not in before and _may_matter(one, subscriptions)
    }
    observations.remember_running(project, new)
    # Last: whoever repeats a sweep that died before this finds the same again.
    observations.mark_scanned(project, began, forget_before=since - REMEMBERED)
    for observation in gone:
        del before[observation.instance_id]
    return before | new


def _may_matter(instance: InstanceSummary, subscriptions: Iterable[Subscription]) -> bool:
    return any(grouping.is_owner_wanted(one, instance.owner) for one in subscriptions)


def _observation(instance: InstanceSummary, now: datetime) -> Observation:
    return Observation(
        instance_id=instance.id,
        owner=instance.owner,
        started_at=instance.start_time or now,
        found_at=now,
    )


def _in_pieces(
    items: Iterable[Observation],
    take: Callable[[Sequence[Observation]], None],
    renew: Callable[[], bool],
) -> None:
    """Take all, some at once; the lease is renewed meanwhile, as a list may have many pages."""
    left = iter(items)
    while taken := list(islice(left, ENQUEUED_AT_ONCE)):
        take(taken)
        _keep(renew)


def _notify_of_slow(
    project: str,
    running: dict[str, Running],
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    renew: Callable[[], bool],
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
            if not left:
                continue
            left -= 1
            _keep(renew)
            known = read_statement(project, one, services)
        known, found = detect_slow(known, wanting, services, now=now)
        notified |= found
        if known is not one:
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
    services: Services,
    *,
    renew: Callable[[], bool],
) -> bool:
    """Poll ended instances and enqueue alerts of them; return whether there were any."""
    done, notified = [], set()
    began = services.clock()
    for observation in services.stores.observations.ended(project, now=began, limit=POLLS):
        now = services.clock()
        if now - began > ROUND:
            break
        _keep(renew)
        try:
            found = detect_finished(project, observation, subscriptions, services, now=now)
        except MaxComputeError as error:
            if _is_hopeless(error, observation, services, now=now):
                log.warning("cannot read how instance %s ended: %s", observation.instance_id, error)
                services.stores.observations.remember_refusal(project, str(error))
                done.append(observation)
                continue
            log.info("reading the end of instance %s deferred: %s", observation.instance_id, error)
            found = None
        if found is None:
            services.stores.observations.postpone(project, observation, until=now + POLL_AGAIN)
        else:
            notified |= found
            done.append(observation)
    # In this order: after a crash in between it is polled again, and announced once.
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(notified))
    services.stores.observations.remove_ended(project, done)
    return bool(notified)


def _is_hopeless(
    error: MaxComputeError, observation: Observation, services: Services, *, now: datetime
) -> bool:
    """Return whether polling again would not help: forgotten, forbidden, or tried for too long."""
    return not error.is_retryable or now - observation.found_at > services.settings.patience


def _keep(renew: Callable[[], bool]) -> None:
    if not renew():
        raise LeaseLostError
