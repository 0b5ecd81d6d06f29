"""Whatever a service says, a question gives a sound value or one of our errors."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odps_bot.maxcompute import MaxComputeError, RetryPolicy, TaskSummary

ID = "20260101000000123gabcdefgh2"
SOON = {"interval": timedelta(), "patience": timedelta()}

NO_SUMMARY = {"text": "", "values": {}, "is_final": None}

CALLS = {
    "status": lambda c, i: i.get_status(),
    "tasks": lambda c, i: i.get_task_statuses(),
    "results": lambda c, i: [list(r.typed_rows()) for r in i.get_task_results().values()],
    "success": lambda c, i: i.is_successful(),
    "wait": lambda c, i: i.wait_for_success(**SOON, timeout=timedelta()),
    "progress": lambda c, i: i.get_task_progress().get_stage_progress_formatted_string(),
    "source": lambda c, i: i.get_source(),
    "queue": lambda c, i: i.get_queueing_info(),
    "stop": lambda c, i: i.stop(),
    "exists": lambda c, i: c.exists_instance(ID),
    "list": lambda c, i: c.list_instances(limit=3),
    "queues": lambda c, i: c.list_queueing_infos(limit=3),
    "logview": lambda c, i: i.get_logview_address(),
    "summary": lambda c, i: i.get_task().get_cost(),
    "stages": lambda c, i: (i.get_task().get_summary() or TaskSummary(**NO_SUMMARY)).stages,
    "workers": lambda c, i: i.get_task().get_workers(),
    "stage workers": lambda c, i: i.get_task().get_stage_workers(),
    "log": lambda c, i: i.get_task().get_worker_log_tail("l"),
    "warnings": lambda c, i: i.get_task().get_warnings(),
    "quota": lambda c, i: i.get_task().get_quota(),
    "quota usages": lambda c, i: i.get_task().get_quota_usages(),
    "run": lambda c, i: c.run_sql("select 1"),
    "cost": lambda c, i: c.execute_sql_cost("select 1", timeout=timedelta()),
    "flow": lambda c, i: c.xflows.run("AppendID", xflow_project="algo_public"),
    "flow source": lambda c, i: c.xflows.get_source(i),
    "sub-instances": lambda c, i: c.xflows.get_sub_instances(i),
    "rows": lambda c, i: i.open_download().rows(),
}

SOUND = [
    (
        b"<Instance><Status>Terminated</Status><Tasks><Task Type='SQL'><Name>t</Name>"
        b"<Result Format='csv'>\"a\"\n1\n</Result><Status>Failed</Status>"
        b'<ResultDescriptor>{"Schema": {"Columns": [{"Name": "a", "Type": "bigint"}]}}'
        b"</ResultDescriptor></Task></Tasks></Instance>"
    ),
    b"<Progress><Stage ID='M1'><TotalWorkers>3</TotalWorkers></Stage></Progress>",
    b"<Job><Priority>1</Priority><Guid>g</Guid><Tasks><SQL><Name>a</Name></SQL></Tasks></Job>",
    (
        b"<Instances><Marker>m</Marker><Instance><Name>i</Name></Instance>"
        b'<Content>[{"instanceId": "i", "waitPos": 3}]</Content></Instances>'
    ),
    (
        b"<Xinstance><Actions><Action NodeType='SubWorkflow'><InstanceId>i1</InstanceId>"
        b"<Name>a</Name></Action></Actions></Xinstance>"
    ),
    b"<Authorization><Result>T</Result></Authorization>",
    (
        b"<Error><Code>RequestTimeTooSkewed</Code><Message>now_date:2026-01-01T00:00:00Z</Message>"
        b"</Error>"
    ),
    (
        b'{"Instance": {"JsonSummary": "{\\"Cost\\": {\\"CPU\\": 1}}"}, "instanceId": "i",'
        b' "warnings": ["w"], "instances": [{"id": 1, "startTime": 5}]}'
    ),
    (
        b'{"mapReduce": {"jobs": [{"tasks": [{"name": "M1", "instances": [{"id": "M1#1_1",'
        b' "status": "Running", "startTime": 5, "input_records": 7}]}]}]},'
        b' "quotaInfos": {"job0": "{\\"GroupRequest\\": {\\"CPU\\": 1}}"}}'
    ),
    b'{"DownloadID": "d", "RecordCount": 3, "Schema": {"columns": [{"name": "a", "type": "int"}]}}',
]

TOKENS = [b"", b"<", b"]]>", b"&x;", b"9" * 5000, b"-1", b"1e999", b"[" * 2000, b"null", b"{}"]


@st.composite
def bodies(draw) -> bytes:
    """A valid response, a mutilated one, or nonsense."""
    body = draw(st.sampled_from(SOUND))
    for _ in range(draw(st.integers(0, 2))):
        start, end = sorted(draw(st.integers(0, len(body))) for _ in range(2))
        noise = draw(st.sampled_from(TOKENS) | st.binary(max_size=8))
        body = body[:start] + noise + body[min(end, start + 12) :]
    return body


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Location": st.sampled_from(["", f"/i/{ID}", "../..", "http://[", "%00"]),
        "Retry-After": st.sampled_from(["", "-1", "9" * 40, "soon", "Thu, 01 Jan 1026"]),
        "Date": st.sampled_from(["", "never", "Fri, 31 Dec 9999 23:59:59 GMT"]),
        "x-odps-start-time": st.sampled_from(["", "x", "Thu, 01 Jan 2026 00:00:00 GMT"]),
        "Content-Encoding": st.sampled_from(["", "gzip", "deflate", "x"]),
    },
)
STATUSES = st.sampled_from([200, 200, 200, 201, 302, 400, 401, 403, 404, 409, 429, 500, 503, 999])


@pytest.mark.parametrize("question", CALLS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_responses_give_a_value_or_one_of_our_errors(service, question, data):
    service.replies.clear()
    for _ in range(3):
        body, http_status = data.draw(bodies()), data.draw(STATUSES)
        service.reply(body, http_status=http_status, headers=data.draw(HEADERS))
    client = service.client(
        region="cn-hangzhou",
        logview_host=data.draw(st.sampled_from(["http://l", None])),
        tunnel_endpoint=service.endpoint,
        retries=RetryPolicy(tries=2, sleep=lambda _: None),
    )

    try:
        found = CALLS[question](client, client.get_instance(ID))
        if isinstance(found, Iterator):
            list(found)
    except MaxComputeError as error:
        found = str(error)

    client.close()
    assert found is None or len(str(found)) < 20_000
