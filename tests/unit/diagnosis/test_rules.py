"""What keeps a rule from firing, and what it says besides."""

from dataclasses import replace

import msgspec
import pytest

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import Diagnosis, diagnose
from odps_bot.diagnosis.finding import Confidence, Kind, Remedy
from odps_bot.diagnosis.snapshots import Quota, Snapshot, SubStatus, Worker, Workers
from odps_bot.diagnosis.source_facts import OneWorker, SourceFacts, source_facts
from odps_bot.history.baseline import Baseline, Spread, StageBaseline
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from tests.unit.diagnosis.seen_lives import Seen, at, snapshots, stage

TAIL = Workers(
    ended=49,
    running=1,
    ended_mean_s=40,
    mean_records=2_080_000,
    max_records=6_000_000,
    mean_records_without_oldest=2_000_000,
    oldest=Worker(index=49, age_s=120, input_records=6_000_000, log_id="log"),
    heaviest=Worker(index=49, age_s=120, input_records=6_000_000, log_id="log"),
    youngest_age_s=120,
    running_s=120,
    running_records=6_000_000,
)


def with_oldest(records, **more):
    oldest = msgspec.structs.replace(TAIL.oldest, input_records=records)
    workers = msgspec.structs.replace(TAIL, oldest=oldest, heaviest=oldest, **more)
    return stage("J2_1", total=50, running=1, ended=49, input_records=104_000_000, workers=workers)


def found(seen, source=None, baseline=None, **thresholds):
    """Return the diagnosis of snapshots."""
    facts = source or SourceFacts()
    return diagnose(seen, facts, baseline, Thresholds(**thresholds), seen[-1].at)


def kind(seen, *args, **thresholds):
    finding = found(seen, *args, **thresholds).finding
    return finding and finding.kind


def test_a_quota_that_is_short_makes_starvation_certain():
    seen = Seen("starved")
    rows = [seen.snapshot(t) for t in range(30, 345, 15)]
    finding = seen.diagnose(rows).finding
    without = [msgspec.structs.replace(row, quota=None) for row in rows]

    assert finding.confidence is Confidence.SURE
    assert finding.names == ("etl",)
    assert finding.numbers["requested_cpu"] > finding.numbers["usable_cpu"]
    assert seen.diagnose(without).finding.confidence is Confidence.LIKELY


def test_a_queue_is_not_told_of_what_only_defines_things():
    seen = [Snapshot(at=at(t), sub_status=SubStatus(code=1041)) for t in range(0, 100, 10)]

    assert kind(seen) is Kind.WAIT_QUOTA
    assert kind(seen, source_facts("drop table t")) is None


def test_a_submission_counts_as_queue_after_two_minutes():
    seen = [Snapshot(at=at(t), sub_status=SubStatus(code=1250)) for t in range(0, 130, 10)]

    assert kind(seen[:12]) is None
    assert kind(seen) is Kind.WAIT_QUOTA


def test_the_queue_is_told_by_its_position_alone():
    """Whether the public cloud tells sub-statuses is not known."""
    seen = [Snapshot(at=at(t), queue_position=3, queue_length=9) for t in range(0, 70, 10)]

    finding = found(
        seen, baseline=Baseline(wait_s=Spread(count=9, low=5, median=8, high=9))
    ).finding

    assert finding.kind is Kind.WAIT_QUOTA
    assert finding.confidence is Confidence.SURE
    assert finding.numbers == {
        "waited_s": 60,
        "queue_position": 3,
        "queue_length": 9,
        "usual_wait_s": 8,
    }


def test_what_was_queued_and_runs_is_not_queued():
    queued = [Snapshot(at=at(t), sub_status=SubStatus(code=1041)) for t in range(0, 100, 10)]
    runs = Snapshot(at=at(100), stages=(stage("M1", total=2, running=2),))

    assert kind([*queued, runs]) is None


