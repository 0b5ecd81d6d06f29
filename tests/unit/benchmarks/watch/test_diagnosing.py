"""The row about sick instances: what the stand-in shows is what the rules look for."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.watch.diagnosing import Diagnosed, bars_of, diagnosing_section
from benchmarks.world.diagnosis import RULE_S, skewed_stages, skewed_workers
from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.finding import Kind
from odps_bot.diagnosis.snapshots import Snapshot, SubStatus
from odps_bot.diagnosis.source_facts import source_facts
from odps_bot.maxcompute.models.responses import parse_progress
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from workers.polling.diagnosis_snapshot import snapshot_from

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def kind_after(left_alone_s: float) -> Kind | None:
    workers = skewed_workers(NOW.timestamp(), left_alone_s).encode()
    listed = Snapshot(at=NOW - timedelta(seconds=2), sub_status=SubStatus(code=1042))
    asked = snapshot_from(
        at=NOW,
        progress=parse_progress(skewed_stages(left_alone_s).encode()),
        workers=parse_stage_workers(workers, now=NOW),
    )
    facts = source_facts("insert overwrite table a select * from b join c on b.x = c.x")
    found = diagnose((listed, asked), facts, None, Thresholds(), NOW).finding
    return found.kind if found else None


def test_a_sick_instance_is_called_skewed_as_soon_as_the_rule_is_true_and_no_sooner() -> None:
    assert kind_after(RULE_S - 5) is None
    assert kind_after(RULE_S + 10) is Kind.SKEW


def diagnosed(*, is_diagnosing: bool, requests: float, **facts: int) -> Diagnosed:
    return Diagnosed(
        is_diagnosing=is_diagnosing,
        count=1_000,
        sick=3,
        requests_a_minute=requests,
        cpu_s_a_minute=6,
        found_after_s=[100, 150, 300] if is_diagnosing else [],
        **{"not_found": 0, "wrongly_found": 0, **facts},
    )


def test_the_section_has_both_rows_and_how_soon_the_sick_are_found() -> None:
    without = diagnosed(is_diagnosing=False, requests=100)
    section = diagnosing_section(
        (without, diagnosed(is_diagnosing=True, requests=125)), machine="a machine"
    )

    assert "| with the diagnosis | 1,000 | 3 | 125 | 10.0 | 3 | 150 s | 300 s |" in section
    assert "**1.25**" in section


@pytest.mark.parametrize("facts", [{"not_found": 1}, {"wrongly_found": 1}, {"requests": 131}])
def test_a_bar_that_is_missed_is_told(facts: dict[str, int]) -> None:
    found = diagnosed(is_diagnosing=True, **{"requests": 125, **facts})
    held = bars_of(diagnosed(is_diagnosing=False, requests=100), found)

    assert [bar.holds for bar in held].count(False) == 1
