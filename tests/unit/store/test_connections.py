"""How Sentinels and servers are connected to."""

import pytest

from odps_bot.config.redis_address import read_redis_address
from odps_bot.store.connections import sentinel_clients, worker_redis

#: By default Redis and its Sentinels ask for a certificate where they use TLS.
ADDRESS = (
    "rediss+sentinel://:secret@sentinel-1,sentinel-2/odps/0?ssl_certfile=/bot.crt"
    "&ssl_keyfile=/bot.key&ssl_check_hostname=false&sentinel_password=hush"
)


def test_sentinels_are_shown_the_same_certificate_as_servers() -> None:
    address = read_redis_address(ADDRESS)
    server = worker_redis(ADDRESS, ca_file="/ca.crt").connection_pool.connection_kwargs
    for sentinel in sentinel_clients(address, ca_file="/ca.crt"):
        options = sentinel.connection_pool.connection_kwargs
        for name in ("ssl_certfile", "ssl_keyfile", "ssl_check_hostname", "ssl_ca_certs"):
            assert options[name] == server[name]
        assert options["password"] == "hush"


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_what_an_address_says_of_servers_alone_is_not_for_sentinels(scheme: str) -> None:
    address = read_redis_address(f"{scheme}+sentinel://bot:secret@s/odps/3?socket_timeout=7")
    options = sentinel_clients(address)[0].connection_pool.connection_kwargs

    assert (options["username"], options["password"], options["db"]) == (None, None, 0)
    assert options["socket_timeout"] < 1
