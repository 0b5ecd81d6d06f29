"""Healthy lives that look like sick ones. Pure."""

from collections.abc import Callable
from dataclasses import replace

from odps_bot.sandbox.maxcompute.lives import sub_statuses as codes
from odps_bot.sandbox.maxcompute.lives.plan import USUAL_PHASES, Phase, Plan, Slots
from odps_bot.sandbox.maxcompute.lives.shapes import (
    MILLION,
    after_a_scan,
    alike,
    stage,
    with_last,
    worker,
)

_SCHEDULING, _INITIALIZING, _OPTIMIZING, _PLANNING, _SUBMITTING = USUAL_PHASES
_SMALL = (stage("M1", alike(8, 2 * MILLION)),)


def _short_queue() -> Plan:
    queue = Phase(code=codes.OFFLINE_WAITING, seconds=40, queue=(3, 1), queue_length=3)
    return Plan(stages=_SMALL, phases=(replace(_SCHEDULING, seconds=20), queue))


def _ramp_up() -> Plan:
    slots = Slots(at_first=10, growth_per_s=1, most=100)
    return Plan(stages=(stage("M1", alike(100, 3 * MILLION)),), slots=slots)


def _waits_for_data() -> Plan:
    scan = stage("M1", alike(20, 30 * MILLION), output_ratio=100 / 600)
    return Plan(stages=(scan, stage("R2_1", alike(200, MILLION // 2))))


def _complex_plan() -> Plan:
    phases = (
        _SCHEDULING,
        replace(_OPTIMIZING, seconds=120),
        replace(_PLANNING, seconds=20),
    )
    return Plan(stages=_SMALL, phases=phases)


def _long_stage() -> Plan:
    return Plan(stages=after_a_scan(stage("J2_1", alike(50, 60 * MILLION))))


def _mild_skew() -> Plan:
    join = stage("J2_1", alike(40, 2 * MILLION), alike(10, 5 * MILLION))
    return Plan(stages=after_a_scan(join))


def _tiny_skew() -> Plan:
    return Plan(stages=after_a_scan(stage("R2_1", alike(9, 20_000), alike(1, 100_000))))


def _waves() -> Plan:
    return Plan(stages=(stage("M1", alike(60, 2 * MILLION)),), slots=Slots(at_first=20))


def _small_expansion() -> Plan:
    return Plan(stages=(stage("M1", alike(4, 100_000), output_ratio=50),))


def _small_sort() -> Plan:
    return Plan(stages=after_a_scan(stage("R2_1", alike(1, MILLION, 2_000))))


def _some_more_input() -> Plan:
    stages = (stage("M1", (worker(10_400_000),) * 8),)
    return Plan(stages=stages, usual_input_records=64 * MILLION)


def _one_death() -> Plan:
    return Plan(stages=(stage("M1", with_last(alike(21, 4 * MILLION), deaths=1)),))


def _late_records() -> Plan:
    scan = replace(stage("M1", alike(30, 24 * MILLION)), tells_records_late=True)
    return Plan(stages=(scan,))


PLANS: dict[str, tuple[str, Callable[[], Plan]]] = {
    "short_queue": ("queues for less than a minute", _short_queue),
    "ramp_up": ("its workers come one by one", _ramp_up),
    "waits_for_data": ("200 workers wait for the stage before them", _waits_for_data),
    "complex_plan": ("the optimizer takes two minutes", _complex_plan),
    "long_stage": ("50 workers run for 20 minutes, all alike", _long_stage),
    "mild_skew": ("a fifth of the workers has 2.5 times the records", _mild_skew),
    "tiny_skew": ("one worker has 5 times the records, a second of work", _tiny_skew),
    "waves": ("its workers run in three waves", _waves),
    "small_expansion": ("50 rows of one, 20 million in all", _small_expansion),
    "small_sort": ("a single worker sorts a million rows", _small_sort),
    "some_more_input": ("reads 30 % more than usual", _some_more_input),
    "one_death": ("a worker dies once", _one_death),
    "late_records": ("tells its records late", _late_records),
}
