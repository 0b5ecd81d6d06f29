"""What is usual after some runs, and which run differs from it."""

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from odps_bot.history.past_run import PastRun, PastStage, bounded, statement_of
from odps_bot.history.spread import rest_s, slow_after_s, spread_of
from odps_bot.history.usual import comparable_runs, compare, shift_of, usual_of

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def past(run_s: float, *, at: datetime = MONDAY, name: str = "i", **facts) -> PastRun:
    return PastRun(instance_id=name, submitted_s=int(at.timestamp()), run_s=run_s, **facts)


def daily(durations, **facts):
    """Runs of one job, a day apart, the latest first."""
    return [past(d, at=MONDAY - n * DAY, name=f"i{n}", **facts) for n, d in enumerate(durations)]


class TestSpread:
    def test_four_runs_are_no_history(self):
        assert spread_of([1, 2, 3, 4, None]) is None
        assert slow_after_s([1, 2, 3, 4]) is None

    def test_of_nine_the_least_and_the_greatest_count(self):
        found = spread_of([9, 1, 2, 3, 4, 5, 6, 7, 8])
        assert (found.low, found.median, found.high, found.count) == (1, 5, 9, 9)

    def test_of_ten_the_quartiles(self):
        found = spread_of([*range(1, 10), 1_000])
        assert (found.low, found.median, found.high) == (3.25, 5.5, 7.75)


class TestSlow:
    @pytest.mark.parametrize(
        ("usual", "limit"),
        [
            # All alike: half as long again and some, by the least deviation, …
            ([1_000] * 8, 1_528),
            # … at least two minutes longer …
            ([60] * 8, 180),
            # … and further where the durations differ anyway.
            ([500, 700, 900, 1_000, 1_100, 1_400, 2_000], 4_000),
        ],
    )
    def test_begins_where_the_median_and_its_deviation_say(self, usual, limit):
        assert slow_after_s(usual) == pytest.approx(limit, rel=0.15)

    def test_more_input_explains_a_longer_run(self):
        assert slow_after_s([1_000] * 8, by_input=3) == 4_500

    @pytest.mark.parametrize("sigma", [0.1, 0.2, 0.3])
    def test_of_usual_runs_few_seem_slow_and_of_runs_three_times_as_long_most(self, sigma):
        chance = random.Random(f"{sigma}")
        times = 1_000
        alarms = finds = 0
        for _ in range(times):
            runs = [600 * chance.lognormvariate(0, sigma) for _ in range(8)]
            limit = slow_after_s(runs)
            alarms += 600 * chance.lognormvariate(0, sigma) > limit
            finds += 1_800 * chance.lognormvariate(0, sigma) > limit
        assert alarms / times < 0.05
        assert finds / times > 0.65


def test_the_rest_is_that_of_the_runs_that_took_longer():
    assert rest_s([100, 200, 300, 500], 150) == 150
    assert rest_s([100, 200], 200) is None


class TestComparableRuns:
    def test_are_those_of_the_same_hour_of_the_same_weekday(self):
        weekly = [past(100, at=MONDAY - n * 7 * DAY + HOUR) for n in range(5)]
        others = [past(10, at=MONDAY - n * DAY) for n in range(1, 7)]

        assert comparable_runs([*others, *weekly], at=MONDAY) == weekly

    def test_else_those_of_the_same_hour(self):
        night = daily([100] * 6)
        noon = [past(10, at=MONDAY - n * DAY + 10 * HOUR) for n in range(9)]

        assert comparable_runs([*noon, *night], at=MONDAY + 30 * 7 * DAY - HOUR) == night

    def test_else_all(self):
        hourly = [past(100, at=MONDAY - n * 3 * HOUR) for n in range(8)]

        assert comparable_runs(hourly, at=MONDAY) == hourly

    def test_sunday_and_monday_are_next_to_each_other_around_midnight(self):
        midnight = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
        before = [past(1, at=midnight - n * 7 * DAY - timedelta(minutes=20)) for n in range(5)]

        assert comparable_runs([*before, past(9)], at=midnight) == before


