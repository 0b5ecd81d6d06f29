"""Rights are asked for again right before a run is submitted; MaxCompute helps to hold reads."""

from dataclasses import replace
from typing import Any

import pytest

from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.maxcompute import InstanceFailedError
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import Run, RunState
from odps_bot.store import keys
from odps_bot.store.audit import AuditKind
from odps_bot.store.project_locks import ProjectLock

WRITE = "run create table kept as select 1 as a"


def denials(world: Any) -> list[tuple[str, str, str]]:
    trail = world.services.stores.audit.read()
    return [
        (line.user_id, line.run, line.detail) for line in trail if line.kind is AuditKind.DENIAL
    ]


def settings(world: Any, run: Run) -> dict[str, str]:
    """Return what was sent beside the statement."""
    source = world.services.maxcompute.default.get_instance(run.instance_id).get_source()
    return dict(source.tasks[0].settings)


def lock(world: Any) -> None:
    world.services.stores.locks.lock(
        ProjectLock(
            project="sandbox", reason="month's end", user_id="U0BOB", at=world.services.clock()
        )
    )


def refusal(world: Any, run: Run) -> str:
    """Submit, tell, and return what the requester reads."""
    ended = world.finish(run)
    assert ended.state is RunState.REFUSED
    assert world.maxcompute.instances() == []
    return outcome_in_words(ended)


def test_what_was_accepted_before_a_lock_is_not_submitted_behind_it(world: Any) -> None:
    run = world.ask(WRITE)
    lock(world)

    said = refusal(world, run)

    assert said.startswith("This run is no longer allowed: the project is locked: month's end.")
    assert "Nothing was submitted." in said
    assert denials(world) == [(run.user_id, run.name, "the project is locked: month's end")]


def test_a_damaged_lock_holds_at_the_submission_too(world: Any) -> None:
    run = world.ask(WRITE)
    world.services.redis.hset(keys.locks(), "sandbox", b"?")

    assert "the project is locked: the record of its lock is corrupt" in refusal(world, run)


def test_a_read_is_submitted_behind_a_lock(world: Any) -> None:
    run = world.ask("run select 1")
    lock(world)

    assert world.finish(run).state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("rules", "detail"),
    [
        (
            Rules(default_role=Role.WRITER),
            "needs operator to create or drop tables; the person has writer",
        ),
        (
            Rules(default_role=Role.ADMIN, default_channel=Channel(highest_role=Role.RUNNER)),
            "needs operator to create or drop tables; the channel allows runner",
        ),
        (
            Rules(default_role=Role.ADMIN, default_channel=Channel(projects=("analytics",))),
            "project sandbox is not available in the channel",
        ),
    ],
)
def test_a_right_that_was_lost_meanwhile_counts(world: Any, rules: Rules, detail: str) -> None:
    run = world.ask(WRITE)
    world.services = replace(world.services, rules=rules)

    assert detail in refusal(world, run)
    assert denials(world) == [(run.user_id, run.name, detail)]


def test_whoever_has_left_the_group_meanwhile_runs_nothing_more(world: Any) -> None:
    rules = Rules(default_role=Role.NONE, groups={"S0DATAPLAT": Role.ADMIN})
    world.services = replace(world.services, rules=rules)
    world.services.stores.memberships.remember("S0DATAPLAT", ["U0ALICE"])
    run = world.ask(WRITE)
    world.services.stores.memberships.remember("S0DATAPLAT", [])

    assert "the person has none" in refusal(world, run)


def test_a_job_is_not_taken_up_for_whoever_may_no_longer_follow_it(world: Any) -> None:
    elsewhere = world.services.maxcompute.default.run_sql("select 1")
    run = world.ask(f"watch {elsewhere.id}")
    world.services = replace(world.services, rules=Rules(default_role=Role.VIEWER))

    assert world.submit(run).state is RunState.REFUSED


def test_a_read_carries_the_engines_own_guard_and_a_write_does_not(world: Any) -> None:
    read, write = (world.submit(world.ask(typed)) for typed in ("run select 1", WRITE))

    assert settings(world, read)["odps.sql.read.only"] == "true"
    assert "odps.sql.read.only" not in settings(world, write)


def test_the_guard_holds_what_should_change_something_after_all(world: Any) -> None:
    client = world.services.maxcompute.default

    with pytest.raises(InstanceFailedError, match=r"read.?only"):
        client.execute_sql(
            "create table kept as select 1 as a", hints={"odps.sql.read.only": "true"}
        )
