import json
from xml.etree import ElementTree as ET

import pytest

from odps_bot.maxcompute import InvalidArgumentError, ServerError, SqlCost

ID = "20260101000000123gabcdefgh2"
PATH = f"/api/projects/test_project/instances/{ID}"
LOCATION = {"Location": PATH}


@pytest.mark.parametrize(
    ("ask", "query"),
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
def test_questions_about_a_task_are_one_request(service, ask, query):
    service.reply("{}")

    ask(service.client().get_instance(ID).get_task("t"))

    assert service.sent == [f"GET {PATH}?{query}&curr_project=test_project"]


def test_a_summary_tells_whether_it_is_final(service):
    body = json.dumps({"Instance": {"JsonSummary": "{}", "Summary": "s"}})
    service.reply(body, headers={"x-odps-task-finalized": "true"})
    service.reply(body)
    task = service.client().get_instance(ID).get_task()

    assert [task.get_summary().is_final for _ in range(2)] == [True, None]


def test_an_empty_detail_falls_back_to_the_older_one(service):
    service.reply("", '{"mapReduce": {}}')

    detail = service.client().get_instance(ID).get_task("t").get_detail()

    assert detail == {"mapReduce": {}}
    assert [asked.target.split("&")[0] for asked in service.asked] == [
        f"{PATH}?instancedetail",
        f"{PATH}?detail",
    ]


def test_there_is_no_log_of_any_name(service):
    with pytest.raises(InvalidArgumentError, match="stdout"):
        service.client().get_instance(ID).get_task().get_worker_log("l1", log="../etc/passwd")


def test_information_is_handed_over_as_xml(service):
    service.reply("taken")

    answer = service.client().get_instance(ID).get_task("t").put_info("k", "<v>")

    (asked,) = service.asked
    assert answer == "taken"
    assert asked.method == "PUT"
    assert ET.fromstring(asked.body).findtext("Value") == "<v>"


COST = """<Instance><Tasks><Task Type="SQLCost"><Name>AnonymousSQLCostTask</Name>
<Result Format="text"><![CDATA[{"Cost": {"SQL": {"Complexity": "1.0", "Input": "1840"}}}]]>
</Result><Status>Success</Status></Task></Tasks></Instance>"""


def test_an_estimate_that_is_answered_at_once_is_one_request(service):
    service.reply(COST, headers=LOCATION)

    cost = service.client().execute_sql_cost("set a=b; select * from dual")

    (asked,) = service.asked
    task = ET.fromstring(asked.body).find("Job/Tasks/SQLCost")
    assert cost == SqlCost(input_bytes=1840, udf_count=0, complexity=1.0)
    assert task.findtext("Query") == "select * from dual;"
    assert json.loads(task.findtext("Config/Property/Value")) == {"a": "b"}


def test_an_estimate_that_takes_longer_is_three_requests(service):
    service.reply("", http_status=201, headers=LOCATION)
    service.reply("<Instance><Status>Terminated</Status></Instance>", COST)

    service.client().execute_sql_cost("select 1")

    assert len(service.asked) == 3


def test_an_estimate_with_an_open_fate_may_be_repeated(service):
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
    assert service.asked[0].target.startswith("/api/projects/test_project/cachedinstances?")
    assert service.asked[1].params == {
        "onlyowner": "yes",
        "maxitems": "1000",
        "marker": "m1",
        "curr_project": "test_project",
    }


def test_an_empty_queue_is_empty(service):
    service.reply("<Instances><Marker/><Content/></Instances>")

    assert list(service.client().list_queueing_infos()) == []
