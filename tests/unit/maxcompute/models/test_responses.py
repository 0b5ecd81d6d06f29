from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import (
    InstanceStatus,
    MalformedResponseError,
    TaskState,
)
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.instance_pages import parse_instances

READERS = [
    responses.parse_instance_status,
    responses.parse_task_statuses,
    responses.parse_task_results,
    responses.parse_progress,
    responses.parse_source,
    parse_instances,
    responses.parse_queueing_info,
    responses.parse_queueing_infos,
    responses.parse_token,
]

SOUND = [
    b"<Instance><Status>Running</Status></Instance>",
    (
        b"<Instance><Status>Terminated</Status><Tasks><Task Type='SQL'><Name>a</Name>"
        b"<StartTime>Thu, 10 Dec 2015 12:57:57 GMT</StartTime><Status>Success</Status><Histories/>"
        b"</Task></Tasks></Instance>"
    ),
    (
        b"<Instance><Tasks><Task Type='SQL'><Name>a</Name><Result Transform='Base64' Format='csv'>"
        b'ImEiCjEK</Result><ResultDescriptor>{"SelectResultStatus": "FULL"}</ResultDescriptor>'
        b"<Status>Success</Status></Task></Tasks></Instance>"
    ),
    (
        b"<Progress><Stage ID='M1'><Status>Running</Status><TotalWorkers>3</TotalWorkers></Stage>"
        b"<Stage/></Progress>"
    ),
    (
        b"<Instances><Marker>m</Marker><Instance><Name>i</Name><Status>Running</Status></Instance>"
        b"</Instances>"
    ),
    b"<Job><Priority>1</Priority><Guid>g</Guid><Tasks><SQL><Name>a</Name></SQL></Tasks></Job>",
    b'{"instanceId": "i", "waitPos": 3, "instanceProgress": 0.5, "subStatus": {"description": 1}}',
    (
        b'<Instances><Content>[{"instanceId": "i", "startTime": "2026-01-01 00:00:00 +0000"}]'
        b"</Content><Marker>m</Marker></Instances>"
    ),
    b"<Authorization><Result>T</Result></Authorization>",
]


@pytest.mark.parametrize("read", READERS)
@given(data=st.data())
def test_any_response_is_parsed_or_malformed(read, data):
    body = data.draw(st.sampled_from(SOUND))
    start, end = sorted(
        (data.draw(st.integers(0, len(body))), data.draw(st.integers(0, len(body))))
    )
    noise = data.draw(st.binary(max_size=8) | st.sampled_from([b"<a>", b"9" * 5000, b"&x;", b"{}"]))

    with suppress(MalformedResponseError):
        read(body[:start] + noise + body[end:])


def test_task_statuses_include_the_instance_status():
    statuses = responses.parse_task_statuses(SOUND[1])

    assert statuses.is_terminated
    assert statuses.is_successful
    assert statuses.tasks["a"].type == "SQL"
    assert statuses.tasks["a"].start_time == datetime(2015, 12, 10, 12, 57, 57, tzinfo=UTC)
    assert statuses.tasks["a"].end_time is None


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Success", TaskState.SUCCESS),
        ("SUCCESS", TaskState.SUCCESS),
        ("cancelled", TaskState.CANCELLED),
        ("Exploded", TaskState.UNKNOWN),
        ("", TaskState.UNKNOWN),
    ],
)
def test_words_for_states_are_read_in_any_case_and_new_ones_are_unknown(word, state):
    task = f"<Task><Status>{word}</Status></Task>"
    body = f"<Instance><Status>Running</Status><Tasks>{task}</Tasks></Instance>"

    assert responses.parse_task_statuses(body.encode()).tasks[""].status is state


def test_no_known_task_means_no_success():
    body = b"<Instance><Status>Terminated</Status><Tasks/></Instance>"

    assert not responses.parse_task_statuses(body).is_successful


def test_a_new_word_for_a_status_is_not_taken_for_an_end():
    body = b"<Instance><Status>Hibernating</Status></Instance>"

    assert responses.parse_instance_status(body) is InstanceStatus.UNKNOWN


def test_a_response_without_a_status_is_malformed():
    with pytest.raises(MalformedResponseError):
        responses.parse_instance_status(b"<Instance/>")


def result(attributes, text, more=""):
    return responses.parse_task_results(
        f"<Instance><Tasks><Task Type='SQL'><Name>t</Name><Result {attributes}>"
        f"<![CDATA[{text}]]></Result>{more}</Task></Tasks></Instance>".encode()
    )["t"]


def test_base64_is_decoded_only_where_it_is_announced():
    encoded = b64encode('"a"\n"二"\n'.encode()).decode()

    assert result("Transform='Base64' Format='csv'", encoded).rows().rows == (("二",),)
    assert result("Format='csv'", encoded).text == encoded


def test_broken_base64_is_malformed():
    with pytest.raises(MalformedResponseError):
        result("Transform='Base64' Format='csv'", "ImE")


@pytest.mark.parametrize(
    ("status", "is_truncated"), [("FULL", False), ("Truncated", True), ("NO", None), ("?", None)]
)
def test_the_descriptor_says_whether_rows_are_missing(status, is_truncated):
    more = f'<ResultDescriptor>{{"SelectResultStatus": "{status}"}}</ResultDescriptor>'

    assert result("Format='csv'", "", more).is_truncated is is_truncated


def test_an_old_service_sends_neither_status_nor_truncation():
    parsed = result("Format='text'", "ODPS-0130211: ERROR Detail")

    assert (parsed.status, parsed.is_truncated) == (None, None)
    assert parsed.text == "ODPS-0130211: ERROR Detail"


def test_a_running_instance_has_no_results():
    assert responses.parse_task_results(b"<Instance><Tasks/></Instance>") == {}


