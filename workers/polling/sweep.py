"""RQ job: one sweep over the running instances of a project.

A list tells which of the watched instances are no longer running: those are looked at now, each by
itself, before anything is believed. A second list tells which have moved: those are polled at the
pace at which their cards can be updated. Two requests for each thousand instances, however many are
watched. Where a channel has subscribed to the project, the
same list tells what else has ended.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TypeVar

from odps_bot.maxcompute import InstanceStatus, MaxComputeError, QueueingInfo
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT, UPDATE_LIMIT
from workers.polling.project_activity import LeaseLostError, detect_activity

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Where no list can be had, so many of the watched are looked at each time, the longest ago first.
SINGLE_POLLS = 50

#: So many that have moved are polled each time; Slack allows some four updates meanwhile.
MOST_MOVED = 10

#: The lease is renewed after so many instances: a page of a list.
PAGE = 1_000


def sweep(project: str, services: Services) -> None:
    """Sweep once, unless somebody else does; a sweep that fails half-way proves nothing."""
    owner = secrets.token_hex(8)
    if not services.stores.sweeps.begin(project, owner):
        return
    try:
        _sweep(project, owner, services)
    except MaxComputeError as error:
        log.warning("cannot sweep project %s: %s", project, error)
        services.stores.sweeps.failed(project)
        watched = services.stores.runs.watched(project)
        _prompt(list(watched.values())[:SINGLE_POLLS], services)
    except LeaseLostError:
        log.warning("the sweep of project %s took too long; another has taken over", project)
    finally:
        services.stores.sweeps.end(project, owner)


def _sweep(project: str, owner: str, services: Services) -> None:
    # Read before the list: what is submitted meanwhile must not seem to be gone.
    watched = services.stores.runs.watched(project)
    is_subscribed = services.stores.subscriptions.has_any(project)
    if not watched and not is_subscribed:
        return
    began = services.clock()
    listed = services.maxcompute.of(project).list_instances(
        project=project, status=InstanceStatus.RUNNING
    )
    instances = list(_keeping_lease(listed, project, owner, services))
    running = {instance.id for instance in instances}
    gone = [instance_id for instance_id in watched if instance_id not in running]
    _look_at_gone(project, {instance_id: watched[instance_id] for instance_id in gone}, services)
    services.stores.sweeps.succeeded(project)
    if watched:
        _poll_moved(project, owner, watched, gone, services)
    if is_subscribed:
        renew = partial(services.stores.sweeps.renew, project, owner)
        try:
            detect_activity(project, instances, services, began=began, renew=renew)
        except MaxComputeError as error:
            # The watched are seen to all the same; what ended is found by the next sweep.
            log.warning("cannot list what ended in project %s: %s", project, error)


def _look_at_gone(project: str, gone: dict[str, str], services: Services) -> None:
    followed = []
    for instance_id, run_id in gone.items():
        run = services.stores.runs.get_readable(run_id)
        if run is None or run.is_final:
            services.stores.runs.forget_watched(project, instance_id, run_id)
        else:
            followed.append(run_id)
    _prompt(followed, services)


def _poll_moved(
    project: str, owner: str, watched: dict[str, str], gone: Iterable[str], services: Services
) -> None:
    """Poll what has moved since the last sweep: as much as there are updates for its cards.

    The rest is found again by the next sweep.
    """
    infos = services.maxcompute.of(project).list_queueing_infos(
        project=project, status=InstanceStatus.RUNNING
    )
    seen = {
        info.instance_id: _shown(info)
        for info in _keeping_lease(infos, project, owner, services)
        if info.instance_id in watched
    }
    before = services.stores.sweeps.last_seen(project)
    # In the order of `watched`: what was polled longest ago comes first.
    moved = [one for one in watched if one in seen and before.get(one, seen[one]) != seen[one]]
    room = services.stores.rate_limiter.left(UPDATE_LIMIT) - RESERVE_OF_BEST_EFFORT
    room -= services.stores.outbox.waiting()[NotificationKind.CARD_REFRESH]
    room = max(0, min(room, MOST_MOVED))
    prompted = _prompt([watched[one] for one in moved[:room]], services)
    # What begins here was polled a moment ago, when it was submitted.
    known = [one for one in seen if one not in before or watched[one] in prompted]
    services.stores.sweeps.remember(project, {one: seen[one] for one in known}, gone)


def _shown(info: QueueingInfo) -> str:
    percentage = int((info.progress or 0) * 100)
    return f"{percentage} {info.wait_position or 0} {info.sub_status or ''}"


def _prompt(run_ids: Iterable[str], services: Services) -> set[str]:
    """Have runs polled that were not prompted a moment ago, and return those."""
    prompted = services.stores.sweeps.not_prompted(run_ids)
    for run_id in prompted:
        services.jobs.poll_now(run_id)
    return set(prompted)


def _keeping_lease(items: Iterable[T], project: str, owner: str, services: Services) -> Iterator[T]:
    for count, item in enumerate(items, start=1):
        if count % PAGE == 0 and not services.stores.sweeps.renew(project, owner):
            raise LeaseLostError
        yield item