def test_planning_is_not_told_where_it_usually_takes_as_long():
    seen = [Snapshot(at=at(t), sub_status=SubStatus(code=1235)) for t in range(0, 170, 10)]
    usual = Baseline(planning_s=Spread(count=9, low=90, median=100, high=120))

    assert kind(seen[:14]) is Kind.PLANNING
    assert kind(seen[:14], None, usual) is None
    assert found(seen, None, usual).finding.numbers == {"held_s": 160, "usual_s": 100}


def test_several_reruns_are_replication_and_one_after_accelerated_mode_is_none():
    def seen(*codes):
        told = tuple(SubStatus(code=code, since=at(n * 10)) for n, code in enumerate(codes))
        return [
            Snapshot(at=at(120 + n), sub_status=told[-1], sub_status_history=told[:-1])
            for n in range(0, 30, 10)
        ]

    assert kind(seen(1210, 1050, 1240, 1050, 1250)) is Kind.REPLICATION
    assert kind(seen(1051, 1052, 1054, 1050, 1041, 1042)) is Kind.FALLBACK
    assert kind(seen(1210, 1050, 1042)) is None


@pytest.mark.parametrize(
    ("name", "source", "remedy", "hint"),
    [
        ("J2_1", "select 1 from o a join s b on a.k = b.k", Remedy.SKEW_JOIN, "skewjoin(a)"),
        ("J2_1", "select 1 from a join b on a.k = b.k join c on b.k = c.k", Remedy.SKEW_JOIN, ""),
        ("R2_1", "select k, sum(v) from t group by k", Remedy.SKEWED_GROUPS, ""),
        ("R2_1", "select 1 from a join b on a.k = b.k", Remedy.SKEW_JOIN, "skewjoin(a)"),
        ("M1", "select k from t", Remedy.READ_LOG, ""),
    ],
)
def test_a_skew_has_the_remedy_of_what_the_stage_does(name, source, remedy, hint):
    one = msgspec.structs.replace(with_oldest(6_000_000), name=name)

    finding = found(snapshots([one]), source_facts(source)).finding

    assert (finding.kind, finding.remedy, finding.sql_hint) == (Kind.SKEW, remedy, hint)
    assert bool(finding.hints) == (remedy is Remedy.SKEWED_GROUPS)
    assert (finding.stage, finding.worker, finding.log_id) == (name, 49, "log")


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (6_000_000, Kind.SKEW),
        (5_000_000, Kind.LONG_TAIL),
        (3_000_000, Kind.SLOW_WORKER),
        (None, Kind.LONG_TAIL),
    ],
)
def test_records_tell_a_skew_from_a_slow_worker(records, expected):
    assert kind(snapshots([with_oldest(records)])) is expected


def test_a_skew_that_soon_ends_is_not_told():
    scan = stage("M1", total=40, ended=40, output_records=106_000_000)
    shared = stage("R3_1", total=1)

    assert kind(snapshots([scan, with_oldest(6_000_000)])) is None  # 2 M at 50,000 a second
    assert kind(snapshots([scan, with_oldest(6_000_000), shared])) is Kind.SKEW


def test_a_skew_that_was_told_goes_on_to_the_end():
    scan = stage("M1", total=40, ended=40, output_records=106_000_000)
    told = found(snapshots([with_oldest(6_000_000)])).finding
    seen = snapshots([scan, with_oldest(6_000_000)])

    after = diagnose(seen, SourceFacts(), None, Thresholds(), seen[-1].at, previous=told)

    assert after.finding.kind is Kind.SKEW
    assert after.finding.numbers["rest_s"] < 60


def test_a_worker_that_began_earlier_is_not_heavy():
    """Ten workers began a minute before ninety others: they have read more, which is no skew."""
    first = Worker(index=0, age_s=65, input_records=3_250_000)
    workers = Workers(
        running=100,
        mean_records=550_000,
        max_records=3_250_000,
        oldest=first,
        heaviest=first,
        youngest_age_s=5,
        running_s=1_100,
        running_records=55_000_000,
    )
    one = stage("M1", total=100, running=100, input_records=55_000_000, workers=workers)

    assert kind(snapshots([one])) is None


