"""A service's clock and ours are compared by the time of its answer."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from odps_bot.operations.doctor import Verdict
from odps_bot.operations.doctor.clocks import compare_clocks

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off_s", "longest_s", "verdict"),
    [
        (0, None, Verdict.OK),
        (29, None, Verdict.OK),
        (-29, 300, Verdict.OK),
        (31, None, Verdict.WARNING),
        (-31, 300, Verdict.WARNING),
        (301, 300, Verdict.FAILED),
        (-3600, 300, Verdict.FAILED),
        (3600, None, Verdict.WARNING),
    ],
)
def test_a_clock_that_is_off_is_judged_by_how_far(
    off_s: int, longest_s: int | None, verdict: Verdict
) -> None:
    date = format_datetime(NOON + timedelta(seconds=off_s), usegmt=True)
    longest = timedelta(seconds=longest_s) if longest_s else None

    [found] = compare_clocks("slack clock", date, now=NOON, longest=longest)
    assert found.verdict is verdict
    assert found.says == f"its clock and this machine's differ by {abs(off_s)} s"
    assert ("NTP" in found.remedy) is (verdict is not Verdict.OK)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 12:00:00 GMT"])
def test_an_answer_without_a_time_says_nothing(date: str) -> None:
    assert list(compare_clocks("slack clock", date, now=NOON)) == []
