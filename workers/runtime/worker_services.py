"""The services of this worker process; RQ calls jobs by name and can hand them nothing else."""

import functools
import os

from odps_bot.config.settings import Settings
from odps_bot.services import Services
from odps_bot.store.connections import worker_redis
from workers.delivery.senders import SenderPool
from workers.polling.held_runs import make_pool
from workers.polling.hold_pool import HoldPool


@functools.cache
def get_services() -> Services:
    """Return the process's services, built from the environment at the first call."""
    settings = Settings.from_environ(os.environ)
    redis = worker_redis(settings.redis_url, ca_file=settings.redis_ca)
    return Services.from_settings(settings, redis=redis)


@functools.cache
def get_senders() -> SenderPool:
    """Return the threads of this process that send to Slack; none is started before it is used."""
    return SenderPool()


@functools.cache
def get_hold_pool() -> HoldPool:
    """Return the threads of this process that wait for ends; none is started before it is used."""
    return make_pool(get_services())
