"""Each trouble of Redis has a name, whichever way redis-py words it."""

import pytest
from redis._parsers.base import BaseParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from odps_bot.store.redis_trouble import RedisTrouble, describe, trouble_of

SAID = {
    "OOM command not allowed when used memory > 'maxmemory'.": RedisTrouble.FULL,
    "MISCONF Redis is configured to save RDB snapshots": RedisTrouble.DISK,
    "NOPERM User bot has no permissions to run the 'set' command": RedisTrouble.PERMISSION,
    "LOADING Redis is loading the dataset in memory": RedisTrouble.LOADING,
    "READONLY You can't write against a read only replica.": RedisTrouble.READ_ONLY,
    "UNBLOCKED force unblock from blocking operation": RedisTrouble.READ_ONLY,
    "MASTERDOWN Link with MASTER is down": RedisTrouble.READ_ONLY,
    "NOREPLICAS Not enough good replicas to write.": RedisTrouble.NO_REPLICAS,
    "WRONGPASS invalid username-password pair or user is disabled.": RedisTrouble.PASSWORD,
    "NOAUTH Authentication required.": RedisTrouble.PASSWORD,
    "ERR invalid password": RedisTrouble.PASSWORD,
    "MOVED 3999 127.0.0.1:6381": RedisTrouble.CLUSTER,
    "CROSSSLOT Keys in request don't hash to the same slot": RedisTrouble.CLUSTER,
    "CLUSTERDOWN Hash slot not served": RedisTrouble.CLUSTER,
    "ERR unknown command": RedisTrouble.REFUSED,
    "ERR Error running script: @user_script: 3: -OOM command not allowed": RedisTrouble.FULL,
}


@pytest.mark.parametrize("said", SAID)
def test_what_redis_says_has_a_name(said: str) -> None:
    error = BaseParser.parse_error(said)

    assert trouble_of(error) is SAID[said]
    assert describe(error).startswith(SAID[said].in_words)


@pytest.mark.parametrize("error", [RedisConnectionError("refused"), RedisTimeoutError("timeout")])
def test_a_server_that_does_not_respond_is_unreachable(error: RedisError) -> None:
    assert trouble_of(error) is RedisTrouble.UNREACHABLE


def test_what_somebody_wrote_is_no_error_of_redis() -> None:
    said = "Command # 2 (SET x 'select -OOM from READONLY') of pipeline caused error: ERR no"
    error = ResponseError(said)

    assert trouble_of(error) is RedisTrouble.REFUSED
    assert "select" not in describe(error)


def test_a_code_that_redis_py_has_cut_off_is_shown() -> None:
    error = BaseParser.parse_error("OOM command not allowed")

    assert describe(error) == "is full: its maxmemory is reached (OOM command not allowed)"


@pytest.mark.parametrize("trouble", RedisTrouble)
def test_each_has_words_and_a_remedy(trouble: RedisTrouble) -> None:
    assert trouble.in_words
    assert trouble.remedy