class TestUsual:
    def test_of_a_statement_that_was_never_seen_is_nothing(self):
        assert usual_of([], at=MONDAY).count == 0
        assert usual_of([], at=MONDAY).baseline is None

    def test_tells_durations_waits_and_stages(self):
        stage = PastStage("M1", 8, 100, 50)
        runs = daily([700, 600, 500, 800, 900], wait_s=60.0, input_records=100, stages=(stage,))

        usual = usual_of(runs, at=MONDAY)

        assert (usual.count, usual.run_s) == (5, (500, 600, 700, 800, 900))
        baseline = usual.baseline
        assert (baseline.run_s.median, baseline.wait_s.median) == (700, 60)
        assert baseline.stages["M1"].input_records == 100
        assert msgspec.json.decode(msgspec.json.encode(usual), type=type(usual)) == usual


class TestComparison:
    def test_of_four_runs_is_none(self):
        assert compare(past(100), daily([100] * 4)) is None

    def test_tells_how_much_longer_and_how_much_more_input(self):
        found = compare(past(840, input_records=240), daily([600] * 20, input_records=100))

        assert found.run_s / found.usual_run.median == 1.4
        assert found.input_ratio == 2.4
        assert not found.is_slow

    def test_a_run_of_three_times_the_usual_is_slow(self):
        assert compare(past(1_800), daily([600] * 8)).is_slow

    def test_but_not_where_three_times_the_input_explains_it(self):
        usual = daily([600] * 8, input_records=100)
        assert not compare(past(1_800, input_records=300), usual).is_slow
        assert compare(past(3_000, input_records=300), usual).is_slow

    def test_bytes_stand_in_for_records_that_nobody_tells(self):
        usual = daily([600] * 8, input_bytes=100)
        assert compare(past(600, input_bytes=250), usual).input_ratio == 2.5

    def test_a_long_wait_does_not_make_a_slow_run(self):
        found = compare(past(600, wait_s=5_000.0), daily([600] * 8, wait_s=10.0))
        assert not found.is_slow
        assert (found.wait_s, found.usual_wait.median) == (5_000, 10)


class TestShift:
    def test_tells_since_when_a_statement_is_slower(self):
        found = shift_of(daily([1_000] * 4 + [590] + [600] * 10))

        assert found.since == MONDAY - 3 * DAY
        assert (found.before_s, found.after_s) == (600, 1_000)

    @pytest.mark.parametrize("durations", [[600] * 20, [1_000, 1_000] + [600] * 9, [900] * 8])
    def test_two_slow_runs_or_a_short_history_are_none(self, durations):
        assert shift_of(daily(durations)) is None


class TestStatement:
    def test_of_a_node_is_another_than_that_of_the_text_alone(self):
        names = {statement_of("select 1", node_id=node) for node in ("", "1", "2")}
        assert len(names) == 3
        assert statement_of("select 2", node_id="1") in names

    def test_that_is_not_known_has_no_name(self):
        assert statement_of("", node_id="1") == ""


def test_a_record_of_a_job_with_a_thousand_stages_is_small():
    stages = tuple(
        PastStage(f"J{n}_" + "1_2" * 99, 99_999, 10**n % 10**12, 10**12) for n in range(999)
    )
    large = past(1 / 3, wait_s=2 / 3, quota="q" * 500, stages=stages, input_records=10**12)

    assert len(msgspec.json.encode(bounded(large))) < 1_000


def test_a_usual_record_takes_about_300_bytes():
    stages = tuple(PastStage(f"R{n}_1", 50, 158_000_000, 2_000_000) for n in range(1, 6))
    usual = PastRun(
        instance_id="20260101000000123gabcdefgh2",
        submitted_s=1_790_000_000,
        run_s=812.4,
        wait_s=31.0,
        input_records=158_000_000,
        input_bytes=15_800_000_000,
        output_records=2_000_000,
        cpu_core_s=43_210.5,
        memory_gb_s=170_000.3,
        quota="os_BatchQuota",
        stages=stages,
    )

    assert 200 < len(msgspec.json.encode(bounded(usual))) < 350
