"""Real Redis servers that cannot serve: each is named, and no examination ends early."""

import re
from pathlib import Path

import pytest
from redis import Redis

from odps_bot.operations.doctor import Verdict, summary
from odps_bot.sandbox.ports import free_port
from odps_bot.store import keys

OK, UNTRIED, WARNING, FAILED = Verdict

#: What comes last: whoever finds it has seen all checks.
LAST = "workers"


def feel_a_pulse(url):
    """Leave what a worker leaves, so that none is waited for."""
    with Redis.from_url(url) as client:
        client.set(keys.reconciler_turn(), 1)


def test_a_replica_is_named_as_what_it_is(installation, assert_found, start_redis):
    url = start_redis("replicaof 127.0.0.1 9")

    found = installation.examine(REDIS_URL=url)

    assert_found(
        found["redis role"],
        FAILED,
        says="a read-only replica of 127.0.0.1:9",
        remedy="at the primary",
    )
    assert "its link to the primary is down" in found["redis role"].says
    assert_found(found["redis writes"], FAILED, says="refused", remedy="at the primary")
    assert found["redis mode"].verdict is OK
    assert LAST in found


def test_a_node_of_a_cluster_is_named_and_all_checks_are_made(
    installation, assert_found, start_redis
):
    url = start_redis("cluster-enabled yes", f"cluster-port {free_port()}")

    found = installation.examine(REDIS_URL=url)

    assert_found(
        found["redis mode"], FAILED, says="a node of a Redis Cluster", remedy="without cluster mode"
    )
    assert_found(found["redis writes"], FAILED, says="refused", remedy="mode")
    assert found["redis latency"].verdict is OK
    assert_found(found["redis keys"], FAILED, says="not checked", remedy="Redis")
    assert found["slack"].verdict is OK
    assert LAST in found


@pytest.mark.parametrize(
    ("lacks", "subject", "says"),
    [
        ("-time", "redis clock", "'time'"),
        ("-info", "redis info", "'info'"),
        ("-setrange", "redis writes", "'setrange'"),
        ("-type", "redis keys", "'type'"),
    ],
)
def test_a_user_who_may_not_ask_something_is_named_and_the_rest_is_checked(
    installation, assert_found, start_redis, *, lacks, subject, says
):
    url = start_redis(f"user bot on >very-secret ~* &* +@all {lacks}")
    feel_a_pulse(url)
    url = url.replace("//", "//bot:very-secret@")

    found = installation.examine(REDIS_URL=url)

    assert_found(found[subject], FAILED, says=says, remedy="ACL user")
    assert found["redis latency"].verdict is OK
    assert found["slack"].verdict is OK
    assert LAST in found
    assert summary(installation.found).verdict is FAILED
    assert subject in summary(installation.found).says


def test_the_user_of_the_documentation_may_do_all_that_is_asked(installation, start_redis):
    page = Path(__file__).parents[3] / "docs/operating.md"
    [rights] = re.findall(r"ACL SETUSER odps-bot on >PASSWORD (.+)", page.read_text())
    url = start_redis(f"user odps-bot on >very-secret {rights}", "maxmemory 1gb", "appendonly yes")
    feel_a_pulse(url)

    installation.examine(REDIS_URL=url.replace("//", "//odps-bot:very-secret@"))

    assert summary(installation.found).verdict is OK, summary(installation.found)


def test_a_sentinel_is_named_as_what_it_is(installation, assert_found, start_redis):
    url = start_redis(
        "sentinel monitor primary 127.0.0.1 9 1", "protected-mode no", arguments=["--sentinel"]
    )

    found = installation.examine(REDIS_URL=url)

    assert_found(found["redis mode"], FAILED, says="a sentinel", remedy="redis+sentinel://")
    assert LAST in found


def test_a_redis_that_is_full_refuses_writes(installation, assert_found, start_redis):
    url = start_redis("maxmemory-policy noeviction")
    feel_a_pulse(url)
    with Redis.from_url(url) as client:
        client.config_set("maxmemory", 1_000)

    found = installation.examine(REDIS_URL=url)

    assert_found(found["redis memory"], FAILED, says="MiB used of", remedy="more memory")
    assert_found(found["redis writes"], FAILED, says="is full", remedy="raise its maxmemory")
    assert LAST in found


def test_a_redis_without_a_limit_of_memory_is_doubted(installation, assert_found, start_redis):
    url = start_redis("maxmemory 0")
    feel_a_pulse(url)

    found = installation.examine(REDIS_URL=url)

    assert_found(found["redis memory"], WARNING, says="without a limit", remedy="maxmemory")


def test_a_redis_that_is_loading_is_waited_for(installation, assert_found, start_redis, tmp_path):
    first = start_redis()
    with Redis.from_url(first) as client:
        for number in range(200):
            client.set(f"key-{number}", "x" * 5_000)
        client.set(keys.reconciler_turn(), 1)
        client.save()
    slowly = ("key-load-delay 15000", "loading-process-events-interval-bytes 1024")
    url = start_redis("rdbcompression no", *slowly, data=tmp_path)

    found = installation.examine(REDIS_URL=url)

    assert_found(found["redis"], FAILED, says="loading its data", remedy="wait")
    assert LAST in found


class BrokenRedis(Redis):
    """A Redis whose answers cannot be read."""

    def info(self, *_arguments, **_options):
        raise ValueError("no number:\n'x'")


def test_a_check_that_breaks_is_a_finding_with_what_it_said(installation, assert_found):
    found = installation.examine(redis=BrokenRedis.from_url(installation.redis.url))

    says = "the check failed: ValueError: no number: 'x'"
    assert_found(found["redis info"], FAILED, says=says, remedy="report it")
    assert found["redis latency"].verdict is OK
    assert found[LAST].verdict is OK


def test_credentials_that_cannot_be_had_do_not_end_the_examination(installation):
    # Alibaba Cloud's package finds nothing here.
    found = installation.examine(ODPS_BOT_CREDENTIALS="alibabacloud")

    assert found["maxcompute sandbox"].verdict is FAILED
    assert LAST in found
