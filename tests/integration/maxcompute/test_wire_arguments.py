"""What callers pass: meant values are sent in one form, others are refused before anything is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from odps_bot.maxcompute import (
    InstanceFailedError,
    InstanceStatus,
    InstanceSummary,
    InvalidArgumentError,
    QueueingInfo,
    WaitTimeoutError,
)

ID = "20260101000000123gabcdefgh2"
LOCATION = {"Location": f"/api/projects/test_project/instances/{ID}"}
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
RUNNING = "<Instance><Status>Running</Status></Instance>"
EMPTY = "<Instances><Marker/></Instances>"


def instance(client):
    return client.get_instance(ID)


def log_of(client, *arguments, **options):
    return client.get_instance(ID).get_task("t").get_worker_log(*arguments, **options)


def tail_of(client, **options):
    return client.get_instance(ID).get_task("t").get_worker_log_tail("id", **options)


REFUSED = [
    ("interval", lambda c: instance(c).wait_for_success(interval="5")),
    ("interval", lambda c: instance(c).wait_for_completion(interval=-1)),
    ("interval", lambda c: instance(c).wait_for_completion(interval=None)),
    ("max_interval", lambda c: instance(c).wait_for_completion(max_interval=float("nan"))),
    ("timeout", lambda c: instance(c).wait_for_success(timeout="1h")),
    ("timeout", lambda c: instance(c).wait_for_success(timeout=True)),
    ("timeout", lambda c: instance(c).wait_for_success(timeout=10**400)),
    ("patience", lambda c: instance(c).wait_for_success(patience=float("inf"))),
    ("blocking", lambda c: instance(c).wait_for_success(blocking="no")),
    ("blocking", lambda c: instance(c).get_status(blocking=1)),
    ("timeout", lambda c: c.execute_sql("select 1", timeout="soon")),
    ("timeout", lambda c: c.execute_sql_cost("select 1", timeout=-5)),
    ("sql", lambda c: c.run_sql(None)),
    ("sql", lambda c: c.run_sql("  \n")),
    ("sql", lambda c: c.run_sql(b"\xff")),
    ("sql", lambda c: c.run_sql_cost(["select 1"])),
    ("hints", lambda c: c.run_sql("select 1", hints="a=b")),
    ("hints", lambda c: c.run_sql("select 1", hints={"a": None})),
    ("hints", lambda c: c.run_sql("select 1", hints={1: "a"})),
    ("aliases", lambda c: c.run_sql("select 1", aliases=[("r1", "r2")])),
    ("priority", lambda c: c.run_sql("select 1", priority=-1)),
    ("priority", lambda c: c.run_sql("select 1", priority="5")),
    ("priority", lambda c: c.run_sql("select 1", priority=1.5)),
    ("quota", lambda c: c.run_sql("select 1", quota=7)),
    ("default_schema", lambda c: c.run_sql("select 1", default_schema="")),
    ("running_cluster", lambda c: c.run_sql("select 1", running_cluster=1)),
    ("guid", lambda c: c.run_sql("select 1", guid=b"1")),
    ("task_name", lambda c: c.run_sql("select 1", task_name=" ")),
    ("project", lambda c: c.run_sql("select 1", project="")),
    ("project", lambda c: c.run_sql("select 1", project="..")),
    ("project", lambda c: c.get_instance(ID, project=3)),
    ("project", lambda c: c.get_project_properties(project="")),
    ("project", lambda c: c.list_queueing_infos(project=1)),
    ("status", lambda c: c.list_instances(status="Finished")),
    ("status", lambda c: c.list_instances(status=InstanceStatus.UNKNOWN)),
    ("status", lambda c: c.list_instance_pages(status=3)),
    ("status", lambda c: c.list_queueing_infos(status="")),
    ("since", lambda c: c.list_instances(since=NEW_YEAR.replace(tzinfo=None))),
    ("since", lambda c: c.list_instances(since="2026-01-01")),
    ("since", lambda c: c.list_instances(since=1_767_225_600_000)),
    ("until", lambda c: c.list_instances(until=-1)),
    ("until", lambda c: c.list_instances(until=Decimal(1))),
    ("only_own", lambda c: c.list_instances(only_own="no")),
    ("job_name", lambda c: c.list_instances(job_name=5)),
    ("quota_index", lambda c: c.list_queueing_infos(quota_index="")),
    ("limit", lambda c: c.list_instances(limit=-1)),
    ("limit", lambda c: c.list_instances(limit=2.5, is_newest_first=True)),
    ("limit", lambda c: c.list_queueing_infos(limit="3")),
    ("page_size", lambda c: c.list_instances(page_size=0)),
    ("page_size", lambda c: c.list_instances(page_size=1_001)),
    ("marker", lambda c: c.list_instance_pages(marker="")),
    ("guid", lambda c: c.find_instance_by_guid("", since=NEW_YEAR)),
    ("life", lambda c: c.get_logview_address(ID, life="12h")),
    ("task_name", lambda c: instance(c).get_task(None)),
    ("task_name", lambda c: instance(c).get_task_progress("")),
    ("task_name", lambda c: instance(c).get_task_result(3)),
    ("is_limited", lambda c: instance(c).open_download(is_limited="yes")),
    ("log", lambda c: log_of(c, "id", log="stdin")),
    ("log", lambda c: log_of(c, "id", log=None)),
    ("log_id", lambda c: log_of(c, "")),
    ("size_bytes", lambda c: log_of(c, "id", size_bytes=-1)),
    ("lines", lambda c: tail_of(c, lines=0)),
    ("key", lambda c: instance(c).get_task("t").get_info("")),
    ("xflow", lambda c: c.xflows.run("")),
    ("parameters", lambda c: c.xflows.run("AppendID", parameters=["a"])),
    ("priority", lambda c: c.xflows.run("AppendID", priority=True)),
    ("timeout", lambda c: c.xflows.execute("AppendID", timeout="1")),
    ("interval", lambda c: c.xflows.iter_sub_instances(ID, interval=-1)),
    ("owner", lambda c: c.xflows.list(owner=1)),
    ("name", lambda c: c.xflows.get("..")),
    ("query", lambda c: c.authorization.run("")),
    ("query_id", lambda c: c.authorization.get("")),
    ("table", lambda c: c.tables.get_content("")),
    ("partition", lambda c: c.tables.get_content("t", partition="ds=1")),
    ("priority", lambda c: c.merges.run("alter table t merge smallfiles", priority="1")),
]


@pytest.mark.parametrize(("name", "call"), REFUSED)
def test_a_value_that_cannot_be_meant_is_refused_before_a_request(service, name, call):
    with pytest.raises(InvalidArgumentError, match=f"`{name}") as raised:
        call(service.client())

    assert isinstance(raised.value, ValueError)
    assert service.requests == []


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.run_sql(None),
        lambda c: c.list_instances(since="yesterday"),
        lambda c: instance(c).wait_for_success(timeout="1h"),
        lambda c: c.list_instances(limit="3"),
    ],
)
def test_a_wrong_type_is_a_type_error_too(service, call):
    with pytest.raises(TypeError):
        call(service.client())


@pytest.mark.parametrize(
    ("name", "value"),
    [("project", ""), ("schema", 1), ("read_timeout", "5"), ("connect_timeout", -1)],
)
def test_a_client_is_not_made_of_what_cannot_be_meant(service, name, value):
    with pytest.raises(InvalidArgumentError, match=f"`{name}`"):
        service.client(**{name: value})


def test_numbers_of_seconds_are_durations(service):
    service.reply(RUNNING)
    client = service.client(read_timeout=5, connect_timeout=0.5, response_timeout=10)

    with pytest.raises(WaitTimeoutError):
        instance(client).wait_for_success(interval=2, max_interval=3, timeout=0, blocking=False)

    assert len(service.requests) == 1


def test_a_pause_without_a_maximum_stays(service):
    service.reply(*[RUNNING] * 5, "<Instance><Status>Terminated</Status></Instance>")

    instance(service.client()).wait_for_completion(interval=2, max_interval=None)

    assert service.pauses == [2, 2, 2, 2, 2]


@pytest.mark.parametrize("status", [InstanceStatus.RUNNING, "running", "RUNNING", " Running "])
def test_a_status_is_a_word_in_any_case(service, status):
    service.reply(EMPTY)

    assert list(service.client().list_instances(status=status)) == []

    assert service.requests[0].params["status"] == "Running"


@pytest.mark.parametrize("since", [NEW_YEAR, 1_767_225_600, 1_767_225_600.75])
def test_a_time_is_a_datetime_or_seconds_since_the_epoch(service, since):
    service.reply(EMPTY)

    list(service.client().list_instances(since=since, until=1_767_225_600.25))

    assert service.requests[0].params["daterange"] == "1767225600:1767225601"


def test_sql_may_be_bytes(service):
    service.reply("", http_status=201, headers=LOCATION)

    service.client().run_sql("select '中文'".encode())

    assert "select '中文';".encode() in service.requests[0].body


def test_what_stands_for_an_instance_brings_its_id_and_its_project(service):
    service.reply(RUNNING)
    client = service.client()
    elsewhere = client.get_instance(ID, project="other")
    summary = InstanceSummary(id=ID, status=InstanceStatus.RUNNING)
    info = QueueingInfo(instance_id=ID, status=InstanceStatus.RUNNING, project="third")

    for named in (ID, elsewhere, summary, info):
        assert client.exists_instance(named)
    assert client.exists_instance(elsewhere, project="fourth")

    asked = [request.target.split("?")[0].split("/")[3] for request in service.requests]
    assert asked == ["test_project", "other", "test_project", "third", "fourth"]


def test_instances_are_equal_by_id_project_and_endpoint(service):
    client, other = service.client(), service.client(endpoint="http://127.0.0.1:1/api")
    first, again = client.get_instance(ID), service.client().get_instance(ID)

    assert first == again
    assert len({first, again}) == 1
    assert first != client.get_instance(ID, project="other")
    assert first != client.get_instance("another")
    assert first != other.get_instance(ID)
    assert first != ID


def test_a_log_is_named_in_any_case_and_a_size_of_zero_is_none(service):
    service.reply("line")

    assert log_of(service.client(), "id", log="StdErr", size_bytes=0) == "line"

    assert service.requests[0].params["logtype"] == "stderr"
    assert "size" not in service.requests[0].params


RESULTS = """<Instance><Tasks>
<Task Type="SQL"><Name>a</Name><Result Format="text">one</Result></Task>{}</Tasks></Instance>"""
SECOND = '<Task Type="SQL"><Name>b</Name><Result Format="text">two</Result></Task>'


def test_the_result_of_the_only_task_needs_no_name(service):
    service.reply(RESULTS.format(""))
    found = instance(service.client())

    assert found.get_task_result().text == "one"
    assert found.get_task_result("a").text == "one"
    assert found.get_task_result("b") is None


def test_the_result_of_one_of_several_tasks_needs_a_name(service):
    service.reply(RESULTS.format(SECOND))
    found = instance(service.client())

    assert found.get_task_result("b").text == "two"
    with pytest.raises(InvalidArgumentError, match="`task_name` must be one of a, b"):
        found.get_task_result()


def test_a_schema_goes_with_every_request_and_into_the_settings(service):
    service.reply("", http_status=201, headers=LOCATION)
    client = service.client(schema="sch")

    client.run_sql("select 1")
    client.run_sql("select 1", default_schema="other")
    client.xflows.run("AppendID")
    client.merges.run("alter table t merge smallfiles")

    assert {request.params["curr_schema"] for request in service.requests} == {"sch"}
    bodies = [request.body.decode() for request in service.requests]
    assert ["odps.default.schema&" in b or '"odps.default.schema"' in b for b in bodies] == [
        True,
        True,
        False,
        True,
    ]
    assert '"odps.default.schema": "other"' in bodies[1]


def test_an_xflow_without_a_project_is_one_of_the_project_it_runs_in(service):
    service.reply("", http_status=201, headers=LOCATION)

    service.client().xflows.run("mine", project="other")

    assert b"<Project>other</Project>" in service.requests[0].body


def test_an_xflow_can_be_waited_for(service):
    failed = "<Instance><Status>Terminated</Status><Tasks><Task Type='XFlow'><Name>t</Name>"
    failed += "<Status>Failed</Status></Task></Tasks></Instance>"
    service.reply("", http_status=201, headers=LOCATION)
    service.reply("<Instance><Status>Terminated</Status></Instance>", failed)
    service.reply(
        "<Instance><Tasks><Task><Name>t</Name><Result>no table</Result></Task></Tasks></Instance>"
    )

    with pytest.raises(InstanceFailedError, match="no table"):
        service.client().xflows.execute("AppendID", xflow_project="algo_public", timeout=60)


XFLOWS = """<xflows><Marker>{}</Marker><MaxItems>2</MaxItems>
<xflow><Name>{}</Name><Owner>ALIYUN$me</Owner>
<CreationTime>Thu, 01 Jan 2026 00:00:00 GMT</CreationTime></xflow><xflow><Name/></xflow></xflows>"""


def test_xflows_are_listed_page_by_page(service):
    service.reply(XFLOWS.format("next", "a"), XFLOWS.format("", "b"))

    found = list(service.client().xflows.list(owner="ALIYUN$me"))

    assert [(one.name, one.owner, one.creation_time) for one in found] == [
        ("a", "ALIYUN$me", NEW_YEAR),
        ("b", "ALIYUN$me", NEW_YEAR),
    ]
    path, end = "/api/projects/test_project/xflows", "curr_project=test_project"
    assert service.sent == [
        f"GET {path}?owner=ALIYUN%24me&{end}",
        f"GET {path}?owner=ALIYUN%24me&marker=next&{end}",
    ]


def test_an_xflow_has_a_definition_or_does_not_exist(service):
    headers = {"x-odps-owner": "ALIYUN$me", "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    service.reply("<xflow/>", headers=headers)
    service.reply("<Error><Code>NoSuchObject</Code><Message>no</Message></Error>", http_status=404)
    client = service.client()

    flow = client.xflows.get("a")

    assert (flow.name, flow.owner, flow.definition) == ("a", "ALIYUN$me", "<xflow/>")
    assert flow.last_modified_time == NEW_YEAR
    assert not client.xflows.exists("a")


@pytest.mark.parametrize("account_id", ["1365937150772213", 1365937150772213])
def test_whoami_is_an_account(service, account_id):
    text = f'{{"DisplayName": "ALIYUN$me@example.com", "ID": {account_id!r}}}'.replace("'", '"')
    service.reply(f"<Authorization><Result>{text}</Result></Authorization>")

    account = service.client().authorization.whoami()

    assert (account.id, account.display_name) == ("1365937150772213", "ALIYUN$me@example.com")


def test_durations_that_are_exact_stay_exact(service):
    service.reply("<Authorization><Result>token</Result></Authorization>")
    client = service.client(logview_host="http://logview.example")

    client.get_logview_address(ID, life=7_200)
    client.get_logview_address(ID, life=timedelta(hours=2))

    first, second = service.requests
    assert b'"expires_in_hours": 2' in first.body
    assert first.body == second.body
