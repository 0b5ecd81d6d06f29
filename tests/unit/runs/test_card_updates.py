"""Which changes of a run are worth an update of its card, and which a reply in its thread."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from odps_bot.runs import InstanceSnapshot, MilestoneCode, Run, RunState, Stage, lifecycle, polling
from odps_bot.runs.outcome import ReasonCode, Refusal
from odps_bot.store.notification_kind import NotificationKind as Kind

MakeRun = Callable[..., Run]
See = Callable[[float], InstanceSnapshot]

SECOND = timedelta(seconds=1)
UPDATES = {Kind.CARD, Kind.CARD_REFRESH, Kind.FINAL}
STAGES = 6


def working(lasts_s: float, *, queued_s: float = 0) -> See:
    """Return what polls see of a job that moves all the time, stage after stage, as big ones do."""

    def see(age_s: float) -> InstanceSnapshot:
        if age_s >= lasts_s:
            return InstanceSnapshot(end=RunState.SUCCEEDED)
        if age_s < queued_s:
            return InstanceSnapshot(queue_position=1 + int(queued_s - age_s))
        done = int(100 * STAGES * age_s / lasts_s)
        return InstanceSnapshot(
            stages=tuple(
                Stage(
                    name=f"M{n}",
                    status="RUNNING",
                    terminated_workers=max(0, min(100, done - 100 * n)),
                    running_workers=1 if 0 <= done - 100 * n < 100 else 0,
                    total_workers=100,
                    progress_percent=0,
                )
                for n in range(STAGES)
            )
        )

    return see


@dataclass
class Life:
    """What a run costs from its card to its end; the polls come as they are scheduled."""

    run: Run
    sent: list[tuple[float, Kind]] = field(default_factory=list)

    def go_on(self, see: See, *, is_swept: bool = False) -> "Life":
        began = self.run.started_at
        assert began is not None
        while not self.run.is_final:
            now = self.run.next_poll_at
            assert now is not None
            age_s = (now - began).total_seconds()
            event = partial(
                lifecycle.polled, snapshot=see(age_s), cost=None, now=now, is_swept=is_swept
            )
            change = event(self.run)
            assert change is not None
            self.run = change.run
            self.sent += [(age_s, kind) for kind in change.notifications]
        return self

    @property
    def updates(self) -> int:
        return sum(kind in UPDATES for _, kind in self.sent) + self._of_the_reply[1]

    @property
    def posts(self) -> int:
        """The card, the completion, and the milestones if they were told before the end."""
        return 2 + self._of_the_reply[0]

    @property
    def _of_the_reply(self) -> tuple[int, int]:
        """Return how often the milestones are posted and updated; a run that is over has none."""
        told = sum(kind is Kind.PROGRESS for _, kind in self.sent)
        return (1, told - 1) if told > 1 else (0, 0)


@pytest.fixture
def life(make_run: MakeRun, noon: datetime) -> Life:
    change = lifecycle.submitted(
        make_run(state=RunState.SUBMITTING, submitting_until=noon), instance_id="i1", now=noon
    )
    assert change is not None
    return Life(change.run, [(0.0, kind) for kind in change.notifications])


def test_a_run_of_three_seconds_costs_three_updates_and_two_posts_at_most(life: Life) -> None:
    life.go_on(working(3))

    assert (life.updates, life.posts) == (1, 2)


@pytest.mark.parametrize("lasts_s", [3.5, 10, 30, 45, 60, 65])
@pytest.mark.parametrize("queued_s", [0, 0.5, 4, 12])
def test_a_run_of_a_minute_costs_eight_updates_and_two_posts_at_most(
    life: Life, lasts_s: float, queued_s: float
) -> None:
    life.go_on(working(lasts_s, queued_s=min(queued_s, lasts_s / 2)))

    assert life.updates <= 8
    assert life.posts == 2


def test_a_longer_run_costs_an_update_a_minute_and_has_its_milestones_in_the_thread(
    life: Life,
) -> None:
    life.go_on(working(600))

    card = [age for age, kind in life.sent if kind in UPDATES]
    first_reply = min(age for age, kind in life.sent if kind is Kind.PROGRESS)
    assert len(card) <= 18
    assert life.posts == 3
    assert first_reply >= 120


def test_the_first_update_tells_that_it_is_submitted_and_is_sent_in_any_case(life: Life) -> None:
    life.go_on(working(60))

    age, kind = life.sent[0]
    assert 3 <= age < 5
    assert kind is Kind.CARD


def test_the_end_waits_for_nothing(life: Life) -> None:
    life.go_on(working(9))

    age = next(age for age, kind in life.sent if kind is Kind.FINAL)
    assert age - 9 < polling.interval_at(9 * SECOND).total_seconds() + 0.1


def test_a_job_that_leaves_the_queue_is_shown_running_at_once(life: Life) -> None:
    life.go_on(working(60, queued_s=20))

    ages = [age for age, kind in life.sent if kind in UPDATES]
    assert any(20 <= age < 24 for age in ages)


def test_the_pauses_between_updates_grow_up_to_a_minute(life: Life) -> None:
    life.go_on(working(1_800))

    ages = [age for age, kind in life.sent if kind is Kind.CARD_REFRESH]
    pauses = [later - sooner for sooner, later in pairwise(ages)]
    assert pauses[0] < 15
    assert all(50 <= pause <= 90 for pause in pauses[6:])


def a_moving_then_standing_job(age_s: float) -> InstanceSnapshot:
    if age_s > 8_000:
        return InstanceSnapshot(end=RunState.SUCCEEDED)
    return InstanceSnapshot(is_executing=True, progress_percent=min(50, int(age_s)))


def test_the_last_figure_is_shown_although_the_job_stands_still_from_then_on(life: Life) -> None:
    life.go_on(a_moving_then_standing_job, is_swept=True)

    shown = [age for age, kind in life.sent if kind is Kind.CARD_REFRESH]
    assert 50 <= shown[-1] < 120


def test_a_job_that_stands_still_costs_nothing(life: Life) -> None:
    life.go_on(
        lambda age_s: (
            InstanceSnapshot(end=RunState.SUCCEEDED)
            if age_s > 600
            else InstanceSnapshot(is_executing=True, progress_percent=10)
        )
    )

    updates = Counter(kind for _, kind in life.sent if kind in UPDATES)
    assert updates == {Kind.CARD: 1, Kind.FINAL: 1}


def outage(run: Run, at: datetime) -> Iterator[Run]:
    """Yield the run after each poll to which MaxCompute says no."""
    for n in range(4):
        no = Refusal(reason=ReasonCode.NO_PERMISSION, since=at, polls=1)
        change = lifecycle.poll_failed(
            run, now=at + n * SECOND, patience=timedelta(hours=1), refusal=no
        )
        assert change is not None
        run = change.run
        yield run


@pytest.mark.parametrize(("age_s", "is_told"), [(5, False), (40, True)])
def test_trouble_is_told_in_the_thread_of_a_run_that_is_older_than_half_a_minute(
    make_run: MakeRun, noon: datetime, age_s: int, is_told: bool
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=noon, instance_id="i1", polled_at=noon)
    *_, after = outage(run, noon + age_s * SECOND)

    codes = [milestone.code for milestone in after.milestones]
    assert codes == [MilestoneCode.UNREACHABLE]
    assert (after.progress_told_at is not None) is is_told
