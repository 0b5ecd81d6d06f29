"""What the OpenAPI says of a job; whatever it leaves out or writes, the rest is read."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import MalformedResponseError
from odps_bot.openapi.job_info import JobInfo, parse_job_info, parse_job_snapshots

SCENE = {
    "scene": "LackResource",
    "sceneTag": "SubscriptionLackResource",
    "type": "warning",
    "summary": "Insufficient computing resources available for the job.",
    "description": "d",
    "params": {"J2_1": "49"},
}
JOB = {
    "status": "Running",
    "signature": "AdXw==",
    "quotaNickname": "etl",
    "inputBytes": "1048576",
    "jobSubStatusList": [
        {"code": 1041, "description": "w", "startTime": "2025-03-05 00:04:16.1 +0800"},
        {"code": 1010, "description": "s", "startTime": "2025-03-05 00:04:15.717364 +0800"},
    ],
    "sceneResults": [SCENE],
}


def info_of(data):
    return parse_job_info(json.dumps({"requestId": "r", "httpCode": 200, "data": data}).encode())


def test_a_job_has_the_vendor_s_findings_in_its_own_words():
    info = info_of(JOB)
    (scene,) = info.scenes

    assert (scene.scene, scene.tag, scene.type) == (
        "LackResource",
        "SubscriptionLackResource",
        "warning",
    )
    assert scene.summary == SCENE["summary"]
    assert scene.params == {"J2_1": "49"}


def test_a_job_has_its_sub_statuses_oldest_first():
    info = info_of(JOB)

    assert [one.code for one in info.sub_statuses] == [1010, 1041]
    assert info.sub_statuses[0].start_time == datetime(2025, 3, 4, 16, 4, 15, 717364, tzinfo=UTC)


def test_a_job_has_its_signature_and_its_quota():
    info = info_of(JOB)

    assert (info.status, info.signature, info.quota_nickname) == ("running", "AdXw==", "etl")
    assert info.input_bytes == 1_048_576
    assert not info.is_ended


@pytest.mark.parametrize(
    ("status", "is_ended"),
    [("success", True), ("FAILED", True), ("cancelled", True), ("submitted", False), (None, False)],
)
def test_a_job_has_ended_by_its_status(status, is_ended):
    assert info_of({"status": status}).is_ended is is_ended


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data": null}', b'{"data": []}'])
def test_of_nothing_nothing_is_known(body):
    assert parse_job_info(body) == JobInfo()
    assert parse_job_snapshots(body) == ()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff"])
def test_what_is_no_json_object_is_malformed(body):
    for parse in (parse_job_info, parse_job_snapshots):
        with pytest.raises(MalformedResponseError):
            parse(body)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(field=st.sampled_from(sorted(JOB)), value=ODD)
def test_an_odd_field_of_a_job_leaves_the_others(field, value):
    info = info_of({**JOB, field: value})

    known = {
        "status": info.status == "running",
        "signature": info.signature == "AdXw==",
        "inputBytes": info.input_bytes == 1_048_576,
        "jobSubStatusList": len(info.sub_statuses) == 2,
        "sceneResults": len(info.scenes) == 1,
    }
    assert all(is_known for name, is_known in known.items() if name != field)


@given(field=st.sampled_from(sorted(SCENE)), value=ODD)
def test_an_odd_field_of_a_finding_leaves_the_others(field, value):
    first, second = info_of({"sceneResults": [{**SCENE, field: value}, SCENE]}).scenes

    assert second.summary == SCENE["summary"]
    if field != "description":
        assert first.description == "d"


@pytest.mark.parametrize(
    ("written", "ratio"), [(0.5, 0.5), ("0.95", 0.95), (0, 0.0), (-1, None), ("-", None)]
)
def test_a_snapshot_says_how_much_a_job_has_of_what_it_wants(written, ratio):
    job = {"instanceId": "i", "snapshotTime": 1767225600, "cpuUsageToRequestRatio": written}
    (snapshot,) = parse_job_snapshots(json.dumps({"data": {"jobInfoList": [job, "-"]}}).encode())

    assert snapshot.instance_id == "i"
    assert snapshot.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert snapshot.cpu_ratio == ratio
