"""How an instance ended, according to its waits and outcomes."""

from datetime import UTC, datetime

import pytest

from odps_bot.maxcompute import InstanceFailedError

ID = "20260101000000123gabcdefgh2"
LOCATION = {"Location": f"/api/projects/test_project/instances/{ID}"}
RUNNING = "<Instance><Status>Running</Status></Instance>"
TERMINATED = "<Instance><Status>Terminated</Status></Instance>"


def error(code, message=""):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"


IMMEDIATE = """<?xml version="1.0" encoding="UTF-8"?>
<Instance><Tasks><Task Type="SQL"><Name>AnonymousSQLTask</Name>
<Result Transform="Base64" Format="csv"><![CDATA[ImlkIiwibmFtZSIKMSwiYSIK]]></Result>
<ResultDescriptor><![CDATA[{"IsSelect": true, "SelectResultStatus": "FULL"}]]></ResultDescriptor>
<Status>Success</Status></Task></Tasks></Instance>"""


def test_an_instance_that_ends_immediately_needs_no_more_requests(service):
    service.reply(IMMEDIATE, http_status=200, headers=LOCATION)

    instance = service.client().execute_sql("select 1")
    result = instance.get_task_results()["AnonymousSQLTask"]

    assert result.rows().rows == (("1", "a"),)
    assert instance.is_successful()
    assert len(service.requests) == 1


def test_an_instance_that_fails_immediately_has_its_reason(service):
    reason = "ODPS-0130131:[1,15] Table not found - table p.t cannot be resolved"
    failed = IMMEDIATE.replace("Success", "Failed").replace(
        '<Result Transform="Base64" Format="csv"><![CDATA[ImlkIiwibmFtZSIKMSwiYSIK]]>',
        f'<Result Format="text"><![CDATA[{reason}]]>',
    )
    service.reply(failed, headers=LOCATION)

    with pytest.raises(InstanceFailedError) as raised:
        service.client().execute_sql("select 1")

    assert raised.value.message == reason
    assert raised.value.odps_code == "ODPS-0130131"
    assert raised.value.instance_id == ID


def test_a_body_that_cannot_be_read_does_not_hide_the_new_instance(service):
    service.reply('{"instanceId": 1}', http_status=201, headers=LOCATION)

    assert service.client().run_sql("select 1").id == ID


TASK = "<Task Type='SQL'><Name>t</Name>{}</Task>"


def ended_as(status):
    task = TASK.format(f"<Status>{status}</Status>")
    return f"<Instance><Status>Terminated</Status><Tasks>{task}</Tasks></Instance>"


def test_a_success_is_waited_for_without_downloading_the_result(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply(RUNNING, RUNNING, TERMINATED, ended_as("Success"), IMMEDIATE)

    instance = service.client().execute_sql("select 1")

    assert len(service.requests) == 5
    assert not any("result" in request.params for request in service.requests)
    assert instance.get_task_results()["AnonymousSQLTask"].rows().rows == (("1", "a"),)
    assert len(service.requests) == 6


def test_why_an_instance_failed_is_read_from_a_document_of_some_size_at_most(service):
    huge = TASK.format(f"<Result Format='text'>{'x' * 17 * 1024 * 1024}</Result>")
    service.reply(TERMINATED, ended_as("Failed"), f"<Instance><Tasks>{huge}</Tasks></Instance>")

    with pytest.raises(InstanceFailedError, match="Task t is Failed") as raised:
        service.client().get_instance(ID).wait_for_success(blocking=False)

    assert len(raised.value.message) < 100


def test_the_cause_is_found_behind_a_large_result_of_another_task(service):
    rows = f"<Task Type='SQL'><Name>s</Name><Result Format='csv'>{'x' * 9_000_000}</Result></Task>"
    cause = TASK.format("<Result Format='text'>ODPS-0121095: bad cast</Result>")
    service.reply(TERMINATED, ended_as("Failed"))
    service.reply(f"<Instance><Tasks>{rows}{cause}</Tasks></Instance>")

    with pytest.raises(InstanceFailedError, match="ODPS-0121095: bad cast"):
        service.client().get_instance(ID).wait_for_success(blocking=False)


def test_an_old_service_needs_a_request_for_the_statuses(service):
    results = TASK.format("<Result Format='text'>ODPS-0121095: bad cast</Result>")
    service.reply("", http_status=201, headers=LOCATION)
    service.reply(TERMINATED, ended_as("Failed"))
    service.reply(f"<Instance><Tasks>{results}</Tasks></Instance>")

    with pytest.raises(InstanceFailedError, match="ODPS-0121095: bad cast"):
        service.client().execute_sql("select 1")


def test_a_cancelled_instance_has_not_succeeded(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply(TERMINATED, ended_as("Cancelled"))

    with pytest.raises(InstanceFailedError, match="Cancelled"):
        service.client().execute_sql("select 1")


def test_an_instance_without_known_tasks_has_not_succeeded(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply(TERMINATED)
    service.reply("<Instance><Status>Terminated</Status><Tasks/></Instance>")

    with pytest.raises(InstanceFailedError, match="not known"):
        service.client().execute_sql("select 1")


def test_a_failure_with_an_unreadable_reason_is_raised_immediately(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply(TERMINATED, ended_as("Failed"), "<html>")

    with pytest.raises(InstanceFailedError, match="is Failed"):
        service.client().execute_sql("select 1")

    assert len(service.requests) == 4


def test_trouble_behind_the_end_is_waited_through_too(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply(TERMINATED)
    service.reply(*["<html>"] * 9, http_status=503)
    service.reply(ended_as("Success"))

    service.client().execute_sql("select 1")

    assert len(service.requests) == 12


def test_owner_and_times_of_an_ended_instance_can_be_requested(service):
    success = TASK.format("<Status>Success</Status>")
    service.reply(f"<Instance><Status>Terminated</Status><Tasks>{success}</Tasks></Instance>")
    headers = {"x-odps-owner": "ALIYUN$me", "x-odps-end-time": "Thu, 01 Jan 2026 00:00:00 GMT"}
    service.reply(TERMINATED, headers=headers)
    instance = service.client().get_instance(ID)
    assert instance.is_successful()

    instance.reload()

    assert (instance.owner, instance.end_time) == ("ALIYUN$me", datetime(2026, 1, 1, tzinfo=UTC))


def test_an_end_is_remembered(service):
    service.reply(TERMINATED)
    instance = service.client().get_instance(ID)

    for _ in range(3):
        assert instance.is_terminated()

    assert len(service.requests) == 1


MERGED = """<Instance><Status>Terminated</Status><Tasks><Task Type="MERGE"><Name>merge_task_1</Name>
<Status>Success</Status></Task></Tasks></Instance>"""


@pytest.mark.parametrize("http_status", [400, 403, 404])
def test_a_result_that_is_refused_is_no_failure_of_the_instance(service, http_status):
    def reply(request):
        if "result" in request.params:
            return "<Error><Code>No</Code><Message>no result for you</Message></Error>", http_status
        return MERGED, 200

    service.reply(reply)

    service.client().get_instance(ID).wait_for_success(blocking=False)
