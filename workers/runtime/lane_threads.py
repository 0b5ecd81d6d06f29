"""The threads of the lanes that run in this process."""

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError

from odps_bot.operations.health import Check
from odps_bot.operations.shutdown import GracefulShutdown
from odps_bot.services import Services
from workers.runtime.lanes import Lane
from workers.runtime.rq_worker import BotWorker, bot_worker

log = logging.getLogger(__name__)

#: How often those that wait for a job are woken when the process is to stop: one may have begun
#: to wait just after the last time.
WAKE_INTERVAL = timedelta(milliseconds=50)


class LaneThreads:
    """Workers in threads of their own, by lane."""

    def __init__(
        self, lanes: Sequence[Lane], services: Services, stopping: GracefulShutdown, *, redis: Redis
    ) -> None:
        """`redis` is for the workers alone: their reads wait for jobs."""
        # Only by this name those that wait can be told from others.
        self._client_name = f"odps-bot-worker-{uuid4().hex[:12]}"
        redis.connection_pool.connection_kwargs["client_name"] = self._client_name
        self._redis = services.redis
        self._workers: dict[str, list[BotWorker]] = {
            lane.name: [
                bot_worker(
                    services,
                    stopping,
                    redis=redis,
                    lane=lane.name,
                    queues=lane.queues,
                    is_first=number == 0,
                )
                for number in range(lane.threads)
            ]
            for lane in lanes
        }
        self._threads = [
            threading.Thread(target=worker.run, name=f"{name}-{number}")
            for name, workers in self._workers.items()
            for number, worker in enumerate(workers)
        ]

    def start(self) -> None:
        """Start to work."""
        for thread in self._threads:
            thread.start()

    def alive(self) -> Mapping[str, Check]:
        """Return a check of each lane."""
        return {f"lane {name}": partial(_problem, ws) for name, ws in self._workers.items()}

    def join(self) -> None:
        """Wait until each has finished its job; those that wait for one are woken.

        To be called when the process is to stop.
        """
        may_wake = True
        for thread in self._threads:
            while thread.is_alive():
                may_wake = may_wake and self._wake()
                thread.join(WAKE_INTERVAL.total_seconds() if may_wake else None)

    def _wake(self) -> bool:
        """Have Redis answer those that wait for a job; False: they are left to wait it out."""
        try:
            for client in self._redis.client_list(_type="normal"):
                if client.get("name") == self._client_name and client.get("cmd") == "blpop":
                    self._redis.client_unblock(int(client["id"]))
        except (RedisError, ValueError) as error:
            # It may be forbidden, or Redis be away. They wait for seconds only.
            log.debug("cannot wake the workers that wait for a job: %s", error)
            return False
        return True


def _problem(workers: Sequence[BotWorker]) -> str | None:
    return next((p for worker in workers if (p := worker.current_job.problem())), None)
