"""How long a run usually takes, as its card says it."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from odps_bot.history.past_run import PastRun
from odps_bot.history.usual import compare, usual_of
from odps_bot.messages.run.card import run_card
from odps_bot.messages.run.usual import between, comparison_in_words, usual_in_words
from odps_bot.runs import RunState, Stage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def runs_of(*minutes: float, wait_s: float | None = None, input_records: int | None = None):
    """Runs of the last days, the latest first, that took so long."""
    return [
        PastRun(
            instance_id=f"i{n}",
            submitted_s=int((NOON - (n + 1) * DAY).timestamp()),
            run_s=60 * one,
            wait_s=wait_s,
            input_records=input_records,
        )
        for n, one in enumerate(minutes)
    ]


@pytest.fixture
def running(make_run):
    """Return a run that goes on, with what is usual after these runs."""

    def running(*minutes: float, wait_s: float | None = None, **facts):
        usual = usual_of(runs_of(*minutes, wait_s=wait_s), at=NOON)
        stage = Stage(
            name="M1",
            status="RUNNING",
            terminated_workers=1,
            running_workers=1,
            total_workers=4,
            progress_percent=25,
        )
        known = {"state": RunState.RUNNING, "stages": (stage,), "polled_at": NOON} | facts
        return msgspec.structs.replace(make_run(), usual=usual, **known)

    return running


TWENTY = (12, 13, 14, 15, 12.4) * 4


def test_a_card_says_how_long_the_job_usually_takes(running):
    assert "usually 12–14 min (20 runs)" in run_card(running(*TWENTY), now=NOON).text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        ((), ""),
        ((12,), "ran once before: 12 min"),
        ((12, 15), "ran twice before: 12 and 15 min"),
        ((0.5, 15), "ran twice before: 30 s and 15 min"),
        ((12, 12), "ran twice before: 12 min"),
        ((60.4 / 60,), "ran once before: 1 min"),
        ((12, 15, 18, 11), "ran 4 times before: 11, 12, 15 and 18 min"),
        ((12, 15, 18, 11, 13), "usually 11–18 min (5 runs)"),
    ],
)
def test_fewer_than_five_runs_are_told_one_by_one_and_never_as_a_range(running, minutes, words):
    assert usual_in_words(running(*minutes)) == words


def test_nothing_is_usual_of_a_statement_that_nobody_knows(make_run):
    assert usual_in_words(make_run(state=RunState.RUNNING)) == ""


def test_while_it_waits_the_usual_wait_is_told_too(running):
    waiting = running(*TWENTY, wait_s=180.0, stages=())
    assert usual_in_words(waiting) == "usually waits 3 min, then runs 12–14 min (20 runs)"
    at_once = running(*TWENTY, wait_s=5.0, stages=())
    assert usual_in_words(at_once) == "usually 12–14 min (20 runs)"


def test_what_runs_longer_than_ever_says_so(running):
    run = running(*TWENTY, execution_began_at=NOON - timedelta(minutes=16))
    assert usual_in_words(run) == "usually 12–14 min (20 runs) · longer than each of them"


@pytest.mark.parametrize("state", [RunState.STOPPING, RunState.FAILED, RunState.SUCCEEDED])
def test_what_is_stopped_or_over_says_nothing_of_it(running, state):
    assert usual_in_words(running(*TWENTY, state=state)) == ""


def a_comparison(minutes: float, *, wait_s=None, input_records=None, usual=TWENTY, usual_wait=1.0):
    past = PastRun(
        instance_id="i",
        submitted_s=int(NOON.timestamp()),
        run_s=60 * minutes,
        wait_s=wait_s,
        input_records=input_records,
    )
    return compare(past, runs_of(*usual, wait_s=usual_wait, input_records=100))


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (a_comparison(13), "as long as usual (20 runs)"),
        (a_comparison(18.2), "40 % longer than usual (20 runs)"),
        (a_comparison(18.2, input_records=240), "+40 %, input 2.4x of usual (20 runs)"),
        (a_comparison(13, input_records=240), "input 2.4x of usual (20 runs)"),
        (a_comparison(6.5), "50 % shorter than usual (20 runs)"),
        (a_comparison(65), "5x as long as usual (20 runs)"),
        (
            a_comparison(6.5, wait_s=540.0, usual_wait=60.0),
            "queued 9 min, usually 1 min · ran 6 min: 50 % shorter than usual (20 runs)",
        ),
        (
            a_comparison(13, wait_s=540.0, usual_wait=60.0),
            "queued 9 min, usually 1 min · ran 13 min: as long as usual (20 runs)",
        ),
        # Nobody waits for a few seconds: nothing is said of them.
        (a_comparison(0.1, usual=(0.05,) * 6), ""),
        (a_comparison(12, usual=(12,) * 4), ""),
    ],
)
def test_a_success_is_compared_with_the_usual(comparison, words):
    assert comparison_in_words(comparison) == words


def test_the_card_of_a_success_says_how_it_compares(make_run):
    run = make_run(state=RunState.SUCCEEDED, ended_at=NOON, comparison=a_comparison(18.2))
    assert " · 40 % longer than usual (20 runs)" in run_card(run, now=NOON).text


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (720, 900, "12–15 min"),
        (40, 40.2, "40 s"),
        (50, 180, "50 s–3 min"),
        (3_600, 9_000, "60 min–2.5 h"),
    ],
)
def test_a_range_is_told_in_one_unit_where_it_can_be(low, high, words):
    assert between(low, high) == words


def test_a_job_that_usually_runs_for_no_time_at_all_can_be_compared():
    past, *before = runs_of(0.5, 0, 0, 0, 0, 0, wait_s=5)

    assert comparison_in_words(compare(past, before)) == "30x as long as usual (5 runs)"
