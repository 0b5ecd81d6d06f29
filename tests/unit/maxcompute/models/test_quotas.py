import json

import pytest

from odps_bot.maxcompute import Resources
from odps_bot.maxcompute.models.quotas import parse_quota_usages

#: As the Java SDK documents it.
SAMPLE = (
    rb'{"quotaInfos":{"job0":"{\"AmWaitingResInfo\":[[0,{\"RunningInstanceNum\":1,'
    rb"\"TotalInstanceNum\":1,\"SuId\":0,\"totalAheadResourceDesire\":{},"
    rb"\"totalAheadTaskNum\":0,\"waitingQueueItemInfo\":{}}]],\"GroupAlias\":\"ttt\","
    rb"\"GroupId\":1,\"GroupMaxQuota\":{\"CPU\":67200,\"Memory\":2437512},"
    rb"\"GroupRequest\":{\"CPU\":100,\"Memory\":2068},\"RuntimeQuota\":{\"CPU\":100,"
    rb'\"Memory\":2068},\"UsedQuota\":{\"CPU\":100,\"Memory\":2068}}"}}'
)


def test_a_quota_group_is_json_in_the_text_of_json():
    (usage,) = parse_quota_usages(SAMPLE)

    assert (usage.job, usage.name, usage.tasks_ahead) == ("job0", "ttt", 0)
    assert usage.limit == Resources(cpu_percent=67_200, memory_mb=2_437_512)
    assert (usage.requested, usage.available, usage.used) == (
        (Resources(cpu_percent=100, memory_mb=2_068),) * 3
    )


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"quotaInfos": {}}', b'{"quotaInfos": {"job0": "-"}}']
)
def test_within_thirty_seconds_there_is_no_second_answer(body):
    assert parse_quota_usages(body) == ()


def test_everything_of_a_group_is_optional():
    (usage,) = parse_quota_usages(json.dumps({"quotaInfos": {"job0": {"GroupId": 1}}}).encode())

    assert (usage.name, usage.limit, usage.tasks_ahead) == (None, Resources(), None)


def test_jobs_are_in_the_order_of_their_numbers():
    infos = {f"job{n}": {"GroupId": n} for n in (10, 9, 0)}
    usages = parse_quota_usages(json.dumps({"quotaInfos": infos}).encode())

    assert [usage.job for usage in usages] == ["job0", "job9", "job10"]


def test_the_most_that_is_ahead_counts():
    waiting = [[0, {"totalAheadTaskNum": 3}], [1, {"totalAheadTaskNum": 7}]]
    infos = {"job0": json.dumps({"AmWaitingResInfo": waiting})}
    (usage,) = parse_quota_usages(json.dumps({"quotaInfos": infos}).encode())

    assert usage.tasks_ahead == 7
