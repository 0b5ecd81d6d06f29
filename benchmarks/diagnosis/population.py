"""Lives by their seeds: each sickness in many strengths, and healthy ones. Pure.

Strengths are drawn without looking at thresholds, but for waits, which would mostly be short: some
of the lives drawn as sick are not, and some of the healthy ones are, by the rules' definitions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from odps_bot.diagnosis.finding import Kind
from odps_bot.sandbox.maxcompute.lives import sub_statuses as codes
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.noise import noisy
from odps_bot.sandbox.maxcompute.lives.plan import Phase, Plan, Slots, StagePlan
from odps_bot.sandbox.maxcompute.lives.shapes import (
    MILLION,
    after_a_scan,
    alike,
    stage,
    with_last,
    worker,
)

_SPREADS = (0.1, 0.3)


@dataclass(frozen=True, slots=True)
class Subject:
    """A life to be diagnosed."""

    drawn_as: str
    seed: int
    life: Life
    tells_records: bool  #: of single workers


@dataclass(frozen=True, slots=True)
class Sickness:
    """A kind of life that is drawn."""

    kind: Kind
    plan: Callable[[Random], Plan]
    tells_records: bool = True


def subject(drawn_as: str, seed: int) -> Subject:
    """Return the life of a name, `healthy` or one of `SICKNESSES`, that belongs to a seed."""
    random = Random(f"{drawn_as} {seed}")
    sickness = SICKNESSES.get(drawn_as)
    plan = sickness.plan(random) if sickness else _healthy(random)
    sigma = random.uniform(*_SPREADS)
    noisy_plan = noisy(plan, seed=random.getrandbits(32), sigma=sigma)
    tells = sickness.tells_records if sickness else random.random() < 0.8
    return Subject(drawn_as, seed, Life(noisy_plan), tells_records=tells)


def _catalog(name: str) -> Plan:
    return LIVES[name].plan()


def _small(random: Random) -> tuple[StagePlan, ...]:
    return (stage("M1", alike(random.randint(4, 20), 2 * MILLION)),)


def _with_phase(name: str, code: int, least_s: float, most_s: float) -> Callable[[Random], Plan]:
    """Return the life with another duration of one of its phases."""

    def plan(random: Random) -> Plan:
        seconds = round(random.uniform(least_s, most_s))
        known = _catalog(name)
        phases = tuple(
            replace(phase, seconds=seconds) if phase.code == code else phase
            for phase in known.phases
        )
        return replace(known, phases=phases, stages=_small(random))

    return plan


def _no_slots(random: Random) -> Plan:
    slots = Slots(at_first=random.randint(4, 20), delay_s=round(random.uniform(50, 400)))
    return replace(_catalog("no_slots"), slots=slots, stages=_small(random))


def _starved(random: Random) -> Plan:
    count = random.randint(40, 150)
    slots = Slots(at_first=max(2, round(count * random.uniform(0.05, 0.2))))
    stages = (stage("M1", alike(count, round(random.uniform(3, 6) * MILLION))),)
    return replace(_catalog("starved"), slots=slots, stages=stages)


def _skew(random: Random) -> Plan:
    ratio = random.choice((6, 10, 30))
    usual = round(random.uniform(1, 3) * MILLION)
    workers = (*alike(random.randint(7, 149), usual), worker(ratio * usual))
    name = random.choice(("J2_1", "R2_1"))
    return replace(_catalog("skew"), stages=after_a_scan(stage(name, workers)))


def _skew_with_backup(random: Random) -> Plan:
    plan = _skew(random)
    scan, join = plan.stages
    backed = with_last(join.workers, backup_after_s=random.uniform(50, 120))
    return replace(plan, stages=(scan, replace(join, workers=backed)))


def _slow_worker(random: Random) -> Plan:
    records = round(random.uniform(1, 3) * MILLION)
    slow = worker(records, 50_000 / random.uniform(4, 20))
    workers = (*alike(random.randint(7, 149), records), slow)
    return replace(_catalog("slow_worker"), stages=after_a_scan(stage("R2_1", workers)))


def _expansion(random: Random) -> Plan:
    count = random.randint(10, 60)
    join = stage(
        "J2_1",
        alike(count, 2 * MILLION, random.uniform(8_000, 30_000)),
        output_ratio=random.choice((20, 50, 200, 400, 1_000)),
    )
    return replace(_catalog("expansion"), stages=after_a_scan(join))


def _too_few(random: Random) -> Plan:
    speed = random.uniform(150_000, 400_000)
    records = round(speed * random.uniform(320, 700))
    last = stage("R2_1", alike(random.choice((1, 1, 2)), records, speed))
    return replace(_catalog("too_few"), stages=after_a_scan(last))


def _too_many(random: Random) -> Plan:
    count = random.randint(1_000, 3_000)
    seconds = random.uniform(2, 8)
    waves = random.uniform(80, 200) / seconds
    scan = stage("M1", alike(count, 20_000, 20_000 / seconds))
    slots = Slots(at_first=max(20, round(count / waves)))
    return replace(_catalog("too_many"), stages=(scan,), slots=slots)


def _input_grew(random: Random) -> Plan:
    ratio = random.uniform(2.2, 6)
    usual = random.randint(8, 64) * MILLION
    count = random.randint(4, 40)
    scan = stage("M1", alike(count, round(usual * ratio / count)))
    return replace(_catalog("input_grew"), stages=(scan,), usual_input_records=usual)


def _retries(random: Random) -> Plan:
    count = random.randint(8, 100)
    workers = with_last(
        alike(count, round(random.uniform(3, 6) * MILLION)),
        deaths=random.randint(3, 5),
        dies_after_s=random.uniform(20, 70),
    )
    return replace(_catalog("retries"), stages=(stage("M1", workers),))


def _slow_everywhere(random: Random) -> Plan:
    speed = random.uniform(500, 5_000)
    workers = alike(random.randint(4, 60), round(speed * random.uniform(450, 700)), speed)
    return replace(_catalog("slow_everywhere"), stages=(stage("M1", workers),))


def _no_movement(random: Random) -> Plan:
    records = round(random.uniform(1, 3) * MILLION)
    workers = with_last(
        alike(random.randint(6, 40), records), stops_at=round(records * random.uniform(0.2, 0.9))
    )
    return replace(_catalog("no_movement"), stages=(stage("M1", workers),))


def _computing(random: Random) -> Plan:
    """Return a life whose workers all sort for ever what they have read."""
    records = round(random.uniform(1, 3) * MILLION)
    sorting = replace(worker(records), stops_at=records, computes_when_stopped=True)
    following = stage("R2_1", (sorting,) * random.randint(2, 40))
    return replace(_catalog("computing"), stages=after_a_scan(following))


def _fallback(random: Random) -> Plan:
    known = _catalog("fallback")
    phases = tuple(
        replace(phase, seconds=round(phase.seconds * random.uniform(0.6, 3)))
        for phase in known.phases
    )
    return replace(known, phases=phases, stages=_small(random))


def _finishing(random: Random) -> Plan:
    seconds = round(random.uniform(100, 400))
    update = Phase(code=codes.FINISHED, seconds=seconds, description=codes.UPDATING_METADATA)
    return replace(_catalog("finishing"), stages=_small(random), finishing=(update,))


#: What a finding must say, by what the life is drawn as.
SICKNESSES: dict[str, Sickness] = {
    "wait_framework": Sickness(
        Kind.WAIT_FRAMEWORK,
        _with_phase("wait_framework", codes.WAITING_FOR_TASK_SLOT, 50, 400),
    ),
    "wait_quota": Sickness(
        Kind.WAIT_QUOTA, _with_phase("wait_quota", codes.OFFLINE_WAITING, 50, 400)
    ),
    "no_slots": Sickness(Kind.WAIT_QUOTA, _no_slots),
    "starved": Sickness(Kind.STARVED, _starved),
    "optimizing": Sickness(Kind.OPTIMIZING, _with_phase("optimizing", codes.OPTIMIZING, 590, 900)),
    "planning": Sickness(Kind.PLANNING, _with_phase("planning", codes.PLANNING, 50, 400)),
    "replication": Sickness(
        Kind.REPLICATION, _with_phase("replication", codes.WAITING_FOR_REPLICATION, 50, 500)
    ),
    "skew": Sickness(Kind.SKEW, _skew),
    "skew_with_backup": Sickness(Kind.SKEW, _skew_with_backup),
    "skew_without_records": Sickness(Kind.LONG_TAIL, _skew, tells_records=False),
    "slow_worker": Sickness(Kind.SLOW_WORKER, _slow_worker),
    "expansion": Sickness(Kind.EXPANSION, _expansion),
    "too_few": Sickness(Kind.TOO_FEW, _too_few),
    "too_many": Sickness(Kind.TOO_MANY, _too_many),
    "input_grew": Sickness(Kind.INPUT_GREW, _input_grew),
    "retries": Sickness(Kind.RETRIES, _retries),
    "slow_everywhere": Sickness(Kind.SLOW_EVERYWHERE, _slow_everywhere),
    "no_movement": Sickness(Kind.NO_MOVEMENT, _no_movement),
    "computing": Sickness(Kind.NO_MOVEMENT, _computing),
    "fallback": Sickness(Kind.FALLBACK, _fallback),
    "finishing": Sickness(Kind.FINISHING, _finishing),
}

_LOOK_ALIKES = tuple(one.plan for one in LIVES.values() if not one.is_sick)


def _healthy(random: Random) -> Plan:
    """Return one of those that look like a sickness, or an ordinary one."""
    if random.random() < 0.5:
        return random.choice(_LOOK_ALIKES)()
    records = round(random.uniform(0.5, 6) * MILLION)
    following = stage(random.choice(("J2_1", "R2_1")), alike(random.randint(4, 150), records))
    return Plan(stages=after_a_scan(following, count=random.randint(4, 80)))
