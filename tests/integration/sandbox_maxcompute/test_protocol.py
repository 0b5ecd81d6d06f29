"""What clients ask beside the usual, and what they send by mistake."""

import json
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest
from odps import ODPS, errors
from odps.models import Instance

from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing

JOB = """<Instance><Job><Guid>{guid}</Guid><Tasks><SQL><Name>t</Name><Config><Property>
<Name>settings</Name><Value>{{"sandbox.stuck": "true"}}</Value></Property></Config>
<Query>select 1;</Query></SQL></Tasks></Job></Instance>"""


def url(odps, path=""):
    return f"{odps.endpoint}/projects/sandbox{path}"


def post(odps, body, **params):
    headers = {"Content-Type": "application/xml"}
    return odps.rest.post(url(odps, "/instances"), body, headers=headers, params=params)


def test_an_estimate_has_numbers(odps):
    cost = odps.execute_sql_cost("select city, count(*) from customers group by city")

    assert (cost.input_size, cost.complexity, cost.udf_num) == (140_000, 1.0, 0)


def test_without_warnings_there_is_an_empty_list(odps):
    instance = odps.execute_sql("select 1")

    response = odps.rest.get(url(odps, f"/instances/{instance.id}?info&key=warnings"))

    assert response.json() == {"warnings": []}


@pytest.mark.parametrize("query", ["", "?properties=all"])
def test_a_project_has_one_element_with_all_properties(query):
    zone = {"sandbox": {"odps.sql.timezone": "Asia/Shanghai"}}
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=10, properties=zone) as server:
        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=server.endpoint)
        root = ET.fromstring(odps.rest.get(url(odps, query)).content)

    (properties,) = root.findall("Properties")
    assert {p.findtext("Name"): p.findtext("Value") for p in properties.findall("Property")} == {
        "odps.schema.model.enabled": "false",
        "odps.sql.timezone": "Asia/Shanghai",
    }


def test_a_guid_that_is_known_leads_to_its_instance(odps, sandbox):
    first = odps.run_sql("select 1", unique_identifier_id="guid-1")
    again = odps.run_sql("select 1", unique_identifier_id="guid-1")
    again.wait_for_success()
    at_last = odps.run_sql("select 1", unique_identifier_id="guid-1")

    assert first.id == again.id == at_last.id
    assert [r.guid for r in sandbox.instances()].count("guid-1") == 1


def test_a_guid_is_refused_while_its_first_submission_is_not_answered(odps, sandbox, eventually):
    body = JOB.format(guid="guid-2")
    with ThreadPoolExecutor() as threads:
        first = threads.submit(post, odps, body, tryWait="")
        eventually(lambda: "guid-2" in [record.guid for record in sandbox.instances()])

        with pytest.raises(errors.ObjectAlreadyExists) as refused:
            post(odps, body)

        location = refused.value.response_headers["Location"]
        assert int(refused.value.response_headers["Retry-After"]) > 0
        odps.stop_instance(location.rpartition("/")[2])
        assert first.result().headers["Location"] == location
    assert post(odps, body).headers["Location"] == location


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/instances/{id}?nosuchaction"),
        ("GET", "/instances/{id}?nosuchaction=1"),
        ("GET", "/instances/{id}?taskstatus&nosuchparameter=1"),
        ("PUT", "/instances/{id}?nosuchaction"),
        ("GET", "/instances?nosuchfilter=1"),
        ("POST", "/instances?nosuchaction"),
        ("GET", "/cachedinstances?jobname=x"),
        ("GET", "?nosuchaction"),
        ("GET", "/xflows?nosuchfilter=1"),
        ("GET", "/tables/orders?nosuchaction"),
        ("POST", "/authorization?nosuchaction"),
        ("GET", "/tunnel?service&nosuchparameter"),
    ],
)
def test_unknown_actions_and_parameters_are_refused(odps, sandbox, method, path):
    instance = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})

    with pytest.raises(errors.InvalidParameter, match=r"nosuch|jobname") as refused:
        odps.rest.request(
            url(odps, path.format(id=instance.id)),
            method,
            data="<Instance><Status>Terminated</Status></Instance>",
            headers={"Content-Type": "application/xml"},
        )

    assert refused.value.status_code == 400
    assert instance.status == Instance.Status.RUNNING
    instance.stop()


def test_a_list_is_filtered_by_the_quota_that_an_instance_runs_in(odps):
    stuck = {"sandbox.stuck": "true"}
    usual = odps.run_sql("select 1", hints=stuck)
    own = odps.run_sql("select 1", hints=stuck, quota_name="nightly")

    def listed(quota):
        return [i.id for i in odps.list_instances(quota_index=quota, status="Running")]

    def queueing(quota):
        return [q.instance_id for q in odps.list_instance_queueing_infos(quota_index=quota)]

    for ids in (listed, queueing):
        assert usual.id in ids("sandbox_quota")
        assert own.id not in ids("sandbox_quota")
        assert ids("Nightly") == [own.id]
        assert ids("nosuchquota") == []
    told = odps.rest.get(url(odps, f"/instances/{own.id}?instancequota&taskname=AnonymousSQLTask"))
    assert json.loads(told.json()["quotaInfos"]["job0"])["GroupAlias"] == "nightly"
    usual.stop()
    own.stop()


def connect(sandbox, region):
    return ODPS(
        "sandbox-id",
        "sandbox-secret",
        project="sandbox",
        endpoint=sandbox.endpoint,
        region_name=region,
    )


def test_a_signature_for_this_region_is_accepted(sandbox):
    assert connect(sandbox, "sandbox").execute_sql("select 1").is_successful()

    signed = sandbox.requests()[-1].headers["authorization"]
    assert "/sandbox/odps/aliyun_v4_request:" in signed


def test_a_signature_for_another_region_is_refused(sandbox):
    with pytest.raises(errors.SignatureNotMatch, match="ODPS-0410042"):
        connect(sandbox, "cn-hangzhou").run_sql("select 1")


def test_the_algorithms_of_the_public_library_are_known(odps):
    assert odps.exist_xflow("AppendID", "algo_public")
    assert not odps.exist_xflow("AppendID")
    assert not odps.exist_xflow("NoSuchAlgorithm", "algo_public")
    assert odps.get_xflow("AppendID", "algo_public").owner == "ALIYUN$sandbox@example.com"
    assert odps.get_xflow("AppendID", "algo_public").creation_time is not None
    names = {flow.name for flow in odps.list_xflows("algo_public")}
    assert names == {"AppendID", "Normalize", "Split", "Standardize"}
    assert list(odps.list_xflows()) == []
    assert list(odps.list_xflows("algo_public", owner="ALIYUN$nobody")) == []


def test_an_algorithm_of_no_library_is_not_run(odps):
    with pytest.raises(errors.NoSuchObject, match="sandbox/AppendID"):
        odps.run_xflow("AppendID", "sandbox", {"inputTableName": "orders"})
