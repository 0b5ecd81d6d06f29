"""What goes over the wire; the expected requests were captured from PyODPS 0.13.2."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from odps_bot.maxcompute import (
    AccessKey,
    BearerToken,
    InstanceStatus,
    InvalidArgumentError,
    InvalidInstanceIdError,
    StaticCredentials,
)

ID = "20260101000000123gabcdefgh2"
INSTANCES = "/api/projects/test_project/instances"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
RUNNING = "<Instance><Status>Running</Status></Instance>"


def new_year():
    return NEW_YEAR


def test_creating_a_client_and_an_instance_sends_nothing(service):
    service.client(region="cn-hangzhou").get_instance(ID)

    assert service.requests == []


def test_a_status_is_one_signed_request(service):
    service.reply(RUNNING, headers={"x-odps-owner": "ALIYUN$me"})

    client = service.client(clock=new_year, user_agent="pyodps/0.13.2")
    instance = client.get_instance(ID)
    status = instance.get_status()

    (request,) = service.requests
    assert status is InstanceStatus.RUNNING
    assert instance.owner == "ALIYUN$me"
    assert request.target == f"{INSTANCES}/{ID}?curr_project=test_project"
    assert request.headers["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert request.headers["User-Agent"] == request.headers["x-odps-user-agent"] == "pyodps/0.13.2"


def test_the_signatures_are_those_of_the_worked_examples(service):
    service.reply("<Instance><Status>Running</Status><Tasks/></Instance>")
    worked_example = {"clock": new_year, "user_agent": "pyodps/0.13.2"}

    service.client(**worked_example).get_instance(ID).get_task_statuses()
    service.client(**worked_example, region="cn-hangzhou").get_instance(ID).get_status()

    assert [request.headers["Authorization"] for request in service.requests] == [
        "ODPS test-id:ETpMDwPXwBhpm6a3cj+LS+HDgk0=",
        "ODPS test-id/20260101/cn-hangzhou/odps/aliyun_v4_request:hygp7RUmKOv1IKnUsF1zj1swG/Q=",
    ]


def test_times_are_aware_utc(service):
    service.reply(
        "<Instance><Status>Terminated</Status></Instance>",
        headers={
            "x-odps-start-time": "Thu, 01 Jan 2026 00:00:00 GMT",
            "x-odps-end-time": "Thu, 01 Jan 2026 00:01:00 GMT",
        },
    )

    instance = service.client().get_instance(ID)
    instance.get_status()

    assert instance.start_time == NEW_YEAR
    assert instance.end_time == NEW_YEAR + timedelta(minutes=1)


def test_a_temporary_key_and_a_bearer_token_travel_in_their_headers(service):
    service.reply(RUNNING)
    temporary = StaticCredentials(AccessKey("id", "secret", security_token="sts"))
    bearer = StaticCredentials(BearerToken("bearer"))

    service.client(credentials=temporary).get_instance(ID).get_status()
    service.client(credentials=bearer).get_instance(ID).get_status()

    first, second = service.requests
    assert first.headers["authorization-sts-token"] == "sts"
    assert second.headers["x-odps-bearer-token"] == "bearer"
    assert "Authorization" not in second.headers


def test_credentials_are_fetched_for_every_request(service):
    class Rotating:
        def __init__(self):
            self.count = 0

        def get(self):
            self.count += 1
            return BearerToken(f"token-{self.count}")

    service.reply(RUNNING)
    instance = service.client(credentials=Rotating()).get_instance(ID)

    instance.get_status()
    instance.get_status()

    tokens = [request.headers["x-odps-bearer-token"] for request in service.requests]
    assert tokens == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("call", "target"),
    [
        (lambda i: i.get_task_statuses(), "?taskstatus&curr_project=test_project"),
        (lambda i: i.get_task_results(), "?result&curr_project=test_project"),
        (
            lambda i: i.get_task_progress("my task"),
            "?instanceprogress=my%20task&taskname=my%20task&curr_project=test_project",
        ),
        (lambda i: i.get_source(), "?source&curr_project=test_project"),
        (lambda i: i.get_status(blocking=True), "?instancestatus&curr_project=test_project"),
    ],
)
def test_each_method_of_an_instance_sends_one_request(service, call, target):
    service.reply(RUNNING)

    call(service.client().get_instance(ID))

    assert service.sent == [f"GET {INSTANCES}/{ID}{target}"]


def test_another_project_appears_in_the_path_only(service):
    service.reply(RUNNING)

    service.client().get_instance(ID, project="other").get_status()

    assert service.sent == [f"GET /api/projects/other/instances/{ID}?curr_project=test_project"]


def test_stopping_is_a_put_of_the_end(service):
    service.reply("")

    service.client().stop_instance(ID)

    (request,) = service.requests
    assert (request.method, request.headers["Content-Type"]) == ("PUT", "application/xml")
    assert request.body == (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b"<Instance>\n  <Status>Terminated</Status>\n</Instance>"
    )


def test_a_listing_takes_all_filters(service):
    service.reply("<Instances><Marker/></Instances>")

    found = service.client().list_instances(
        status=InstanceStatus.RUNNING,
        since=NEW_YEAR,
        until=NEW_YEAR + timedelta(days=1, microseconds=1),
        only_own=True,
        job_name="j",
        quota_index="q",
    )

    assert list(found) == []
    assert service.requests[0].params == {
        "maxitems": "1000",
        "status": "Running",
        "daterange": "1767225600:1767312001",
        "onlyowner": "yes",
        "jobname": "j",
        "quotaIndex": "q",
        "curr_project": "test_project",
    }


def page(first, last, marker=""):
    items = "".join(
        f"<Instance><Name>i{number}</Name><Status>Running</Status>"
        f"<StartTime>Thu, 01 Jan 2026 00:00:0{number} GMT</StartTime></Instance>"
        for number in range(first, last)
    )
    return f"<Instances><Marker>{marker}</Marker>{items}</Instances>"


def test_pages_are_requested_when_they_are_needed(service):
    service.reply(page(0, 3, "m1"), page(3, 6, "m2"), page(6, 7))

    found = service.client().list_instances(page_size=3)
    first = [next(found).id for _ in range(3)]
    requests_for_three = len(service.requests)
    rest = [summary.id for summary in found]

    assert requests_for_three == 1
    assert first + rest == [f"i{number}" for number in range(7)]
    assert [request.params.get("marker") for request in service.requests] == [None, "m1", "m2"]


def test_a_listing_goes_on_where_another_one_stopped(service):
    service.reply(page(0, 3, "m1"), page(3, 6, "m2"), page(6, 7))
    client = service.client()

    first = next(client.list_instance_pages(status=InstanceStatus.TERMINATED, since=NEW_YEAR))
    rest = list(
        client.list_instance_pages(
            status=InstanceStatus.TERMINATED, since=NEW_YEAR, marker=first.marker
        )
    )

    assert [len(one.items) for one in (first, *rest)] == [3, 3, 1]
    assert [one.marker for one in (first, *rest)] == ["m1", "m2", None]
    assert [request.params.get("marker") for request in service.requests] == [None, "m1", "m2"]


def test_a_listing_ends_at_its_limit(service):
    service.reply(page(0, 3, "m1"), page(3, 6, "m2"))

    found = list(service.client().list_instances(page_size=3, limit=4))

    assert [summary.id for summary in found] == ["i0", "i1", "i2", "i3"]
    assert len(service.requests) == 2


def test_the_newest_come_first_on_request(service):
    service.reply(page(3, 6, "m1"), page(0, 3, ""))

    found = list(service.client().list_instances(page_size=3, limit=2, is_newest_first=True))

    assert [summary.id for summary in found] == ["i5", "i4"]
    assert len(service.requests) == 2


def test_a_time_without_a_time_zone_is_rejected(service):
    naive = NEW_YEAR.replace(tzinfo=None)

    with pytest.raises(InvalidArgumentError):
        list(service.client().list_instances(since=naive))

    assert service.requests == []


@pytest.mark.parametrize("instance_id", ["", "../other", "a b", "x" * 65, "i?source", None])
def test_an_invalid_id_is_rejected_before_anything_is_sent(service, instance_id):
    client = service.client()

    for call in (client.get_instance, client.exists_instance, client.stop_instance):
        with pytest.raises(InvalidInstanceIdError):
            call(instance_id)

    assert service.requests == []


def test_a_logview_address_has_a_token_for_reading_one_instance(service):
    service.reply("<Authorization><Result>a+b/c==</Result></Authorization>")

    client = service.client(logview_host="http://logview.example")
    address = client.get_logview_address(ID, life=timedelta(hours=12))

    (request,) = service.requests
    assert request.target == (
        "/api/projects/test_project/authorization?sign_bearer_token&curr_project=test_project"
    )
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body)["expires_in_hours"] == 12
    assert address.startswith("http://logview.example/logview/?h=http%3A%2F%2F127.0.0.1")
    assert address.endswith(f"&p=test_project&i={ID}&token=a%2Bb%2Fc%3D%3D")


def test_each_life_of_a_logview_address_gets_its_own_token(service):
    service.reply("<Authorization><Result>T</Result></Authorization>")
    client = service.client(logview_host="http://logview.example")

    for hours in (1, 2):
        client.get_logview_address(ID, life=timedelta(hours=hours))

    assert [json.loads(request.body)["expires_in_hours"] for request in service.requests] == [1, 2]


def test_the_host_of_logview_is_requested_once(service):
    token = "<Authorization><Result>T</Result></Authorization>"
    service.reply(token, "http://logview.example\n", token)
    client = service.client()

    addresses = [client.get_logview_address(ID) for _ in range(2)]

    assert addresses[0] == addresses[1]
    assert addresses[0].startswith("http://logview.example/logview/?")
    assert [request.method for request in service.requests] == ["POST", "GET", "POST"]


def test_a_service_without_a_host_of_logview_has_the_usual_one(service):
    service.reply("<Authorization><Result>T</Result></Authorization>")
    service.reply("", http_status=404)

    address = service.client().get_logview_address(ID)

    assert address.startswith("http://logview.aliyun.com/logview/?")


@pytest.mark.parametrize(
    "host",
    [
        "javascript:alert(1)",
        "http://evil.example> <!channel",
        "http://user:password@evil.example",
        "http://evil.example/?a=",
        "http://evil.example\n",
        "http://" + "x" * 500,
    ],
)
def test_a_site_that_would_break_out_of_its_link_is_ignored(service, host):
    service.reply("<Authorization><Result>T</Result></Authorization>", f"{host} ")

    address = service.client().get_logview_address(ID)

    assert address.startswith(
        ("http://logview.aliyun.com/logview/?", "http://evil.example/logview/")
    )
    assert not set(address) & set(" <>@")


def test_a_job_insight_address_sends_nothing_once_the_host_is_known(service):
    client = service.client(region="cn-hangzhou", job_insight_host="https://console.example")

    address = client.get_job_insight_address(ID)

    assert address.startswith("https://console.example/cn-hangzhou/job-insights?h=http%3A%2F%2F")
    assert service.requests == []


def test_job_insight_needs_a_region(service):
    with pytest.raises(InvalidArgumentError, match="region"):
        service.client().get_job_insight_address(ID)


def test_a_submission_says_everything(service):
    service.reply("", http_status=201, headers={"Location": f"http://elsewhere{INSTANCES}/{ID}"})

    instance = service.client().run_sql("select ']]>'", hints={"k": '<v>&"'}, guid="g1")

    (request,) = service.requests
    job = ET.fromstring(request.body).find("Job")
    assert instance.id == ID
    assert request.target == f"{INSTANCES}?curr_project=test_project"
    assert request.headers["Content-Type"] == "application/xml"
    assert job.findtext("Guid") == "g1"
    assert job.findtext("Tasks/SQL/Name") == "AnonymousSQLTask"
    assert job.findtext("Tasks/SQL/Query") == "select ']]>';"
    assert json.loads(job.findtext("Tasks/SQL/Config/Property/Value")) == {"k": '<v>&"'}
