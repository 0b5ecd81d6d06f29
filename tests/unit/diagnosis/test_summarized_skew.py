"""A skew that nobody watched is read from the summary of the ended job."""

from datetime import UTC, datetime

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.final_summary import StageSummary
from odps_bot.diagnosis.finding import Kind, Remedy
from odps_bot.diagnosis.source_facts import SourceFacts
from odps_bot.diagnosis.summarized_skew import summarized_skew

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SKEWED = StageSummary(name="J2_1", workers=50, least=2_000_000, mean=3_160_000, most=60_000_000)
EVEN = StageSummary(name="M1", workers=40, least=4_000_000, mean=4_000_000, most=4_000_000)


def skew(*stages, **facts):
    return summarized_skew(stages, SourceFacts(**facts), Thresholds(), NOON)


def test_a_join_whose_heaviest_worker_had_most_records_is_named_with_its_remedy():
    found = skew(EVEN, SKEWED, has_join=True, joined_tables=("a",))

    assert found is not None
    assert (found.kind, found.stage, found.remedy) == (Kind.SKEW, "J2_1", Remedy.SKEW_JOIN)
    assert round(found.numbers["ratio"]) == 30
    assert found.names == ("a",)


def test_groups_have_a_remedy_of_their_own():
    grouped = StageSummary(name="R2_1", workers=50, least=0, mean=3_160_000, most=60_000_000)

    found = skew(grouped, has_group_by=True)

    assert found is not None
    assert found.remedy is Remedy.SKEWED_GROUPS


def test_nothing_is_said_of_even_stages_or_of_other_tasks():
    assert skew(EVEN) is None
    assert skew() is None
    assert skew(SKEWED, is_sql=False) is None
