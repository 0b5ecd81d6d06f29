"""The doctor looks at the copies of Redis, and at its Sentinels."""

from odps_bot.config.redis_address import RedisCopies, read_redis_address
from odps_bot.operations.doctor import Verdict
from odps_bot.operations.doctor.replication_checks import check_copies, check_sentinels
from odps_bot.store.connections import sentinel_clients, worker_redis

OK, UNTRIED, WARNING, FAILED = Verdict


def test_a_primary_with_its_replica_and_sentinels_is_well(replicated):
    address = read_redis_address(replicated.url)
    with worker_redis(replicated.url) as redis:
        about = redis.info("everything")

    assert check_copies(RedisCopies(replicas=1), about).verdict is OK
    assert check_copies(RedisCopies(replicas=2), about).verdict is FAILED
    unused = check_copies(RedisCopies(), about)
    assert unused.verdict is WARNING
    assert "ODPS_BOT_REDIS_REPLICAS=1" in unused.remedy
    found = check_sentinels(address.service, sentinel_clients(address))
    assert found.verdict is OK
    assert found.says == "3 agree"


def test_sentinels_that_do_not_respond_are_named(replicated):
    here = replicated.url.partition("@")[2].partition(",")[0]
    for hosts, verdict in ((f"{here},127.0.0.1:9", WARNING), ("127.0.0.1:9", FAILED)):
        url = f"redis+sentinel://{hosts}/odps?sentinel_password={replicated.sentinel_password}"
        address = read_redis_address(url)

        found = check_sentinels(address.service, sentinel_clients(address))

        assert found.verdict is verdict
        assert "127.0.0.1:9" in found.says


def test_a_single_server_has_no_copies_and_needs_none(redis):
    about = redis.info("everything")

    assert check_copies(RedisCopies(), about).verdict is OK
    assert check_copies(RedisCopies(replicas=1), about).verdict is FAILED
    assert check_copies(RedisCopies(is_on_disk=True), about).verdict is OK


def test_what_the_disk_cannot_confirm_is_named():
    old, without_file = {"redis_version": "7.0.15", "aof_enabled": 1}, {"redis_version": "9.1.2"}

    for about in (old, without_file):
        found = check_copies(RedisCopies(is_on_disk=True), about)
        assert found.verdict is FAILED
        assert "ODPS_BOT_REDIS_REPLICAS=0" in found.remedy
