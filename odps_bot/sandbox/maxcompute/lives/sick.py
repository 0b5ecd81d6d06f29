"""The sick lives, one a kind of finding and some variants. Pure."""

from collections.abc import Callable
from dataclasses import replace

from odps_bot.sandbox.maxcompute.lives import sub_statuses as codes
from odps_bot.sandbox.maxcompute.lives.plan import (
    USUAL_PHASES,
    Group,
    Phase,
    Plan,
    Slots,
    WorkerPlan,
)
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
_BUSY_GROUP = Group(others_use=64_000, others_want=190_000)

_JOIN = "SELECT a.shop, b.name FROM ads.orders a JOIN ads.shops b ON a.shop = b.id;"
_SCAN = "SELECT shop, price FROM ads.orders WHERE price > 0;"
_UDF = "SELECT my_udf(note) FROM ads.orders;"
_SORT = "SELECT shop, price FROM ads.orders ORDER BY price;"


def _wait_framework() -> Plan:
    wait = Phase(code=codes.WAITING_FOR_TASK_SLOT, seconds=240)
    return Plan(stages=_SMALL, phases=(wait, *USUAL_PHASES[1:]), sql=_SCAN)


def _wait_quota() -> Plan:
    wait = Phase(code=codes.OFFLINE_WAITING, seconds=400, queue=(7, 1), queue_length=9)
    return Plan(stages=_SMALL, phases=(*USUAL_PHASES, wait), group=_BUSY_GROUP, sql=_SCAN)


def _no_slots() -> Plan:
    return Plan(stages=_SMALL, slots=Slots(at_first=8, delay_s=400), group=_BUSY_GROUP, sql=_SCAN)


def _starved() -> Plan:
    stages = (stage("M1", alike(100, 3 * MILLION)),)
    return Plan(stages=stages, slots=Slots(at_first=10), group=_BUSY_GROUP, sql=_SCAN)


def _optimizing() -> Plan:
    phases = (_SCHEDULING, replace(_OPTIMIZING, seconds=700), _PLANNING)
    return Plan(stages=_SMALL, phases=phases, sql=_JOIN)


def _planning() -> Plan:
    phases = (
        _SCHEDULING,
        _OPTIMIZING,
        Phase(code=codes.SPLITTING, seconds=60),
        replace(_PLANNING, seconds=300),
    )
    return Plan(stages=_SMALL, phases=phases, sql=_SCAN)


def _replication() -> Plan:
    wait = Phase(code=codes.WAITING_FOR_REPLICATION, seconds=600)
    return Plan(stages=_SMALL, phases=(_SCHEDULING, wait, *USUAL_PHASES[1:]), sql=_SCAN)


def _skew() -> Plan:
    return Plan(stages=after_a_scan(stage("J2_1", *_SKEWED)), sql=_JOIN)


def _skew_with_backup() -> Plan:
    workers = with_last(sum(_SKEWED, ()), backup_after_s=70)
    return Plan(stages=after_a_scan(stage("J2_1", workers)), sql=_JOIN)


_SKEWED: tuple[tuple[WorkerPlan, ...], ...] = (
    alike(49, 2 * MILLION),
    (worker(60 * MILLION),),
)


def _slow_worker() -> Plan:
    workers = (alike(49, 2 * MILLION), (worker(2 * MILLION, 3_000),))
    return Plan(stages=after_a_scan(stage("R2_1", *workers)))


def _expansion() -> Plan:
    join = stage("J2_1", alike(20, 2 * MILLION, 10_000), output_ratio=400)
    return Plan(stages=after_a_scan(join), sql=_JOIN)


def _too_few() -> Plan:
    return Plan(stages=after_a_scan(stage("R2_1", alike(1, 200 * MILLION, 200_000))), sql=_SORT)


def _too_many() -> Plan:
    stages = (stage("M1", alike(20_000, 20_000, 4_000)),)
    return Plan(stages=stages, slots=Slots(at_first=400), sql=_SCAN)


def _input_grew() -> Plan:
    stages = (stage("M1", alike(8, 20 * MILLION)),)
    return Plan(stages=stages, usual_input_records=64 * MILLION, sql=_SCAN)


def _retries() -> Plan:
    workers = with_last(alike(21, 4 * MILLION), deaths=3)
    return Plan(stages=(stage("M1", workers),), sql=_UDF)


def _slow_everywhere() -> Plan:
    return Plan(stages=(stage("M1", alike(20, 2 * MILLION, 2_000)),), sql=_UDF)


def _no_movement() -> Plan:
    workers = with_last(alike(8, 2 * MILLION), stops_at=MILLION)
    return Plan(stages=(stage("M1", workers),), sql=_SCAN)


def _computing() -> Plan:
    workers = with_last(alike(8, 2 * MILLION), stops_at=MILLION, computes_when_stopped=True)
    return Plan(stages=(stage("M1", workers),), sql=_SCAN)


def _fallback() -> Plan:
    phases = (
        Phase(code=codes.ONLINE_WAITING, seconds=10),
        Phase(code=codes.ONLINE_RUNNING, seconds=20, queue=(0, 0)),
        Phase(code=codes.ONLINE_FAILED, seconds=5),
        Phase(code=codes.RERUN, seconds=5),
        Phase(code=codes.OFFLINE_WAITING, seconds=5, queue=(1, 1), queue_length=1),
    )
    return Plan(stages=_SMALL, phases=phases, sql=_SCAN)


def _finishing() -> Plan:
    update = Phase(code=codes.FINISHED, seconds=400, description=codes.UPDATING_METADATA)
    return Plan(stages=_SMALL, finishing=(update,))


PLANS: dict[str, tuple[str, Callable[[], Plan]]] = {
    "wait_framework": ("waits for a task slot of the project", _wait_framework),
    "wait_quota": ("queues for its quota group", _wait_quota),
    "no_slots": ("runs without a single worker", _no_slots),
    "starved": ("runs with 10 of 100 workers", _starved),
    "optimizing": ("the optimizer takes 12 minutes", _optimizing),
    "planning": ("reads a long list of files", _planning),
    "replication": ("waits for data from another cluster", _replication),
    "skew": ("one of 50 workers has 30 times the records", _skew),
    "skew_with_backup": ("the same, with a backup worker", _skew_with_backup),
    "slow_worker": ("one of 50 workers is slow", _slow_worker),
    "expansion": ("a join makes 400 rows of one", _expansion),
    "too_few": ("a single worker sorts 200 million rows", _too_few),
    "too_many": ("20,000 workers with 2 MB each", _too_many),
    "input_grew": ("reads 2.5 times what is usual", _input_grew),
    "retries": ("a worker dies three times", _retries),
    "slow_everywhere": ("a UDF makes all workers slow", _slow_everywhere),
    "no_movement": ("the last worker stands still", _no_movement),
    "computing": ("the last worker computes without an end", _computing),
    "fallback": ("accelerated mode fails", _fallback),
    "finishing": ("writes metadata for minutes", _finishing),
}
