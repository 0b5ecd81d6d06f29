"""One sweep over the running instances of a project.

A list says which of the watched instances are no longer running: those are polled now, before
anything is believed, as many as can be until the next sweep. A second list says which have moved:
of those, so many are polled as cards can be updated, in all projects together. As thousands move,
and few cards can follow, a project with n thousand instances is asked for it in every n-th sweep
alone. Two requests for each thousand instances at most, however many are watched. Where a channel
has subscribed to the project, the first list also says what else has ended.
"""

import logging
import math
from collections.abc import Mapping
from functools import partial
from itertools import islice

from rq.timeouts import JobTimeoutException

from odps_bot.alerts import grouping
from odps_bot.maxcompute import InstanceStatus, MaxComputeError, QueueingInfo
from odps_bot.maxcompute.listing import PAGE_SIZE
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import lifecycle
from odps_bot.runs.progress import percent
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.ask_aside import REQUESTS_WHILE_RUNNING, ask_aside, requests_of_sweep
from workers.polling.project_activity import detect_activity
from workers.polling.prompted_polls import REQUESTS_PER_POLL, prompt_polls, room_for_polls
from workers.polling.sweep_lease import LeaseLostError, SweepLease

log = logging.getLogger(__name__)

#: Where no list can be had, so many of the watched are polled each time, the longest ago first.
SINGLE_POLLS = 50

#: So many that have moved are polled each time: Slack allows some four updates meanwhile. Projects
#: share them by what is watched in each. Where updates of cards wait already there are fewer, but
#: never none.
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
        project=project, status=InstanceStatus.RUNNING, is_brief=not is_subscribed
    )
    instances = [instance for page in lease.keeping(pages) for instance in page.items]
    running = {instance.id for instance in instances}
    gone = {one: watched[one] for one in watched if one not in running}
    ended = prompt_polls(project, gone, lease, services, most=room_for_polls(services))
    listed: Mapping[str, QueueingInfo] = {}
    if watched:
        total = max(len(watched), services.stores.sweeps.watched_total())
        _clear_doubts(project, watched, running, services)
        requests = requests_of_sweep(len(instances)) + ended * REQUESTS_PER_POLL
        every = max(1, math.ceil(len(instances) / PAGE_SIZE))
        if every == 1 or services.stores.sweeps.take_progress_turn(
            project, every=every, watched=total
        ):
            listed = _poll_moved(
                project, watched, lease, services, every=every, total=total, requests=requests
            )
    else:
        services.stores.sweeps.succeeded(project)
    if is_subscribed:
        if not watched:
            listed = _phases(project, lease, services)
        detect_activity(
            project, instances, lease, services, began=began, listed=listed, watched=watched
        )


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
    project: str,
    watched: dict[str, str],
    lease: SweepLease,
    services: Services,
    *,
    every: int,
    total: int,
    requests: int,
) -> Mapping[str, QueueingInfo]:
    """Poll what has moved since it was polled last: as much as there are updates for its cards.

    The rest, and what a worker died of, is found again by the next sweep. Only with both lists the
    sweep sees all that polls would. `requests` is how many the sweep takes besides; it is one of
    `every` so many sweeps, and `total` instances are watched in all projects.
    """
    try:
        everything = _listed(project, lease, services)
    except MaxComputeError as error:
        log.warning("cannot list the progress in project %s: %s", project, error)
        _poll_singly(project, lease, services)
        return {}
    listed = {name: everything[name] for name in watched if name in everything}
    services.stores.sweeps.succeeded(project)
    seen = {one: _shown(info) for one, info in listed.items()}
    before = services.stores.sweeps.last_seen(project, list(watched))
    # In the order of `watched`: what was polled longest ago comes first.
    moved = [one for one in watched if one in seen and before.get(one, seen[one]) != seen[one]]
    if moved:
        # Of these runs only: what waits elsewhere, maybe for good, takes nothing from them.
        waiting = services.stores.outbox.count(NotificationKind.CARD_REFRESH, watched.values())
        share = len(watched) / total
        room = math.ceil(every * max(LEAST_MOVED, MOST_MOVED - waiting) * share)
        polled = {one: watched[one] for one in moved[:room]}
        polls = prompt_polls(project, polled, lease, services, most=room, seen=seen)
        requests += polls * REQUESTS_WHILE_RUNNING
    # What begins here was polled a moment ago, when it was submitted.
    new = {one: seen[one] for one in seen if one not in before}
    services.stores.sweeps.remember(project, new)
    # Last: nobody waits for it.
    ask_aside(project, watched, listed, lease, services, total=total, watching_requests=requests)
    return everything


def _phases(project: str, lease: SweepLease, services: Services) -> Mapping[str, QueueingInfo]:
    """Return how far all jobs are, where a channel wants to know what is slow or sick."""
    subscriptions = services.stores.subscriptions.to(project)
    if not any(map(grouping.wants_phases, subscriptions)):
        return {}
    try:
        return _listed(project, lease, services)
    except MaxComputeError as error:
        log.warning("cannot list how far the jobs of project %s are: %s", project, error)
        return {}


def _listed(project: str, lease: SweepLease, services: Services) -> dict[str, QueueingInfo]:
    pages = services.maxcompute.of(project, Purpose.SWEEP).list_queueing_info_pages(
        project=project, status=InstanceStatus.RUNNING
    )
    return {info.instance_id: info for page in lease.keeping(pages) for info in page.items}


def _shown(info: QueueingInfo) -> str:
    return f"{percent(info.progress)} {info.wait_position or 0} {info.sub_status or ''}"
