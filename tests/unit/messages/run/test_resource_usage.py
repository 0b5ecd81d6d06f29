"""Estimate and cost, with their units."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from odps_bot.config.rules import Money
from odps_bot.messages.run.resource_usage import usage_in_words
from odps_bot.runs import Cost, Estimate, Run, RunState

GB = 2**30


def a_run(*, estimate: Estimate | None = None, cost: Cost | None = None) -> Run:
    return Run(
        run_id="0a1b2c",
        name="r42",
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        project="sandbox",
        sql="select 1",
        state=RunState.SUCCEEDED,
        requested_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        estimate=estimate,
        cost=cost,
    )


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (a_run(), ""),
        (a_run(cost=Cost()), ""),
        (
            a_run(estimate=Estimate(input_bytes=3 * GB, complexity=1.5)),
            "Estimate 3.0 GB, complexity 1.5",
        ),
        (a_run(cost=Cost(input_bytes=0)), "Used 0 B of input"),
        (a_run(cost=Cost(cpu_core_s=1)), ""),
        (a_run(cost=Cost(input_bytes=28, cpu_core_s=1, memory_gb_s=5)), "Used 28 B of input"),
        (a_run(cost=Cost(memory_gb_s=6)), "Used 0.1 GB-minutes of memory"),
        (
            a_run(
                estimate=Estimate(input_bytes=3 * GB, complexity=1),
                cost=Cost(input_bytes=2 * GB, cpu_core_s=90_000, memory_gb_s=0),
            ),
            ("Used 2.0 GB of input, 1,500.0 core-minutes · estimate 3.0 GB, complexity 1"),
        ),
    ],
)
def test_what_is_known_is_said_with_its_units(run: Run, words: str) -> None:
    assert usage_in_words(run) == words


@pytest.mark.parametrize(
    ("state", "input_bytes", "words"),
    [
        (RunState.SUCCEEDED, 2 * GB, "Used 2.0 GB of input ≈ 0.60 CNY"),
        (RunState.SUCCEEDED, 28, "Used 28 B of input ≈ less than 0.01 CNY"),
        (RunState.FAILED, 2 * GB, "Used 2.0 GB of input (not charged)"),
    ],
)
def test_what_it_has_cost_is_told_where_there_is_a_price(
    state: RunState, input_bytes: int, words: str
) -> None:
    run = msgspec.structs.replace(
        a_run(cost=Cost(input_bytes=input_bytes)),
        state=state,
        instance_id="20261122120001123gabcde",
        price_per_gb=Money(amount=Decimal("0.3"), currency="CNY"),
    )

    assert usage_in_words(run) == words