def test_a_source_has_what_was_submitted():
    source = responses.parse_source(
        b"""<Job><Name>NA</Name><Owner>ALIYUN$me</Owner>
        <CreationTime>Thu, 01 Jan 2026 00:00:00 GMT</CreationTime><Priority>3</Priority>
        <Guid>g1</Guid><Tasks><SQL><Name>t</Name><Config><Property><Name>settings</Name>
        <Value>{"a": "1", "n": 2}</Value></Property><Property><Name>uuid</Name><Value>u</Value>
        </Property></Config><Query><![CDATA[ select ']]]]><![CDATA[>';]]></Query></SQL></Tasks>
        <DAG><RunMode>Sequence</RunMode></DAG></Job>"""
    )

    (task,) = source.tasks
    assert (source.guid, source.priority, source.owner) == ("g1", 3, "ALIYUN$me")
    assert source.creation_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert (task.name, task.type, task.query) == ("t", "SQL", " select ']]>';")
    assert task.settings == {"a": "1", "n": "2"}
    assert task.properties["uuid"] == "u"


@pytest.mark.parametrize("settings", ["{", "[1]", ""])
def test_settings_that_somebody_botched_are_no_obstacle(settings):
    prop = f"<Property><Name>settings</Name><Value>{settings}</Value></Property>"
    body = f"<Job><Tasks><SQL><Config>{prop}</Config></SQL></Tasks></Job>"

    assert responses.parse_source(body.encode()).tasks[0].settings == {}


def test_queueing_info_has_progress_and_position():
    info = responses.parse_queueing_info(
        b'{"instanceId": "i", "instancePriority": 9, "instanceProgress": 0.42, "jobName": "",'
        b' "startTime": "2026-01-01 08:00:00 +0800", "status": "Running", "waitPos": 3,'
        b' "queueLength": 7, "subStatus": {"description": "Waiting for scheduling"},'
        b' "userAccount": "ALIYUN$me", "taskType": "SQL"}'
    )

    assert info is not None
    assert info.status is InstanceStatus.RUNNING
    assert (info.progress, info.wait_position, info.queue_length) == (0.42, 3, 7)
    assert info.sub_status == "Waiting for scheduling"
    assert info.start_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert info.job_name is None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"instanceId": ""}'])
def test_an_instance_unknown_to_the_scheduler_has_no_queueing(body):
    assert responses.parse_queueing_info(body) is None


@pytest.mark.parametrize("text", ["2026-01-01 00:00:00.123456Z", "2026-01-01 00:00:00.123456"])
def test_the_schedulers_times_are_aware_utc(text):
    info = responses.parse_queueing_info(f'{{"instanceId": "i", "startTime": "{text}"}}'.encode())

    assert info is not None
    assert info.start_time == datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)


def test_a_page_of_a_listing_has_the_next_pages_marker():
    instances, marker = parse_instances(
        b"""<?xml version="1.0" encoding="UTF-8"?><Instances><Marker>TWFyaw==</Marker>
        <MaxItems>1</MaxItems><Instance><Name>20151110030720543ggist738</Name>
        <Owner>ALIYUN$me</Owner><Status>Terminated</Status>
        <StartTime>Tue, 10 Nov 2015 03:07:20 GMT</StartTime>
        <EndTime>Tue, 10 Nov 2015 03:07:21 GMT</EndTime></Instance></Instances>"""
    )

    assert marker == "TWFyaw=="
    assert [found.id for found in instances] == ["20151110030720543ggist738"]
    assert instances[0].end_time == datetime(2015, 11, 10, 3, 7, 21, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"<Instances/>", b"<Instances><Marker/></Instances>"])
def test_behind_the_last_page_there_is_no_marker(body):
    assert parse_instances(body) == ([], None)


@pytest.mark.parametrize(
    "result",
    [
        "<Result Format='text'><Error><Code>A</Code><Message>b</Message></Error></Result>",
        (
            "<Result Format='text'><![CDATA[<Error><Code>A</Code><Message>b</Message></Error>]]>"
            "</Result>"
        ),
        (
            "<Result Format='text'>&lt;Error&gt;&lt;Code&gt;A&lt;/Code&gt;"
            "&lt;Message&gt;b&lt;/Message&gt;&lt;/Error&gt;</Result>"
        ),
        (
            "<Result Format='text' Transform='Base64'>"
            "PEVycm9yPjxDb2RlPkE8L0NvZGU+PE1lc3NhZ2U+YjwvTWVzc2FnZT48L0Vycm9yPg==</Result>"
        ),
    ],
    ids=["elements", "CDATA", "escaped", "Base64"],
)
def test_the_error_of_a_failed_task_is_read_however_it_is_wrapped(result):
    body = f"<Instance><Tasks><Task><Name>t</Name>{result}</Task></Tasks></Instance>"
    found = responses.parse_task_results(body.encode())["t"]

    assert found.error.text == "A: b"


def test_of_tasks_with_the_same_name_or_none_nothing_gets_lost():
    names = ["a", "a", "", ""]
    states = ["Failed", "Success", "Cancelled", "Running"]
    tasks = "".join(
        f'<Task Type="SQL"><Name>{name}</Name><Status>{state}</Status></Task>'
        for name, state in zip(names, states, strict=True)
    )
    body = f"<Instance><Status>Terminated</Status><Tasks>{tasks}</Tasks></Instance>".encode()

    statuses = responses.parse_task_statuses(body)
    results = responses.parse_task_results(body)

    assert [task.status.value for task in statuses.tasks.values()] == states
    assert [task.name for task in statuses.tasks.values()] == names
    assert [result.status.value for result in results.values()] == states
    assert not statuses.is_successful
