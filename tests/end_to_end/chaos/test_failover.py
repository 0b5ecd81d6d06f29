"""The primary dies, falls silent or is demoted: a command waits for its successor, in seconds."""

import time

import pytest
from redis.exceptions import RedisError

from benchmarks.world.replicated_redis import ReplicatedRedis
from odps_bot.store.connections import listener_redis, worker_redis

#: The Sentinels take three of them to be sure.
BAR_S = 10

#: Slack waits no longer.
ACK_S = 3


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["kill", "stop", "demote"])
def test_a_worker_goes_on_with_the_new_primary(fault):
    with ReplicatedRedis() as servers, worker_redis(servers.url) as redis:
        redis.set("before", 1)
        former = servers.primary_port()
        began = time.monotonic()

        getattr(servers, f"{fault}_primary")()
        while port_of(redis) == former:
            time.sleep(0.05)
        redis.set("after", 1)

        assert time.monotonic() - began < BAR_S
        assert redis.get("before") == b"1"
        # Leases of posts may be lost with the former primary.
        assert redis.exists("odps-bot:failed-over")
        with servers.client(servers.primary_port()) as primary:
            assert primary.get("after") == b"1"


def port_of(redis):
    """Return where a command of ours is carried out."""
    return redis.info("server")["tcp_port"]


@pytest.mark.timeout(120)
def test_a_person_is_answered_in_time_while_the_primary_is_silent():
    with ReplicatedRedis() as servers, listener_redis(servers.url) as redis:
        redis.set("before", 1)
        servers.stop_primary()
        began = time.monotonic()

        with pytest.raises(RedisError):
            redis.set("during", 1)

        assert time.monotonic() - began < ACK_S
        servers.wait_for_failover()
        redis.set("after", 1)
