"""After the end the summary corrects what was said while it ran."""

import pytest

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.final_summary import StageSummary, corrected, skewed
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from tests.unit.diagnosis.seen_lives import at


def finding(kind=Kind.SKEW, **more):
    return Finding(
        kind=kind,
        since=at(70),
        confidence=Confidence.SURE,
        remedy=Remedy.SKEW_JOIN,
        numbers={"ratio": 3, "records": 6e6, "rest_s": 1_080, "workers": 50},
        stage="J2_1",
        worker=49,
        names=("a", "b"),
        sql_hint="skewjoin(a)",
        **more,
    )


def summary(most, *, others=2_000_000, workers=50, name="J2_1"):
    mean = (others * (workers - 1) + most) / workers
    return StageSummary(name=name, workers=workers, least=others, mean=mean, most=most)


def after(found, *stages):
    return corrected(found, stages, Thresholds())


def test_a_skew_keeps_its_remedy_and_gets_its_final_ratio():
    final = after(finding(), summary(60_000_000))

    assert (final.kind, final.remedy, final.sql_hint) == (
        Kind.SKEW,
        Remedy.SKEW_JOIN,
        "skewjoin(a)",
    )
    assert final.numbers == {
        "ratio": pytest.approx(30),
        "records": 60_000_000,
        "mean_records": pytest.approx(2_000_000),
        "workers": 50,
    }


def test_a_skew_that_was_none_is_a_slow_worker():
    final = after(finding(), summary(2_100_000))

    assert (final.kind, final.remedy, final.sql_hint, final.names) == (
        Kind.SLOW_WORKER,
        Remedy.READ_LOG,
        "",
        (),
    )


@pytest.mark.parametrize(
    ("most", "kind", "confidence"),
    [
        (60_000_000, Kind.SKEW, Confidence.SURE),
        (4_000_000, Kind.LONG_TAIL, Confidence.LIKELY),
        (2_000_000, Kind.SLOW_WORKER, Confidence.SURE),
    ],
)
def test_a_long_tail_becomes_what_the_records_show(most, kind, confidence):
    final = after(finding(Kind.LONG_TAIL), summary(most))

    assert (final.kind, final.confidence) == (kind, confidence)


def test_what_the_summary_does_not_tell_stays():
    told = finding()

    assert after(told) is told
    assert after(told, summary(60_000_000, name="R9_1")) is told
    assert after(told, StageSummary(name="J2_1", workers=50)) is told
    assert after(finding(Kind.EXPANSION), summary(2_000_000)) == finding(Kind.EXPANSION)
    assert after(None, summary(60_000_000)) is None


def test_small_or_narrow_stages_are_not_skewed():
    stages = [
        summary(60_000_000),
        summary(900_000, others=100, name="R3_2"),
        summary(60_000_000, workers=3, name="R4_3"),
        summary(4_000_000, name="R5_4"),
    ]

    assert [one.name for one in skewed(stages, Thresholds())] == ["J2_1"]
