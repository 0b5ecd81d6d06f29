"""What keeps the promises that RQ's own recovery keeps too late.

Every second one worker enqueues a job for each run that is overdue, and for an outbox that waits. A
job that was lost with its worker, or never promoted, is replaced so within seconds.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta

from redis.exceptions import RedisError

from odps_bot.runs import RunState, polling
from odps_bot.services import Services
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import DELIVERED
from workers.polling.unswept import poll_unswept, room_for_unswept
from workers.runtime.redis_troubles import RedisTroubles

log = logging.getLogger(__name__)

RECONCILE_INTERVAL = keys.reconciler_turn.life
OVERDUE_AT_ONCE = 100

#: A run that was prompted is prompted again after this, unless something happened to it.
LEASE = timedelta(seconds=15)


def reconcile_once(services: Services, *, on_tick: Callable[[], None] = lambda: None) -> None:
    """Enqueue what is overdue, if no other worker has done so within the last second.

    `on_tick` is called as it goes on: each run may wait for Redis.
    """
    if not services.redis.set(keys.reconciler_turn(), 1, nx=True, px=RECONCILE_INTERVAL):
        return
    # Where jobs pile up, more polls would not help; submissions and stops have lanes of their own.
    room = OVERDUE_AT_ONCE - services.jobs.waiting_runs()
    for run_id in services.stores.runs.claim_overdue(limit=OVERDUE_AT_ONCE, lease=LEASE):
        on_tick()
        room -= _enqueue(run_id, services, may_poll=room > 0)
    _enqueue_sweeps(services, room=room, on_tick=on_tick)
    if services.rules.group_ids and services.stores.memberships.take_turn():
        services.jobs.refresh_memberships()
    if services.stores.boards.has_any():
        boards = services.stores.boards.claim_turns(services.clock())
        services.stores.outbox.enqueue_all(NotificationKind.BOARD, boards)
    if services.stores.outbox.is_due((NotificationKind.INQUIRY,)):
        services.jobs.answer_inquiries()
    if services.stores.outbox.is_due(DELIVERED):
        services.jobs.deliver()


def detect_data_loss(memory: bytes | None, services: Services) -> bytes:
    """Say loudly when Redis has been emptied since `memory` was read from it; return it anew."""
    services.stores.owners.since(services.clock())
    kept = services.redis.get(keys.redis_id())
    if kept is None:
        services.redis.set(keys.redis_id(), secrets.token_hex(8), nx=True)
        kept = services.redis.get(keys.redis_id())
    if memory is not None and kept != memory:
        log.critical(
            "Redis was emptied or replaced: runs that were accepted before are lost. Instances"
            " that are still running in MaxCompute can be followed by an admin, with"
            " `/odps watch INSTANCE`."
        )
    return kept if isinstance(kept, bytes) else b""


def _enqueue_sweeps(services: Services, *, room: int, on_tick: Callable[[], None]) -> None:
    """Enqueue the sweeps whose turn it is, and polls where sweeps do not succeed."""
    sweeps = services.stores.sweeps
    projects = sweeps.watched_projects(services.settings.projects)
    swept = []
    for project in projects:
        on_tick()
        if sweeps.take_turn(project):
            services.jobs.sweep_project(project)
            swept.append(project)
    if not swept:
        return
    sweeps.count_watched(projects)
    left = room_for_unswept(services, room=room)
    for project in swept:
        left -= poll_unswept(project, services, room=left)


def _enqueue(run_id: str, services: Services, *, may_poll: bool) -> int:
    """Enqueue the job that the run needs; return how many polls that makes."""
    run = services.stores.runs.get_or_discard(run_id)
    if run is None:
        return 0
    if run.is_final:
        services.stores.runs.forget_deadline(run_id)
    elif run.state in {RunState.QUEUED, RunState.AWAITING_DECISION, RunState.SUBMITTING}:
        services.jobs.submit_run(run_id)
    elif polling.is_stop_unsent(run):
        services.jobs.stop_run(run_id)
    elif may_poll:
        services.jobs.poll_run(run_id)
        return 1
    return 0


def reconcile_until(
    stop: threading.Event, services: Services, *, on_tick: Callable[[], None] = lambda: None
) -> None:
    """Reconcile until `stop` is set, and call `on_tick` each time; Redis may come and go."""
    memory: bytes | None = None
    troubles = RedisTroubles(log, "the reconciler is waiting for Redis", services.redis)
    while not stop.wait(RECONCILE_INTERVAL.total_seconds()):
        on_tick()
        try:
            memory = detect_data_loss(memory, services)
            reconcile_once(services, on_tick=on_tick)
            troubles.are_over()
        except RedisError as error:
            troubles.happened(error)
        except Exception:
            log.exception("reconciling failed")
