"""One sweep over the running instances of a project.

A list says which of the watched instances are no longer running: each of those is polled now,
before anything is believed. A second list says which have moved: of those, so many are polled as
cards can be updated. Two requests for each thousand instances, however many are watched. Where a
channel has subscribed to the project, the first list also says what else has ended.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TypeVar

from odps_bot.maxcompute import InstanceStatus, MaxComputeError, QueueingInfo
from odps_bot.maxcompute_clients import Purpose
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.project_activity import LeaseLostError, detect_activity

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Where no list can be had, so many of the watched are polled each time, the longest ago first.
SINGLE_POLLS = 50

#: So many that have moved are polled each time: Slack allows some four updates meanwhile. Where
#: updates of cards wait already there are fewer, but never none.
MOST_MOVED = 4
LEAST_MOVED = 2

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
        _poll_now(project, dict(islice(watched.items(), SINGLE_POLLS)), services, seen={})
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
    listed = services.maxcompute.of(project, Purpose.SWEEP).list_instances(
        project=project, status=InstanceStatus.RUNNING
    )
    instances = list(_keeping_lease(listed, project, owner, services))
    running = {instance.id for instance in instances}
    gone = {one: watched[one] for one in watched if one not in running}
    _poll_now(project, gone, services, seen={})
    services.stores.sweeps.succeeded(project)
    if watched:
        _poll_moved(project, owner, watched, services)
    if is_subscribed:
        renew = partial(services.stores.sweeps.renew, project, owner)
        try:
            detect_activity(project, instances, services, began=began, renew=renew)
        except MaxComputeError as error:
            # The watched are seen to all the same; what ended is found by the next sweep.
            log.warning("cannot list what ended in project %s: %s", project, error)


def _poll_moved(project: str, owner: str, watched: dict[str, str], services: Services) -> None:
    """Poll what has moved since it was polled last: as much as there are updates for its cards.

    The rest, and what a worker died of, is found again by the next sweep.
    """
    infos = services.maxcompute.of(project, Purpose.SWEEP).list_queueing_infos(
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
    if moved:
        # Of these runs only: what waits elsewhere, maybe for good, takes nothing from them.
        waiting = services.stores.outbox.count(NotificationKind.CARD_REFRESH, watched.values())
        room = max(LEAST_MOVED, MOST_MOVED - waiting)
        polled = {one: watched[one] for one in moved[:room]}
        _poll_now(project, polled, services, seen=seen)
    # What begins here was polled a moment ago, when it was submitted.
    new = {one: seen[one] for one in seen if one not in before}
    services.stores.sweeps.remember(project, new, before.keys() - watched.keys())


def _shown(info: QueueingInfo) -> str:
    percentage = int((info.progress or 0) * 100)
    return f"{percentage} {info.wait_position or 0} {info.sub_status or ''}"


def _poll_now(
    project: str, found: Mapping[str, str], services: Services, *, seen: Mapping[str, str]
) -> None:
    """Have the runs of these instances polled, unless they were to be a moment ago.

    An instance whose run is over or gone is watched no longer. `seen` is the instances' progress,
    where that is why.
    """
    wanted = {}
    for instance_id, run_id in found.items():
        run = services.stores.runs.get_readable(run_id)
        if run is None or run.is_final:
            services.stores.runs.forget_watched(project, instance_id, run_id)
        else:
            wanted[run_id] = seen.get(instance_id, "")
    for run_id in services.stores.sweeps.request_polls(wanted):
        services.jobs.poll_now(run_id)


def _keeping_lease(items: Iterable[T], project: str, owner: str, services: Services) -> Iterator[T]:
    for count, item in enumerate(items, start=1):
        if count % PAGE == 0 and not services.stores.sweeps.renew(project, owner):
            raise LeaseLostError
        yield item
