"""What the workers of an ended instance tell that nobody has watched: their times. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.snapshots import Worker


class EndedStage(msgspec.Struct, frozen=True, kw_only=True):
    """The workers of a stage that is over."""

    name: str  #: in its normal form, such as ``R2_1``
    workers: int
    began: datetime | None = None
    mean_s: float | None = None  #: how long they ran
    mean_records: float | None = None  #: of input
    longest: Worker | None = None  #: the one that ran longest
    reruns: int = 0  #: restarts of all workers
    rerun_workers: int = 0  #: workers that were started anew
    most_rerun: Worker | None = None


def retried(stages: Sequence[EndedStage], thresholds: Thresholds) -> Finding | None:
    """Return that workers died and were started anew, as the rule for running instances has it."""
    for stage in stages:
        worst = stage.most_rerun
        if worst is None or stage.began is None or stage.reruns < thresholds.retries:
            continue
        are_many = stage.rerun_workers >= thresholds.retries_part * stage.workers
        if worst.attempt >= thresholds.retries_of_one or are_many:
            return Finding(
                kind=Kind.RETRIES,
                since=stage.began,
                confidence=Confidence.SURE,
                remedy=Remedy.READ_LOG,
                numbers={
                    "restarts": stage.reruns,
                    "restarted": stage.rerun_workers,
                    "attempt": worst.attempt,
                    "workers": stage.workers,
                },
                stage=stage.name,
                worker=worst.index,
                log_id=worst.log_id,
            )
    return None


def tail(stages: Sequence[EndedStage], thresholds: Thresholds) -> Finding | None:
    """Return the worker that ran several times as long as the others of its stage, if one did.

    It may have had more of the data, or be slow without: its records say which.
    """
    tails = [found for stage in stages if (found := _tail(stage, thresholds)) is not None]
    return max(tails, key=lambda found: found.numbers["worker_s"], default=None)


def _tail(stage: EndedStage, thresholds: Thresholds) -> Finding | None:
    worker, count = stage.longest, stage.workers
    if worker is None or worker.age_s is None or stage.mean_s is None or stage.began is None:
        return None
    if count < max(thresholds.skew_least_workers, 2):
        return None
    others_s = max(0.0, (stage.mean_s * count - worker.age_s) / (count - 1))
    if worker.age_s < max(thresholds.tail_least_s, thresholds.skew_ratio * others_s):
        return None
    numbers = {
        "workers": float(count),
        "ended": float(count - 1),
        "ended_mean_s": others_s,
        "worker_s": worker.age_s,
    }
    kind = Kind.LONG_TAIL
    if worker.input_records is not None and stage.mean_records is not None:
        others = max(1.0, (stage.mean_records * count - worker.input_records) / (count - 1))
        ratio = worker.input_records / others
        numbers |= {"records": worker.input_records, "mean_records": others, "ratio": ratio}
        is_large = worker.input_records >= thresholds.skew_least_records
        if ratio >= thresholds.skew_ratio and is_large:
            kind = Kind.SKEW
        elif ratio <= thresholds.tail_even_ratio:
            kind = Kind.SLOW_WORKER
    return Finding(
        kind=kind,
        since=stage.began,
        confidence=Confidence.LIKELY if kind is Kind.LONG_TAIL else Confidence.SURE,
        remedy=Remedy.READ_LOG,
        numbers=numbers,
        stage=stage.name,
        worker=worker.index,
        log_id=worker.log_id,
    )
