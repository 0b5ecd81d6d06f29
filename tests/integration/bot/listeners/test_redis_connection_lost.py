"""Redis is lost in the middle of a command: what the person is told is true."""

import dataclasses
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError, RedisError

from odps_bot.errors import CommandError, UnconfirmedError
from odps_bot.listeners.error_boundary import attempt
from odps_bot.runs import RunState, RunStore
from odps_bot.store.write_confirmation import WriteConfirmation


class LostQueue:
    """A queue that no longer answers."""

    def __getattr__(self, name: str) -> Any:
        def lost(*_: object, **__: object) -> None:
            raise RedisError(name)

        return lost


class LostAfterwards(Redis):
    """A connection that breaks after a transaction was carried out."""

    def pipeline(self, *args: Any, **options: Any) -> Any:
        pipe = super().pipeline(*args, **options)

        class Lost(type(pipe)):
            def execute(self, *args: Any, **options: Any) -> Any:
                super().execute(*args, **options)
                raise RedisError("lost")

        pipe.__class__ = Lost
        return pipe


def lose_queue(person: Any) -> None:
    person.services = dataclasses.replace(person.services, jobs=LostQueue())


def test_a_run_that_is_kept_is_accepted_though_its_job_is_lost(alice: Any, bot: Any) -> None:
    lose_queue(alice)
    answer = alice.types("run select 1")

    assert answer is None
    assert bot.newest_run().state is RunState.QUEUED
    assert bot.redis.zcard("odps-bot:due") == 1


def test_a_stop_that_is_kept_is_answered_though_its_job_is_lost(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING)
    lose_queue(alice)

    assert "Stopping" in alice.reads("stop r1")
    assert bot.newest_run().state is RunState.STOPPING


def test_a_run_that_may_be_kept_is_not_called_nothing(alice: Any, bot: Any) -> None:
    pool = bot.redis.connection_pool
    breaking = RunStore(LostAfterwards(connection_pool=pool), keep=bot.services.settings.keep_runs)
    alice.services = dataclasses.replace(
        bot.services, stores=dataclasses.replace(bot.services.stores, runs=breaking)
    )

    with pytest.raises(CommandError, match="Wait for that before you try again"):
        alice.types("run select 1")
    assert bot.newest_run().name == "r1"
    assert bot.services.stores.runs.find("T1", "r1") == bot.newest_run()


def test_a_run_without_a_second_copy_is_accepted_with_a_warning(alice: Any, bot: Any) -> None:
    settings = bot.services.settings
    runs = RunStore(bot.redis, keep=settings.keep_runs, confirmation=WriteConfirmation(replicas=1))
    stores = dataclasses.replace(bot.services.stores, runs=runs)
    alice.services = dataclasses.replace(bot.services, stores=stores)

    with pytest.raises(UnconfirmedError, match="no second copy") as warning:
        alice.types("run select 1")

    assert bot.newest_run().state is RunState.QUEUED
    assert bot.services.jobs.waiting_runs() == 1
    shown = attempt(lambda: raise_(warning.value))
    assert shown.outcome == "answered"
    assert "`r1` is accepted and stored" in shown.answer.text


def raise_(error: Exception) -> None:
    raise error


def test_a_full_redis_has_certainly_stored_nothing(alice: Any, bot: Any) -> None:
    class Full(RunStore):
        def create_confirmed(self, *_: object, **__: object) -> Any:
            raise OutOfMemoryError("command not allowed", status_code="OOM")

    runs = Full(bot.redis, keep=bot.services.settings.keep_runs)
    stores = dataclasses.replace(bot.services.stores, runs=runs)
    alice.services = dataclasses.replace(bot.services, stores=stores)

    with pytest.raises(OutOfMemoryError):
        alice.types("run select 1")


def test_the_clock_is_that_of_redis(bot: Any) -> None:
    services = type(bot.services).from_settings(bot.services.settings, redis=bot.redis)
    seconds, _ = bot.redis.time()

    assert 0 <= services.clock().timestamp() - seconds < 5
