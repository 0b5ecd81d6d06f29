"""What the summary of an ended instance makes of the finding that stood while it ran. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy


class StageSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Input records of a stage's workers, by the summary after the end."""

    name: str  #: in its normal form, such as ``R2_1``
    workers: int = 0
    least: int | None = None
    mean: float | None = None
    most: int | None = None

    @property
    def mean_of_others(self) -> float | None:
        """The mean of all workers but the one with the most records."""
        if self.mean is None or self.most is None or self.workers < 2:  # noqa: PLR2004  -- others
            return None
        return max(0.0, (self.mean * self.workers - self.most) / (self.workers - 1))

    @property
    def ratio(self) -> float | None:
        """The most records by the mean of the others."""
        others = self.mean_of_others
        return self.most / others if others and self.most is not None else None


_OF_ONE_WORKER = frozenset({Kind.SKEW, Kind.SLOW_WORKER, Kind.LONG_TAIL})


def corrected(
    finding: Finding | None, stages: Sequence[StageSummary], thresholds: Thresholds
) -> Finding | None:
    """Return the finding as the summary has it: what was called a skew may have been none.

    Findings about other things stay as they were, and so do those about stages without records.
    """
    if finding is None or finding.kind not in _OF_ONE_WORKER:
        return finding
    stage = next((one for one in stages if one.name == finding.stage), None)
    if stage is None or stage.ratio is None:
        return finding
    kind = _kind(stage, thresholds)
    numbers = {name: value for name, value in finding.numbers.items() if name != "rest_s"}
    numbers["ratio"] = stage.ratio
    numbers["records"] = float(stage.most or 0)
    numbers["mean_records"] = stage.mean_of_others or 0
    is_skew = kind is Kind.SKEW
    has_remedy = is_skew and finding.kind is Kind.SKEW
    return msgspec.structs.replace(
        finding,
        kind=kind,
        confidence=Confidence.LIKELY if kind is Kind.LONG_TAIL else Confidence.SURE,
        remedy=finding.remedy if has_remedy else Remedy.READ_LOG,
        numbers=numbers,
        names=finding.names if has_remedy else (),
        hints=finding.hints if has_remedy else {},
        sql_hint=finding.sql_hint if has_remedy else "",
    )


def skewed(stages: Iterable[StageSummary], thresholds: Thresholds) -> tuple[StageSummary, ...]:
    """Return the stages in which one worker had several times the records of the others."""
    return tuple(stage for stage in stages if _kind(stage, thresholds) is Kind.SKEW)


def _kind(stage: StageSummary, thresholds: Thresholds) -> Kind:
    ratio = stage.ratio or 0
    is_large = (stage.most or 0) >= thresholds.skew_least_records
    if ratio >= thresholds.skew_ratio and is_large:
        is_stage = stage.workers >= thresholds.skew_least_workers
        return Kind.SKEW if is_stage else Kind.LONG_TAIL
    return Kind.SLOW_WORKER if ratio <= thresholds.tail_even_ratio else Kind.LONG_TAIL