def test_a_backup_worker_may_end_first():
    one = msgspec.structs.replace(with_oldest(2_000_000), backups=1)
    without = with_oldest(2_000_000)

    assert kind(snapshots([without])) is Kind.SLOW_WORKER
    assert kind(snapshots([one], [one])) is None
    assert kind(snapshots(*[[one]] * 13)) is Kind.SLOW_WORKER


def test_an_expansion_that_is_usual_is_not_told():
    one = stage("J2_1", total=9, running=9, input_records=10**7, output_records=10**9)
    seen = snapshots(*[[one]] * 4)
    usual = Baseline(stages={"J2_1": StageBaseline(input_records=10.0, output_records=600.0)})

    assert kind(seen) is Kind.EXPANSION
    assert kind(seen, None, usual) is None


def test_a_single_worker_is_a_hint_where_it_has_always_been_alone():
    seen = snapshots(*[[stage("R2_1", total=1, running=1, input_records=6 * 10**7)]] * 32)
    usual = Baseline(stages={"R2_1": StageBaseline(workers=1.0)})
    source = source_facts("select a from t order by a")

    diagnosis = found(seen, source, usual)

    assert found(seen, source).finding.kind is Kind.TOO_FEW
    assert diagnosis.finding is None
    [hint] = diagnosis.hints
    assert (hint.confidence, hint.names) == (Confidence.HINT, (OneWorker.ORDER_BY,))


def test_many_bytes_are_enough_for_too_few_workers():
    alone = Worker(index=0, age_s=400, input_bytes=11 * 1024**3)
    workers = Workers(running=1, oldest=alone, running_s=400)

    finding = found(snapshots([stage("M1", total=1, running=1, workers=workers)])).finding

    assert (finding.kind, finding.remedy) == (Kind.TOO_FEW, Remedy.SMALLER_SPLITS)
    assert finding.numbers["bytes"] == 11 * 1024**3


def test_a_backup_is_no_restart_and_few_restarts_are_none():
    def one(reruns, of_one, workers):
        worst = Worker(index=20, attempt=of_one)
        told = Workers(running=100, reruns=reruns, rerun_workers=workers, most_rerun=worst)
        return snapshots([stage("M1", total=100, running=100, workers=told)])

    assert kind(one(3, 3, 1)) is Kind.RETRIES
    assert kind(one(5, 1, 5)) is Kind.RETRIES
    assert kind(one(4, 1, 4)) is None
    assert kind(one(2, 2, 1)) is None


def test_slow_workers_without_own_functions_are_not_told():
    seen = Seen("slow_everywhere")
    rows = [seen.snapshot(t) for t in (330, 340)]

    assert seen.diagnose(rows).finding.names == ("my_udf",)
    seen.source = replace_functions(seen.source)
    assert seen.diagnose(rows).finding is None


def replace_functions(source):
    return msgspec.structs.replace(source, functions=())


def test_one_slow_worker_among_quick_ones_is_not_slow_everywhere():
    plan = replace(LIVES["no_movement"].plan(), sql="select my_udf(a) from t")
    seen = Seen("no_movement")
    seen.life, seen.source = Life(plan), source_facts(plan.sql)

    assert seen.diagnose([seen.snapshot(400)]).finding.kind is Kind.SLOW_WORKER


def test_nothing_moves_but_nobody_tells_whether_it_computes():
    one = stage("M1", total=4, running=4, input_records=5)
    finding = found(snapshots(*[[one]] * 62)).finding

    assert (finding.kind, finding.confidence) == (Kind.NO_MOVEMENT, Confidence.LIKELY)
    assert "computes" not in finding.numbers


