"""From the service's responses to what a diagnosis looks at."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.final_summary import StageSummary
from odps_bot.diagnosis.recent_snapshots import added, decoded, encoded
from odps_bot.diagnosis.snapshots import Quota, Snapshot, SubStatus
from odps_bot.diagnosis.source_facts import source_facts
from odps_bot.maxcompute.models.details import parse_summary
from odps_bot.maxcompute.models.quotas import parse_quota_usages
from odps_bot.maxcompute.models.responses import parse_progress, parse_queueing_info
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from workers.polling.diagnosis_snapshot import (
    MOST_STAGES,
    MOST_SUB_STATUSES,
    snapshot_from,
    stage_name,
    stage_summaries_from,
)

NOW = datetime(2026, 1, 1, 0, 3, 10, tzinfo=UTC)
START = 1_767_225_670

CACHED = {
    "instanceId": "20260101000000123gabcdefgh2",
    "status": "Running",
    "waitPos": 7,
    "queueLength": 9,
    "cpuUsage": 4_000,
    "totalCpuUsage": 364_000,
    "skynetId": 210000416174,
    "subStatus": {
        "code": 1041,
        "description": "Offline Job Waiting for running",
        "start_time": "2026-01-01 08:00:30.25 +0800",
    },
    "subStatusHistory": [
        {"code": 1240, "description": "generating execution plan", "start_time": 1767225620},
        {"code": 1010, "description": "Waiting for scheduling", "start_time": 1767225600000},
    ],
}

PROGRESS = b"""<Progress>
<Stage ID="M1_Stg1_job0"><Status>TERMINATED</Status><TerminatedWorkers>40</TerminatedWorkers>
<TotalWorkers>40</TotalWorkers></Stage>
<Stage ID="J2_1_job_0"><Status>Running</Status><BackupWorkers>1</BackupWorkers>
<TerminatedWorkers>49</TerminatedWorkers><RunningWorkers>1</RunningWorkers>
<TotalWorkers>50</TotalWorkers><InputRecords>104000000</InputRecords>
<OutputRecords>0</OutputRecords></Stage></Progress>"""


def worker(index, *, took=None, records=2_000_000):
    return {
        "id": f"Odps/p_20260101_SQL_0_0_0_job_0/J2_1#{index}_0",
        "logId": f"log-{index}",
        "status": "Terminated" if took else "Running",
        "startTime": START,
        "endTime": START + took if took else 0,
        "input_records": records,
    }


WORKERS = [*(worker(n, took=40) for n in range(49)), worker(49, records=6_000_000)]
TASKS = [{"name": "M1", "instances": []}, {"name": "J2_1", "instances": WORKERS}]
DETAIL = json.dumps({"mapReduce": {"jobs": [{"tasks": TASKS}]}}).encode()

GROUP = {
    "GroupAlias": "etl",
    "GroupMaxQuota": {"CPU": 67_200, "Memory": 2_437_512},
    "GroupRequest": {"CPU": 190_000},
    "RuntimeQuota": {"CPU": 64_000},
    "UsedQuota": {"CPU": 63_900},
    "AmWaitingResInfo": [[0, {"SuId": 0, "totalAheadTaskNum": 6}]],
}
QUOTA = json.dumps({"quotaInfos": {"job0": json.dumps(GROUP)}}).encode()


def test_a_skewed_job_is_seen_with_its_hot_worker():
    found = snapshot_from(
        at=NOW,
        queueing=parse_queueing_info(json.dumps(CACHED).encode()),
        progress=parse_progress(PROGRESS),
        workers=parse_stage_workers(DETAIL, now=NOW),
        quotas=parse_quota_usages(QUOTA),
    )

    first, second = found.stages
    assert (first.name, first.status, first.total, first.ended) == ("M1", "TERMINATED", 40, 40)
    assert (first.input_records, first.output_records, first.workers) == (None, None, None)
    assert (second.name, second.running, second.ended, second.backups) == ("J2_1", 1, 49, 1)
    assert (second.input_records, second.output_records) == (104_000_000, 0)
    hot = second.workers.oldest
    assert (hot.index, hot.attempt, hot.age_s, hot.log_id) == (49, 0, 120, "log-49")
    assert (hot.input_records, hot.input_bytes) == (6_000_000, None)
    assert (second.workers.ended_mean_s, second.workers.ended_mean_bytes) == (40, None)
    assert second.workers.mean_records_without_oldest == 2_000_000


def test_a_queued_job_is_seen_with_its_place_and_its_quota():
    queueing = parse_queueing_info(json.dumps(CACHED).encode())
    found = snapshot_from(at=NOW, queueing=queueing, quotas=parse_quota_usages(QUOTA))

    assert found.sub_status == SubStatus(
        code=1041,
        description="Offline Job Waiting for running",
        since=datetime(2026, 1, 1, 0, 0, 30, 250_000, tzinfo=UTC),
    )
    assert [(one.code, one.since.second) for one in found.sub_status_history] == [
        (1010, 0),
        (1240, 20),
    ]
    assert (found.queue_position, found.queue_length, found.total_cpu) == (7, 9, 364_000)
    assert found.stages is None
    assert found.quota == Quota(
        name="etl",
        max_cpu=67_200,
        requested_cpu=190_000,
        usable_cpu=64_000,
        used_cpu=63_900,
        tasks_ahead=6,
    )


def test_nothing_told_is_nothing_known():
    assert snapshot_from(at=NOW) == Snapshot(at=NOW)
    assert snapshot_from(at=NOW, progress=parse_progress(b"<Progress/>")).stages == ()


def test_a_long_history_is_cut_to_its_end():
    history = [{"code": n, "start_time": 1767225600 + n} for n in range(1, 100)]
    queueing = parse_queueing_info(json.dumps(CACHED | {"subStatusHistory": history}).encode())
    found = snapshot_from(at=NOW, queueing=queueing)

    assert len(found.sub_status_history) == MOST_SUB_STATUSES
    assert found.sub_status_history[-1].code == 99


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("M1_Stg1_job0", "M1"),
        ("R2_1_job_0", "R2_1"),
        ("J4_1_2_3", "J4_1_2_3"),
        ("M1_odpsdemo_dev_2019060403073279gbnoz3pr2_SQL_0_0_0_job_0", "M1"),
        ("R2_1_p_20260101000000123gabcdefgh2_SQL_0_0_0_job_0", "R2_1"),
        ("M1_1st_project_2026_SQL", "M1"),
        ("PLTask", "PLTask"),
        ("", ""),
    ],
)
def test_a_stage_has_one_name_in_all_responses(written, name):
    assert stage_name(written) == name


def test_stages_of_several_jobs_are_numbered_alike_in_progress_and_workers():
    progress = b'<Progress><Stage ID="M1_job_0"/><Stage ID="M1_job_1"/></Progress>'
    one = {"name": "M1", "instances": [worker(0, took=5)]}
    two = {"name": "M1", "instances": [worker(0), worker(1)]}
    body = json.dumps({"mapReduce": {"jobs": [{"tasks": [one]}, {"tasks": [two]}]}}).encode()
    found = snapshot_from(
        at=NOW, progress=parse_progress(progress), workers=parse_stage_workers(body, now=NOW)
    )

    assert [(stage.name, stage.workers.running) for stage in found.stages] == [
        ("M1", 0),
        ("M1 (2)", 2),
    ]


def test_the_summary_after_the_end_has_the_input_of_each_stage_s_workers():
    stages = {
        "M1_Stg1_job0": {"WorkerCount": 40},
        "J2_1_job_0": {
            "WorkerCount": 50,
            "InputRecordCountStats": {"StreamLineRead1": [2_000_000, 60_000_000, 3_160_000]},
        },
    }
    body = {"Instance": {"JsonSummary": json.dumps({"Stages": stages})}}
    summary = parse_summary(json.dumps(body).encode(), is_final=True)

    assert stage_summaries_from(summary) == (
        StageSummary(name="M1", workers=40),
        StageSummary(name="J2_1", workers=50, least=2_000_000, mean=3_160_000, most=60_000_000),
    )


def test_a_snapshot_can_be_kept():
    found = snapshot_from(
        at=NOW,
        queueing=parse_queueing_info(json.dumps(CACHED).encode()),
        progress=parse_progress(PROGRESS),
        workers=parse_stage_workers(DETAIL, now=NOW),
    )

    assert msgspec.json.decode(msgspec.json.encode(found), type=Snapshot) == found


def test_a_job_of_very_many_stages_is_kept_in_little():
    stages = "".join(
        f'<Stage ID="M{number}_{"1_" * 200}x"><Status>{"R" * 500}</Status>'
        f"<RunningWorkers>{int(number >= 2_000)}</RunningWorkers></Stage>"
        for number in range(2_010)
    )
    progress = parse_progress(f"<Progress>{stages}</Progress>".encode())

    seen = snapshot_from(at=NOW, progress=progress)

    assert len(seen.stages) == MOST_STAGES
    assert sum(stage.running for stage in seen.stages) == 10
    assert max(len(stage.name) + len(stage.status) for stage in seen.stages) <= 200
    assert len(encoded([seen] * 3)) < 50_000


def test_an_id_of_a_log_that_no_button_can_carry_is_not_kept():
    hot = worker(0) | {"logId": "l" * 100_000}
    detail = {"mapReduce": {"jobs": [{"tasks": [{"name": "M1", "instances": [hot]}]}]}}
    workers = parse_stage_workers(json.dumps(detail).encode(), now=NOW)
    progress = parse_progress(b'<Progress><Stage ID="M1"/></Progress>')

    (stage,) = snapshot_from(at=NOW, progress=progress, workers=workers).stages

    assert stage.workers.oldest.log_id is None


@pytest.mark.parametrize(
    "odd",
    [
        {"startTime": "0001-01-01 00:00:00 +0000"},
        {"startTime": "9999-12-31 23:59:59 +0000"},
        {"input_records": 1e308, "input_bytes": "1e308"},
        {"input_records": -5, "startTime": float("nan")},
    ],
)
def test_absurd_numbers_and_times_of_a_worker_cost_no_diagnosis(odd):
    others = [worker(index) | odd for index in range(20)]
    detail = {"mapReduce": {"jobs": [{"tasks": [{"name": "M1", "instances": others}]}]}}
    progress = parse_progress(
        b'<P><Stage ID="M1"><TotalWorkers>50</TotalWorkers>'
        b"<TerminatedWorkers>30</TerminatedWorkers><RunningWorkers>20</RunningWorkers><InputRecords>5</InputRecords></Stage></P>"
    )
    snapshots = ()
    for second in range(0, 600, 30):
        at = NOW + timedelta(seconds=second)
        workers = parse_stage_workers(json.dumps(detail).encode(), now=at)
        snapshots = added(snapshots, snapshot_from(at=at, progress=progress, workers=workers))
        snapshots = decoded(encoded(snapshots))
        diagnose(snapshots, source_facts("select f(a) from t"), None, Thresholds(), at)

    assert snapshots[-1].stages[0].running == 20
