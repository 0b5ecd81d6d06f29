"""Estimate and cost, with their units."""

from datetime import UTC, datetime

import pytest

from odps_bot.messages.used import usage_in_words
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
        asked_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
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
        (a_run(cost=Cost(cpu_core_s=1)), "Used less than 0.1 core-minutes"),
        (
            a_run(
                estimate=Estimate(input_bytes=3 * GB, complexity=1),
                cost=Cost(input_bytes=2 * GB, cpu_core_s=90_000, memory_gb_s=0),
            ),
            (
                "Used 2.0 GB of input, 1,500.0 core-minutes, 0.0 GB-minutes of memory"
                " · estimate 3.0 GB, complexity 1"
            ),
        ),
    ],
)
def test_what_is_known_is_said_with_its_units(run: Run, words: str) -> None:
    assert usage_in_words(run) == words
