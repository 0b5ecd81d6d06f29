from datetime import timedelta

from odps_bot.sandbox.maxcompute.timing import Timing


def lifecycle(timing=None, stages=2, **settings):
    return (timing or Timing.natural()).lifecycle(
        stages=stages, settings={key.replace("_", "."): value for key, value in settings.items()}
    )


def test_with_natural_timing_a_select_runs_for_three_to_six_seconds():
    lifecycles = [lifecycle(stages=stages) for stages in range(1, 10)]

    total = [(shown.queued + shown.running).total_seconds() for shown in lifecycles]
    assert 3 <= min(total) <= max(total) <= 6


def test_with_instant_timing_nothing_waits():
    shown = lifecycle(Timing.instant())

    assert shown.queued == shown.running == shown.stopping == timedelta(0)


def test_a_fixed_timing_applies_to_every_statement():
    timing = Timing.of(timedelta(seconds=10))

    assert {lifecycle(timing, stages=n).running for n in (0, 1, 9)} == {timedelta(seconds=10)}


def test_hints_override_the_timing():
    shown = lifecycle(
        Timing.instant(), sandbox_duration="30", sandbox_queue="1.5", sandbox_stuck="true"
    )

    assert shown.running == timedelta(seconds=30)
    assert shown.queued == timedelta(seconds=1.5)
    assert shown.is_stuck


def test_invalid_hints_are_ignored():
    usual = lifecycle()

    for bad in ("", "soon", "-1", "nan", "inf", "1e300"):
        assert lifecycle(sandbox_duration=bad) == usual


def test_a_requested_failure_has_the_requested_message():
    texts = [
        lifecycle(sandbox_fail=hint).failure
        for hint in ("ODPS-0123144: Fuxi job failed - kInstanceMonitorTimeout", "ODPS-0123144")
    ]

    assert texts[0] == "ODPS-0123144: Fuxi job failed - kInstanceMonitorTimeout"
    assert texts[1].startswith("ODPS-0123144: ")
    assert lifecycle().failure is None
