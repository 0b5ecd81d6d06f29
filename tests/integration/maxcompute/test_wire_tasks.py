import json
from xml.etree import ElementTree as ET

import pytest

from odps_bot.maxcompute import InvalidArgumentError, ServerError, SqlCost

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
        (lambda t: t.get_workers(), "detail&taskname=t"),
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
