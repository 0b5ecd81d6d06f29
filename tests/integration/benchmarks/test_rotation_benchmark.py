"""The real bot while Slack replaces its connections: a few times here, two hundred by `make`."""

import pytest

from benchmarks.rotation.report import bars, section
from benchmarks.rotation.trial import Found, Pace, installation, measure

PACE = Pace(rotations=6, every_s=0.4, notice_s=2)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    with installation(tmp_path_factory.mktemp("rotation")) as session:
        return measure(session, PACE)


def test_no_command_fails_and_no_statement_is_lost_or_runs_twice(found: Found) -> None:
    assert [one.error for one in found.unacknowledged] == []
    assert (found.run_although_failed, found.doubled, found.lost) == (0, 0, 0)
    assert found.rotations == PACE.rotations
    assert found.most_open > 2
    assert sum(bool(one.marker) for one in found.typed) > 0


def test_the_report_has_all_bars(found: Found) -> None:
    text = section(found, machine="a machine")

    assert all(bar.name in text for bar in bars(found))
    assert "missed" not in text