def test_without_records_nobody_knows_whether_anything_moves():
    assert kind(snapshots(*[[stage("M1", total=4, running=4)]] * 62)) is None


def test_what_stands_still_is_only_stopped_where_repeating_is_safe():
    seen = snapshots(*[[stage("M1", total=4, running=4, input_records=5)]] * 62, total_cpu=3.0)

    safe = found(seen, source_facts("select 1")).finding
    unsafe = found(seen, source_facts("insert into t select 1")).finding

    assert (safe.remedy, unsafe.remedy) == (Remedy.STOP_AND_RERUN, Remedy.READ_LOG)


def test_more_input_is_added_to_any_other_cause():
    usual = Baseline(input_records=Spread(count=9, low=9e5, median=1e6, high=2e6))
    scan = stage("M1", total=40, ended=40, input_records=3_000_000)

    finding = found(snapshots([scan, with_oldest(6_000_000)]), None, usual).finding

    assert (finding.kind, finding.input_ratio) == (Kind.SKEW, 3)


def test_other_tasks_are_judged_by_their_sub_status_only():
    source = SourceFacts(is_sql=False)
    waits = [Snapshot(at=at(t), sub_status=SubStatus(code=1041)) for t in range(0, 70, 10)]

    assert kind(waits, source) is Kind.WAIT_QUOTA
    assert kind(snapshots([with_oldest(6_000_000)]), source) is None


def test_nothing_is_said_without_snapshots_when_turned_off_or_of_long_ago():
    seen = snapshots([with_oldest(6_000_000)])

    assert diagnose([], SourceFacts(), None, Thresholds(), at(0)) == Diagnosis()
    assert found(seen, enabled=False) == Diagnosis()
    assert diagnose(seen, SourceFacts(), None, Thresholds(), at(400)) == Diagnosis()


def test_a_threshold_of_the_team_counts():
    assert kind(snapshots([with_oldest(6_000_000)]), tail_least_s=130) is None


def test_a_finding_goes_on_beyond_what_is_kept():
    """Snapshots are kept for a quarter of an hour; what is found may last for hours."""
    one = stage("M1", total=4, running=4, input_records=5)
    before = found(snapshots(*[[one]] * 62)).finding
    later = [
        msgspec.structs.replace(row, at=row.at + (at(3_600) - at(0)))
        for row in snapshots(*[[one]] * 62)
    ]
    now = later[-1].at

    after = diagnose(later, SourceFacts(), None, Thresholds(), now, previous=before).finding
    anew = diagnose(later, SourceFacts(), None, Thresholds(), now).finding

    assert (after.since, anew.since) == (before.since, at(3_600))
    assert after.numbers["still_s"] == anew.numbers["still_s"] + 3_600


def test_evidence_of_the_quota_is_kept_in_hundredths_of_a_core():
    quota = Quota(name="etl", max_cpu=67_200, used_cpu=64_000)
    seen = [
        Snapshot(at=at(t), sub_status=SubStatus(code=1041), quota=quota) for t in range(0, 70, 10)
    ]

    finding = found(seen).finding

    assert finding.numbers == {"waited_s": 60, "max_cpu": 67_200, "used_cpu": 64_000}
    assert finding.names == ("etl",)


@pytest.mark.parametrize(("age_s", "is_known"), [(120, True), (600, False)])
def test_a_quota_that_was_told_lately_is_shown_until_it_is_asked_for_again(age_s, is_known):
    quota = Quota(name="etl", max_cpu=67_200, used_cpu=64_000)
    waits = [Snapshot(at=at(t), sub_status=SubStatus(code=1041)) for t in range(0, age_s + 10, 10)]
    seen = [msgspec.structs.replace(waits[0], quota=quota), *waits[1:]]

    finding = found(seen).finding

    assert ("used_cpu" in finding.numbers) is is_known
    assert finding.names == (("etl",) if is_known else ())
