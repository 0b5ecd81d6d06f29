"""REDIS_URL: one server, or the Sentinels that know where the primary is."""

import pytest

from odps_bot.config.redis_address import read_redis_address

THREE = "sentinel-1:26379,sentinel-2:26380,[::1]"


def test_sentinels_are_read_with_their_service_database_and_passwords() -> None:
    found = read_redis_address(
        f"redis+sentinel://bot:pa%40ss@{THREE}/odps/3?sentinel_password=hu%26sh&socket_timeout=7"
    )

    assert found.sentinels == (("sentinel-1", 26379), ("sentinel-2", 26380), ("::1", 26379))
    assert found.service == "odps"
    assert found.options["db"] == 3
    assert found.options["username"] == "bot"
    assert found.options["password"] == "pa@ss"
    assert found.options["socket_timeout"] == 7
    assert found.sentinel_options == {"password": "hu&sh"}
    assert set(found.passwords) == {"pa@ss", "hu&sh"}
    assert not found.is_encrypted


def test_sentinels_by_tls_need_no_database() -> None:
    found = read_redis_address(f"rediss+sentinel://{THREE}/odps")

    assert found.is_encrypted
    assert found.options["db"] == 0
    assert found.passwords == ()


def test_one_server_is_what_redis_py_makes_of_it() -> None:
    found = read_redis_address("rediss://:secret@redis.example.com:6380/2")

    assert found.sentinels == ()
    assert found.options["host"] == "redis.example.com"
    assert found.options["port"] == 6380
    assert found.options["db"] == 2
    assert found.is_encrypted
    assert read_redis_address("unix://:secret@/run/redis.sock").is_socket


def test_what_is_shown_of_an_address_has_no_password() -> None:
    found = read_redis_address(f"redis+sentinel://:se-cret@{THREE}/odps/0?sentinel_password=hush")

    for shown in (repr(found), found.in_words):
        assert "se-cret" not in shown
        assert "hush" not in shown
    assert "sentinel-2:26380" in found.in_words


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://:very-secret@a:26379,b:26379",
        "redis+sentinel://:very-secret@a:26379,b:26379/",
        "redis+sentinel://:very-secret@a:26379,b:26379/0",
        "redis+sentinel://:very-secret@a:26379,b:26379/odps/first",
        "redis+sentinel://:very-secret@a:26379,,b/odps/0",
        "redis+sentinel://:very-secret@a:many/odps/0",
        "redis+sentinel://:very/secret@a:1/odps/0",
        "redis+sentinel://:very#secret@a:1/odps/0",
        "redis+sentinel://:very-secret@a:1/odps/0?nothing=1",
        "redis-sentinel://:very-secret@a:1/odps/0",
    ],
)
def test_an_address_of_sentinels_that_cannot_be_used_is_refused_without_quoting_it(
    url: str,
) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        read_redis_address(url)
    assert "secret" not in str(refused.value)
