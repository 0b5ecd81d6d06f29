"""One sweep over the running instances of a project.

A list says which of the watched instances are no longer running: those are polled now, before
anything is believed, as many as can be until the next sweep. A second list says which have moved:
of those, so many are polled as cards can be updated. Two requests for each thousand instances,
however many are watched. Where a channel has subscribed to the project, the first list also says
what else has ended.
"""

import logging
from collections.abc import Mapping
from functools import partial
from itertools import islice

from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import InstanceStatus, MaxComputeError, QueueingInfo
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import lifecycle
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.project_activity import detect_activity
from workers.polling.prompted_polls import prompt_polls, room_for_polls
from workers.polling.sweep_lease import LeaseLostError, SweepLease

log = logging.getLogger(__name__)

#: Where no list can be had, so many of the watched are polled each time, the longest ago first.
SINGLE_POLLS = 50

#: So many that have moved are polled each time: Slack allows some four updates meanwhile. Where
#: updates of cards wait already there are fewer, but never none.
MOST_MOVED = 4
LEAST_MOVED = 2

#: So many runs that were out of reach are said to be back in one sweep; the rest is polled soon.
BACK_AT_ONCE = 100


def sweep(project: str, services: Services) -> None:
    """Sweep once, unless somebody else does; a sweep that fails half-way proves nothing."""
    lease = SweepLease(project, services.stores.sweeps)
    if not lease.begin():
        return
    try:
        _sweep_or_poll(project, lease, services)
    except LeaseLostError:
        log.warning("the sweep of project %s took too long; another has taken over", project)
    finally:
        lease.end()


def _sweep_or_poll(project: str, lease: SweepLease, services: Services) -> None:
    try:
        _sweep(project, lease, services)
    except (MaxComputeError, JobTimeoutException) as error:
        log.warning("cannot sweep project %s: %s", project, error)
        _poll_singly(project, lease, services)


def _sweep(project: str, lease: SweepLease, services: Services) -> None:
    # Read before the list: what is submitted meanwhile must not seem to be gone.
    watched = services.stores.runs.watched(project)
    is_subscribed = _is_subscribed(project, services)
    if not watched and not is_subscribed:
        return
    began = services.clock()
    pages = services.maxcompute.of(project, Purpose.SWEEP).list_instance_pages(
        project=project, status=InstanceStatus.RUNNING
    )
    instances = [instance for page in lease.keeping(pages) for instance in page.items]
    running = {instance.id for instance in instances}
    gone = {one: watched[one] for one in watched if one not in running}
    prompt_polls(project, gone, lease, services, most=room_for_polls(services))
    if watched:
        _clear_doubts(project, watched, running, services)
        _poll_moved(project, watched, lease, services)
    else:
        services.stores.sweeps.succeeded(project)
    if is_subscribed:
        detect_activity(project, instances, lease, services, began=began)


def _is_subscribed(project: str, services: Services) -> bool:
    """Return whether any channel is to be notified; not of a project that was taken out."""
    is_ours = project in services.settings.projects
    return is_ours and services.stores.subscriptions.has_any(project)


def _clear_doubts(
    project: str, watched: Mapping[str, str], running: set[str], services: Services
) -> None:
    """Record that MaxCompute is back, and knows the instance, where the last poll said else."""
    seen = services.stores.sweeps.take_doubtful(project, watched, running, limit=BACK_AT_ONCE)
    for instance_id in seen:
        event = partial(lifecycle.seen_running, now=services.clock())
        services.stores.runs.apply(watched[instance_id], event)


def _poll_singly(project: str, lease: SweepLease, services: Services) -> None:
    """Let polls of single runs take over until a sweep succeeds again."""
    services.stores.sweeps.failed(project)
    watched = services.stores.runs.watched(project)
    longest_ago = dict(islice(watched.items(), SINGLE_POLLS))
    prompt_polls(project, longest_ago, lease, services, most=room_for_polls(services))


def _poll_moved(
    project: str, watched: dict[str, str], lease: SweepLease, services: Services
) -> None:
    """Poll what has moved since it was polled last: as much as there are updates for its cards.

    The rest, and what a worker died of, is found again by the next sweep. Only with both lists the
    sweep sees all that polls would.
    """
    try:
        seen = _progress(project, watched, lease, services)
    except MaxComputeError as error:
        log.warning("cannot list the progress in project %s: %s", project, error)
        _poll_singly(project, lease, services)
        return
    services.stores.sweeps.succeeded(project)
    before = services.stores.sweeps.last_seen(project, list(watched))
    # In the order of `watched`: what was polled longest ago comes first.
    moved = [one for one in watched if one in seen and before.get(one, seen[one]) != seen[one]]
    if moved:
        # Of these runs only: what waits elsewhere, maybe for good, takes nothing from them.
        waiting = services.stores.outbox.count(NotificationKind.CARD_REFRESH, watched.values())
        room = max(LEAST_MOVED, MOST_MOVED - waiting)
        polled = {one: watched[one] for one in moved[:room]}
        prompt_polls(project, polled, lease, services, most=room, seen=seen)
    # What begins here was polled a moment ago, when it was submitted.
    new = {one: seen[one] for one in seen if one not in before}
    services.stores.sweeps.remember(project, new)


def _progress(
    project: str, watched: Mapping[str, str], lease: SweepLease, services: Services
) -> dict[str, str]:
    pages = services.maxcompute.of(project, Purpose.SWEEP).list_queueing_info_pages(
        project=project, status=InstanceStatus.RUNNING
    )
    return {
        info.instance_id: _shown(info)
        for page in lease.keeping(pages)
        for info in page.items
        if info.instance_id in watched
    }


def _shown(info: QueueingInfo) -> str:
    percentage = int((info.progress or 0) * 100)
    return f"{percentage} {info.wait_position or 0} {info.sub_status or ''}"
