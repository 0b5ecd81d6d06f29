"""Whatever goes wrong, the person is told, and told nothing that is for the log only."""

import logging
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.commands import Answer
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError, UsageError
from odps_bot.listeners.error_boundary import attempt, new_reference
from odps_bot.messages import Message
from odps_bot.store.connections import listener_redis

REFERENCE = re.compile(r"ref `([0-9a-f]{8})`")


def said_of(error: Exception) -> str:
    def act() -> Answer:
        raise error

    answer = attempt(act).answer
    assert isinstance(answer, Message)
    return answer.text


@pytest.mark.parametrize("answer", [Message("hello"), None])
def test_what_goes_well_is_answered_as_it_is(answer: Answer) -> None:
    assert attempt(lambda: answer).answer == answer


@pytest.mark.parametrize(
    "kind", [CommandError, partial(DeniedError, denial=Denial(code=DenialCode.OTHER_CHANNEL))]
)
def test_what_a_person_cannot_do_is_said_as_it_is(kind: Callable[[str], CommandError]) -> None:
    assert said_of(kind("Run `r1` belongs to <#C2>.")) == ":x: Run `r1` belongs to <#C2>."


def test_a_command_that_was_not_understood_comes_with_its_usage() -> None:
    said = said_of(UsageError("Name one ID at a time.", usage="/odps stop [ID]"))

    assert said == ":x: Name one ID at a time.\nUsage: `/odps stop [ID]`"


def test_without_redis_the_person_knows_that_nothing_was_submitted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = said_of(RedisConnectionError("Error 111 connecting to redis:6379"))

    reference = REFERENCE.search(said)
    assert "I can't reach my database (Redis)" in said
    assert "Nothing was submitted or changed." in said
    assert reference is not None
    assert reference[1] in caplog.text
    assert "Error 111" not in said


def test_a_fault_of_ours_is_in_the_log_under_the_reference_that_the_person_sees(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        said = said_of(KeyError("team_id"))

    reference = REFERENCE.search(said)
    assert reference is not None
    assert reference[1] in caplog.text
    assert "KeyError" in caplog.text
    assert "KeyError" not in said
    assert "team_id" not in said
    assert "/odps status" in said


def test_references_differ() -> None:
    assert len({new_reference() for _ in range(100)}) == 100


def test_a_redis_that_is_gone_is_noticed_in_time_for_slack(tmp_path: Path) -> None:
    redis = listener_redis(f"unix://{tmp_path}/gone.sock")
    began = time.monotonic()

    said = attempt(lambda: Message(str(redis.ping()))).answer

    assert isinstance(said, Message)
    assert "Nothing was submitted" in said.text
    assert time.monotonic() - began < 2.5
