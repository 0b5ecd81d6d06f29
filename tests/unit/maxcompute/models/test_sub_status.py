"""What the scheduler says that an instance does and did, however its times are written."""

import json
from datetime import UTC, datetime

import pytest

from odps_bot.maxcompute.models.responses import parse_progress, parse_queueing_info


def info_of(**fields):
    body = json.dumps({"instanceId": "20260101000000123gabcdefgh2"} | fields).encode()
    return parse_queueing_info(body)


def test_a_sub_status_has_a_code_and_the_time_of_its_start():
    info = info_of(
        subStatus={
            "code": 1042,
            "description": "Offline Job is running",
            "start_time": "2026-01-01 08:00:31.717364 +0800",
        }
    )

    assert (info.sub_status_code, info.sub_status) == (1042, "Offline Job is running")
    assert info.sub_status_start_time == datetime(2026, 1, 1, 0, 0, 31, 717364, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        1767225609,
        "1767225609",
        1767225609000,
        "2026-01-01 08:00:09 +0800",
        "2026-01-01 08:00:09.000 +0800",
        "2026-01-01T00:00:09Z",
        "2026-01-01 00:00:09",
    ],
)
def test_its_time_is_seconds_milliseconds_or_text(written):
    info = info_of(subStatus={"code": 1010, "start_time": written})

    assert info.sub_status_start_time == datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC)


def test_the_history_is_in_the_order_of_time():
    history = [
        {"code": 1240, "start_time": "2026-01-01 08:00:20 +0800"},
        {"code": 1010, "start_time": 1767225600},
        {"code": 1230, "start_time": "2026-01-01 00:00:10"},
    ]

    found = info_of(subStatusHistory=history).sub_status_history
    assert [one.code for one in found] == [1010, 1230, 1240]


def test_a_sub_status_without_a_time_stays_behind_the_one_before_it():
    history = [
        {"code": 1240, "start_time": 1767225620},
        {"code": 1250},
        {"code": 1010, "start_time": 1767225600},
        {"description": "of tomorrow", "start_time": "-"},
    ]

    found = info_of(subStatusHistory=history).sub_status_history
    assert [one.code for one in found] == [1010, None, 1240, 1250]


@pytest.mark.parametrize("odd", [None, "-", 5, {}, [None, 5, [], {}, {"start_time": 1}]])
def test_a_history_of_nothing_is_empty(odd):
    assert info_of(subStatusHistory=odd).sub_status_history == ()


def test_a_sub_status_can_be_its_description_alone():
    info = info_of(subStatus="Waiting for scheduling")

    assert (info.sub_status, info.sub_status_code) == ("Waiting for scheduling", None)


@pytest.mark.parametrize(
    ("written", "known"),
    [("210000416174", "210000416174"), (210000416174, "210000416174"), ("", None), (None, None)],
)
def test_a_job_of_dataworks_names_its_node(written, known):
    assert info_of(skynetId=written).skynet_id == known


def test_the_usage_since_the_start_is_apart_from_that_of_now():
    info = info_of(cpuUsage=4_000, totalCpuUsage=1_200_000, totalMemUsage="24576000")

    assert (info.cpu_usage, info.total_cpu_usage) == (4_000, 1_200_000)
    assert (info.memory_usage, info.total_memory_usage) == (None, 24_576_000)


def test_records_that_a_stage_does_not_tell_are_unknown():
    progress = parse_progress(
        b"<Progress><Stage ID='M1'><InputRecords>0</InputRecords></Stage><Stage ID='R2_1'>"
        b"<OutputRecords>-</OutputRecords></Stage></Progress>"
    )

    assert [(stage.input_records, stage.output_records) for stage in progress.stages] == [
        (0, None),
        (None, None),
    ]
