import json
import tracemalloc
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from odps_bot.maxcompute import (
    ApiError,
    InvalidArgumentError,
    ResponseTooLargeError,
    ServerError,
    SqlCost,
)

ID = "20260101000000123gabcdefgh2"
PATH = f"/api/projects/test_project/instances/{ID}"
LOCATION = {"Location": PATH}


@pytest.mark.parametrize(
    ("call", "query"),
    [
        (lambda t: t.get_summary(), "instancesummary&taskname=t"),
        (lambda t: t.get_cost(), "instancesummary&taskname=t"),
        (lambda t: t.get_warnings(), "info&key=warnings&taskname=t"),
        (lambda t: t.get_info("k"), "info&key=k&taskname=t"),
        (lambda t: t.get_quota(), "instancequota&taskname=t"),
        (lambda t: t.get_quota_usages(), "instancequota&taskname=t"),
        (lambda t: t.get_workers(), "detail&taskname=t"),
        (lambda t: t.get_stage_workers(), "detail&taskname=t"),
        (
            lambda t: t.get_worker_log_tail("l1", log="stderr", size_bytes=10_000),
            "log&id=l1&logtype=stderr&size=10000&taskname=t",
        ),
        (
            lambda t: t.get_worker_log("l1", log="hs_err_log", size_bytes=9),
            "log&id=l1&logtype=hs_err_%2A.log&size=9&taskname=t",
        ),
    ],
)
def test_each_method_of_a_task_sends_one_request(service, call, query):
    service.reply("{}")

    call(service.client().get_instance(ID).get_task("t"))

    assert service.sent == [f"GET {PATH}?{query}&curr_project=test_project"]


def test_a_summary_says_whether_it_is_final(service):
    body = json.dumps({"Instance": {"JsonSummary": "{}", "Summary": "s"}})
    service.reply(body, headers={"x-odps-task-finalized": "true"})
    service.reply(body)
    task = service.client().get_instance(ID).get_task()

    assert [task.get_summary().is_final for _ in range(2)] == [True, None]


def test_an_empty_detail_falls_back_to_the_older_one(service):
    service.reply("", '{"mapReduce": {}}')

    detail = service.client().get_instance(ID).get_task("t").get_detail()

    assert detail == {"mapReduce": {}}
    assert [request.target.split("&")[0] for request in service.requests] == [
        f"{PATH}?instancedetail",
        f"{PATH}?detail",
    ]


def test_there_is_no_log_of_any_name(service):
    with pytest.raises(InvalidArgumentError, match="stdout"):
        service.client().get_instance(ID).get_task().get_worker_log("l1", log="../etc/passwd")


def detail_of(count, **fields):
    worker = {"id": "Odps/job_0/M1#1_0", "status": "Running", "startTime": 1767225600} | fields
    tasks = [{"name": "M1", "instances": [worker] * count}]
    return json.dumps({"mapReduce": {"jobs": [{"tasks": tasks}]}})


def test_workers_are_as_old_as_the_service_s_clock_says(service):
    service.reply(detail_of(1), headers={"Date": "Thu, 01 Jan 2026 00:02:00 GMT"})

    (stage,) = service.client().get_instance(ID).get_task().get_stage_workers()

    assert stage.age_s(stage.oldest) == 120


def test_without_the_service_s_clock_ours_counts(service):
    service.reply(detail_of(1), headers={"Date": "never"})
    client = service.client(clock=lambda: datetime(2026, 1, 1, 0, 3, tzinfo=UTC))

    (stage,) = client.get_instance(ID).get_task().get_stage_workers()

    assert stage.youngest_age_s == 180


def test_too_many_workers_are_not_read_to_their_end(service):
    service.reply(detail_of(90, gblCounter="x" * 100_000))

    with pytest.raises(ResponseTooLargeError, match="8388608"):
        service.client().get_instance(ID).get_task().get_stage_workers()


