"""What has happened in a project, wherever it was started, for the channels that subscribed to it.

A list of what ended since the last sweep, and what was running then and is gone, lead to a look
each; what a channel wants to hear of goes to the outbox.
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
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.instance_activity import detect_finished, detect_slow, read_statement

log = logging.getLogger(__name__)

#: Lists may lag, and clocks differ: what started so long before the last sweep is listed again.
OVERLAP = timedelta(minutes=3)
#: What was taken up is remembered for so long beyond that.
REMEMBERED = timedelta(hours=1)

#: So many instances are looked at, and statements read, in one sweep; the rest in the next ones.
LOOKS = 40
STATEMENTS = 10

#: No look begins later in a sweep.
ROUND = timedelta(seconds=8)

#: What seemed to have ended, and what cannot be looked at, is looked at again after this.
POLL_AGAIN = timedelta(minutes=1)

#: So many ended instances are taken up by one script, so that Redis is never busy for long.
TAKEN_AT_ONCE = 500


class LeaseLostError(Exception):
    """Somebody else sweeps."""


def hear(
    project: str,
    running: Sequence[InstanceSummary],
    services: Services,
    *,
    began: datetime,
    renew: Callable[[], bool],
) -> None:
    """Find out what has ended and what is slow, and have it told. Safe to repeat.

    `running` was listed after `began`. `renew` keeps the sweep's lease. Raises MaxComputeError when
    no list can be had, and LeaseLostError.
    """
    subscriptions = services.stores.subscriptions.to(project)
    services.stores.observations.begin(project, began)
    known = _take_up(project, running, subscriptions, services, began=began, renew=renew)
    told = _tell_slow(project, known, subscriptions, services, renew=renew)
    told |= _tell_ended(project, subscriptions, services, renew=renew)
    if told:
        services.jobs.deliver()


def _take_up(
    project: str,
    running: Sequence[InstanceSummary],
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    began: datetime,
    renew: Callable[[], bool],
) -> dict[str, Running]:
    """Take up what has ended since the last sweep; return what is running."""
    observations = services.stores.observations
    before = observations.running(project)
    gone = [before[instance_id].sighting for instance_id in before.keys() - {i.id for i in running}]
    since = (observations.scanned_until(project) or began) - OVERLAP
    listed = services.maxcompute.of(project).list_instances(
        project=project, status=InstanceStatus.TERMINATED, since=since
    )
    take = partial(observations.take_up, project, now=began)
    _in_pieces(gone, take, renew)
    ended = (_sighting(one, began) for one in listed if _may_matter(one, subscriptions))
    _in_pieces(ended, take, renew)
    new = {
        one.id: Running(sighting=_sighting(one, began))
        for one in running
        if one.id not in before and _may_matter(one, subscriptions)
    }
    observations.note_running(project, new)
    # Last: whoever repeats a sweep that died before this finds the same again.
    observations.mark_scanned(project, began, forget_before=since - REMEMBERED)
    for sighting in gone:
        del before[sighting.instance_id]
    return before | new


def _may_matter(instance: InstanceSummary, subscriptions: Iterable[Subscription]) -> bool:
    return any(grouping.is_owner_wanted(one, instance.owner) for one in subscriptions)


def _sighting(instance: InstanceSummary, now: datetime) -> Observation:
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
    """Take all, some at once; the lease is kept meanwhile, as a list may have many pages."""
    left = iter(items)
    while taken := list(islice(left, TAKEN_AT_ONCE)):
        take(taken)
        _keep(renew)


def _tell_slow(
    project: str,
    running: dict[str, Running],
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    renew: Callable[[], bool],
) -> bool:
    """Have slow jobs told of, each once; return whether there were any."""
    wanting = [one for one in subscriptions if grouping.wants_slow(one)]
    if not wanting:
        return False
    now = services.clock()
    old = [one for one in running.values() if _may_be_slow(one, wanting, now)]
    changed, told, left = {}, set(), STATEMENTS
    for one in sorted(old, key=lambda one: one.sighting.started_at):
        known = one
        if one.slow_after is None:
            if not left:
                continue
            left -= 1
            _keep(renew)
            known = read_statement(project, one, services)
        known, heard = detect_slow(known, wanting, services, now=now)
        told |= heard
        if known is not one:
            changed[known.sighting.instance_id] = known
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(told))
    services.stores.observations.note_running(project, changed)
    return bool(told)


def _may_be_slow(running: Running, wanting: Iterable[Subscription], now: datetime) -> bool:
    """Return whether the instance runs for long enough to be slow to somebody who does not know."""
    age = now - running.sighting.started_at
    return any(
        age >= (one.slow_after or grouping.SHORTEST_SLOW)
        and one.about not in running.told
        and grouping.is_owner_wanted(one, running.sighting.owner)
        for one in wanting
    )


def _tell_ended(
    project: str,
    subscriptions: Sequence[Subscription],
    services: Services,
    *,
    renew: Callable[[], bool],
) -> bool:
    """Look at what has ended and have it told; return whether there was anything to tell."""
    done, told = [], set()
    began = services.clock()
    for sighting in services.stores.observations.ended(project, now=began, limit=LOOKS):
        now = services.clock()
        if now - began > ROUND:
            break
        _keep(renew)
        try:
            heard = detect_finished(project, sighting, subscriptions, services, now=now)
        except MaxComputeError as error:
            if _is_hopeless(error, sighting, services, now=now):
                log.warning("cannot read how instance %s ended: %s", sighting.instance_id, error)
                services.stores.observations.remember_refusal(project, str(error))
                done.append(sighting)
                continue
            log.info("reading the end of instance %s deferred: %s", sighting.instance_id, error)
            heard = None
        if heard is None:
            services.stores.observations.postpone(project, sighting, until=now + POLL_AGAIN)
        else:
            told |= heard
            done.append(sighting)
    # In this order: what dies in between is looked at again, and told once.
    services.stores.outbox.enqueue_all(NotificationKind.ALERT, sorted(told))
    services.stores.observations.finish(project, done)
    return bool(told)


def _is_hopeless(
    error: MaxComputeError, sighting: Observation, services: Services, *, now: datetime
) -> bool:
    """Return whether looking again would not help: forgotten, forbidden, or tried for too long."""
    return not error.is_retryable or now - sighting.found_at > services.settings.patience


def _keep(renew: Callable[[], bool]) -> None:
    if not renew():
        raise LeaseLostError
