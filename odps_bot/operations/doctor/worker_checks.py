"""Check that workers are running, and that no backlog builds up."""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

from redis import Redis

from odps_bot.operations.doctor.finding import Finding, failed, graded, ok
from odps_bot.operations.queue_statistics import read_queue_statistics
from odps_bot.services import Services
from odps_bot.store import keys
from odps_bot.store.outbox import BEST_EFFORT

#: A worker's reconciler updates its key every second.
PATIENCE = timedelta(seconds=3)

LATE, TOO_LATE = timedelta(minutes=1), timedelta(minutes=5)
START_MORE = "start more workers; their logs show what takes so long"


def check_workers(services: Services) -> Iterator[Finding]:
    """Yield the findings. Raises redis.RedisError if Redis is unreachable."""
    if _is_worker_running(services.redis):
        yield ok("workers", "at least one is running")
    else:
        remedy = "start one: `odps-bot worker`"
        yield failed("workers", "none is running: accepted runs wait", remedy)
    statistics = read_queue_statistics(services)
    waiting = sum(statistics.queues.values())
    yield _judged("queues", f"{waiting} jobs waiting", statistics.longest_wait)
    promised = {k: late for k, late in statistics.outbox_overdue.items() if k not in BEST_EFFORT}
    yield _outbox(statistics.outbox, promised)
    yield _judged("runs", f"{statistics.runs} active", statistics.run_overdue)


def _is_worker_running(redis: Redis) -> bool:
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < deadline:
        if redis.exists(keys.reconciler_turn()):
            return True
        time.sleep(0.1)
    return False


def _outbox(depths: Mapping[str, int], lateness: Mapping[str, timedelta]) -> Finding:
    kind, late = max(lateness.items(), key=lambda item: item[1])
    says = f"{sum(depths.values())} notifications pending"
    return _judged("outbox", f"{says}, {kind} overdue" if late else says, late)


def _judged(subject: str, says: str, late: timedelta) -> Finding:
    if late > LATE:
        says = f"{says}, up to {int(late.total_seconds())} s late"
    is_late, is_too_late = late > LATE, late > TOO_LATE
    return graded(subject, says, START_MORE, is_warning=is_late, is_failed=is_too_late)