def test_twenty_thousand_workers_fit_twenty_megabytes(service):
    worker = {
        "logId": "b0YxVTJhNzg5MDEyMzQ1Njc4OTBhYmNkZWYwMTIzNDU2Nzg5",
        "endTime": 1767225640,
        "input_records": 2_000_000,
        "input_bytes": 200_000_000,
        "output_records": 2_000_000,
        "output_bytes": 90_000_000,
        "gblCounter": "",
    }
    service.reply(detail_of(20_000, **worker))
    task = service.client().get_instance(ID).get_task()
    task.get_info("warmed up")

    tracemalloc.start()
    (stage,) = task.get_stage_workers()
    before, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert stage.running == 20_000
    assert most - before < 20_000_000


def test_a_refusal_is_read_though_it_is_longer_than_a_log_may_be(service):
    service.reply("no" * 10_000, http_status=403)

    with pytest.raises(ApiError) as refused:
        service.client().get_instance(ID).get_task().get_worker_log_tail("l", size_bytes=10)

    assert refused.value.http_status == 403


def test_the_end_of_a_log_is_lines(service):
    service.reply("".join(f"line {n}\n" for n in range(300)))

    tail = service.client().get_instance(ID).get_task().get_worker_log_tail("l1")

    assert (len(tail.lines), tail.lines[-1], tail.is_cut) == (200, "line 299", True)


def test_information_is_handed_over_as_xml(service):
    service.reply("taken")

    response = service.client().get_instance(ID).get_task("t").put_info("k", "<v>")

    (request,) = service.requests
    assert response == "taken"
    assert request.method == "PUT"
    assert ET.fromstring(request.body).findtext("Value") == "<v>"


COST = """<Instance><Tasks><Task Type="SQLCost"><Name>AnonymousSQLCostTask</Name>
<Result Format="text"><![CDATA[{"Cost": {"SQL": {"Complexity": "1.0", "Input": "1840"}}}]]>
</Result><Status>Success</Status></Task></Tasks></Instance>"""


def test_an_estimate_that_ends_immediately_is_one_request(service):
    service.reply(COST, headers=LOCATION)

    cost = service.client().execute_sql_cost("set a=b; select * from dual")

    (request,) = service.requests
    task = ET.fromstring(request.body).find("Job/Tasks/SQLCost")
    assert cost == SqlCost(input_bytes=1840, udf_count=0, complexity=1.0)
    assert task.findtext("Query") == "select * from dual;"
    assert json.loads(task.findtext("Config/Property/Value")) == {"a": "b"}


def test_an_estimate_that_takes_longer_is_three_requests(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply("<Instance><Status>Terminated</Status></Instance>", COST)

    service.client().execute_sql_cost("select 1")

    assert len(service.requests) == 3


def test_an_ambiguous_estimate_can_be_repeated(service):
    service.reply("", http_status=502)

    with pytest.raises(ServerError):
        service.client().execute_sql_cost("select 1")


def queueing_page(marker, *ids):
    infos = json.dumps([{"instanceId": i, "status": "Running", "waitPos": 1} for i in ids])
    return f"<Instances><Marker>{marker}</Marker><Content><![CDATA[{infos}]]></Content></Instances>"


def test_the_queue_is_listed_page_by_page(service):
    service.reply(queueing_page("m1", "i1", "i2"), queueing_page("", "i3"))

    infos = list(service.client().list_queueing_infos(only_own=True))

    assert [info.instance_id for info in infos] == ["i1", "i2", "i3"]
    assert service.requests[0].target.startswith("/api/projects/test_project/cachedinstances?")
    assert service.requests[1].params == {
        "onlyowner": "yes",
        "maxitems": "1000",
        "marker": "m1",
        "curr_project": "test_project",
    }


def test_an_empty_queue_is_empty(service):
    service.reply("<Instances><Marker/><Content/></Instances>")

    assert list(service.client().list_queueing_infos()) == []
