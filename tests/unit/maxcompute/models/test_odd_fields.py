"""One odd field that nobody needs never costs a list, a poll or a result anything else of it."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.maxcompute.models.details import (
    parse_sql_cost,
    parse_summary,
    parse_warnings,
)
from odps_bot.maxcompute.models.instance_pages import parse_instances
from odps_bot.maxcompute.models.instances import InstanceStatus, TaskState
from odps_bot.maxcompute.models.quotas import parse_quota_usages
from odps_bot.maxcompute.models.responses import (
    parse_instance_status,
    parse_progress,
    parse_queueing_info,
    parse_queueing_infos,
    parse_source,
    parse_task_results,
    parse_task_statuses,
)
from odps_bot.maxcompute.models.workers import find_workers

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"

ODD_TEXTS = st.sampled_from(
    [
        "", " ", "-", "--", "NaN", "nan", "Infinity", "1e999", "null", "None", "N/A", "\\N", "0x10",
        "1,000", "42%", "9" * 60, "-1", "²", "2026-13-45 99:99:99", "0000-00-00 00:00:00", "昨天",
        "Thu, 99 Foo 2026 00:00:00 GMT", "0001-01-01T00:00:00+08:00", "[]", "{}", "<b>&amp;</b>",
        "\x00", "\ufffe", "\U0001f600" * 50, "x" * 10_000,
    ]
) | st.text(st.characters(exclude_categories=("Cs",)), max_size=20)  # fmt: skip

ODD_VALUES = (
    ODD_TEXTS
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.lists(st.integers() | ODD_TEXTS, max_size=2)
    | st.dictionaries(ODD_TEXTS, ODD_TEXTS, max_size=2)
)

#: JSON as services write it that know nothing of JSON: NaN, and any number of digits.
ODD_JSON = ODD_VALUES.map(json.dumps) | st.just("9" * 5_000)


def written(text):
    """Return XML that says this, with characters that it can't contain as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def xml(body, path, text):
    """Return the document with another text in the second of its elements at `path`."""
    root = ET.fromstring(body)
    found = root.findall(path)
    found[min(1, len(found) - 1)].text = "PLACE"
    return ET.tostring(root, encoding="unicode").replace("PLACE", written(text)).encode()


LISTING = "".join(
    f"<Instance><Name>2026010100000{n}g</Name><Owner>o{n}</Owner><Status>Terminated</Status>"
    f"<StartTime>{DATE}</StartTime><EndTime>{DATE}</EndTime></Instance>"
    for n in range(3)
)
LISTING = f"<Instances><Marker>m</Marker><MaxItems>3</MaxItems>{LISTING}</Instances>"


@pytest.mark.parametrize("field", ["Owner", "StartTime", "EndTime", "Status"])
@given(text=ODD_TEXTS)
def test_an_odd_field_of_one_instance_leaves_the_list_whole(field, text):
    instances, marker = parse_instances(xml(LISTING, f"Instance/{field}", text))

    assert [one.id for one in instances] == [f"2026010100000{n}g" for n in range(3)]
    assert [(one.owner, one.start_time) for one in instances[::2]] == [
        ("o0", NEW_YEAR), ("o2", NEW_YEAR),
    ]  # fmt: skip
    assert marker == "m"


@given(text=ODD_TEXTS)
@example("MaxItems")
def test_an_odd_number_of_items_is_nobody_s_business(text):
    assert len(parse_instances(xml(LISTING, "MaxItems", text))[0]) == 3


@pytest.mark.parametrize("name", ["", "-", "a b", "../x", "北京"])
def test_an_instance_without_a_sound_id_is_left_out_of_its_list(name):
    instances, _ = parse_instances(xml(LISTING, "Instance/Name", name))

    assert [one.owner for one in instances] == ["o0", "o2"]


QUEUEING = {
    "instanceId": "i1",
    "instancePriority": 9,
    "instanceProgress": 0.42,
    "jobName": "j",
    "projectName": "p",
    "skynetId": "",
    "startTime": "2026-01-01 00:00:00 +0000",
    "taskType": "SQL",
    "taskName": "AnonymousSQLTask",
    "userAccount": "o",
    "status": "Running",
    "cpuUsage": 100,
    "memUsage": 2048,
    "totalCpuUsage": 100,
    "totalMemUsage": 2048,
    "waitPos": 3,
    "queueLength": 4,
    "subStatus": {"code": 1041, "description": "Waiting", "start_time": 1767225610},
    "subStatusHistory": [{"code": 1010, "start_time": "2026-01-01 08:00:00.015 +0800"}],
}
OPTIONAL = sorted(QUEUEING.keys() - {"instanceId"})


@given(field=st.sampled_from(OPTIONAL), value=ODD_JSON)
@example("waitPos", '"-"')
@example("cpuUsage", "NaN")
@example("startTime", '"2026-01-01T00:00:00"')
@example("queueLength", "9" * 5_000)
def test_an_odd_field_of_one_running_instance_leaves_the_others_whole(field, value):
    odd = json.dumps({**QUEUEING, field: "PLACE"}).replace('"PLACE"', value)
    sound = [json.dumps({**QUEUEING, "instanceId": one}) for one in ("i0", "i2")]
    content = written(f"[{sound[0]},{odd},{sound[1]}]")
    infos, _ = parse_queueing_infos(f"<I><Marker/><Content>{content}</Content></I>".encode())

    assert [one.instance_id for one in infos] == ["i0", "i1", "i2"]
    assert [(one.wait_position, one.start_time) for one in infos[::2]] == [(3, NEW_YEAR)] * 2
    alone = parse_queueing_info(odd.encode())
    assert alone.instance_id == "i1"
    if field != "userAccount":
        assert alone.owner == "o"


@given(field=st.sampled_from(["code", "description", "start_time"]), value=ODD_JSON)
@example("start_time", '"2026-13-45 99:99:99 +0800"')
def test_an_odd_field_of_one_sub_status_leaves_the_history(field, value):
    odd = {"code": 1210, "description": "compiling", "start_time": 1767225605, field: "PLACE"}
    history = [*QUEUEING["subStatusHistory"], odd, {"code": 1240, "start_time": 1767225608}]
    body = json.dumps({**QUEUEING, "subStatusHistory": history}).replace('"PLACE"', value)
    found = parse_queueing_info(body.encode())

    codes = [one.code for one in found.sub_status_history]
    assert (len(codes), codes.count(1010), codes.count(1240)) == (3, 1, 1)
    assert (found.sub_status_code, found.sub_status) == (1041, "Waiting")


@pytest.mark.parametrize("field", OPTIONAL)
def test_a_missing_field_of_a_running_instance_is_not_known(field):
    body = json.dumps({name: value for name, value in QUEUEING.items() if name != field}).encode()

    assert parse_queueing_info(body).instance_id == "i1"


@pytest.mark.parametrize("instance_id", [None, "", "-", 5, [], "a b"])
def test_a_running_instance_without_a_sound_id_is_left_out_of_its_list(instance_id):
    content = json.dumps([{**QUEUEING, "instanceId": instance_id}, QUEUEING])
    infos, _ = parse_queueing_infos(f"<I><Content>{content}</Content></I>".encode())

    assert [one.instance_id for one in infos] == ["i1"]


STATUSES = (
    "<Instance><Status>Terminated</Status><Tasks>"
    + "".join(
        f"<Task Type='SQL'><Name>{name}</Name><StartTime>{DATE}</StartTime>"
        f"<EndTime>{DATE}</EndTime><Status>Success</Status><Histories/></Task>"
        for name in "ab"
    )
    + "</Tasks></Instance>"
)


@pytest.mark.parametrize("field", ["StartTime", "EndTime", "Histories"])
@given(text=ODD_TEXTS)
def test_an_odd_time_of_a_task_costs_nothing_of_its_end(field, text):
    statuses = parse_task_statuses(xml(STATUSES, f"Tasks/Task/{field}", text))

    assert statuses.is_successful
    assert statuses.tasks["a"].end_time == NEW_YEAR


KNOWN = {state.value for state in (*InstanceStatus, *TaskState)}
ODD_STATES = ODD_TEXTS.filter(lambda text: text.strip().capitalize() not in KNOWN)


@given(text=ODD_STATES)
def test_an_odd_status_of_a_task_is_unknown(text):
    statuses = parse_task_statuses(xml(STATUSES, "Tasks/Task/Status", text))

    assert statuses.tasks["a"].status is TaskState.SUCCESS
    assert statuses.tasks["b"].status is TaskState.UNKNOWN


@given(text=ODD_STATES.filter(lambda text: text.strip()))
def test_an_odd_status_of_an_instance_is_unknown(text):
    status = parse_instance_status(
        f"<Instance><Status>{written(text)}</Status></Instance>".encode()
    )

    assert status is InstanceStatus.UNKNOWN


NUMBERS = (
    "BackupWorkers", "TerminatedWorkers", "RunningWorkers", "TotalWorkers", "InputRecords",
    "OutputRecords", "FinishedPercentage",
)  # fmt: skip
STAGE = "".join(f"<{name}>7</{name}>" for name in NUMBERS)
PROGRESS = "".join(f"<Stage ID='M{n}'><Status>Running</Status>{STAGE}</Stage>" for n in range(2))


@given(field=st.sampled_from([*NUMBERS, "Status"]), text=ODD_TEXTS)
def test_an_odd_number_of_a_stage_leaves_the_others(field, text):
    progress = parse_progress(xml(f"<Progress>{PROGRESS}</Progress>", f"Stage/{field}", text))

    assert [stage.name for stage in progress.stages] == ["M0", "M1"]
    assert progress.stages[0].total_workers == 7
    assert 0 <= progress.finished_percentage <= 100
    assert progress.stages[1].finished_percentage >= 0


SOURCE = (
    f"<Job><Name>NA</Name><Comment/><Owner>o</Owner><CreationTime>{DATE}</CreationTime>"
    f"<LastModifiedTime>{DATE}</LastModifiedTime><Priority>5</Priority><Guid>g</Guid><Tasks><SQL>"
    "<Name>a</Name><Config><Property><Name>settings</Name><Value>{}</Value></Property></Config>"
    "<Query>select 1</Query></SQL></Tasks></Job>"
)


SETTINGS = "Tasks/SQL/Config/Property/Value"
OF_SOURCES = ["Name", "Comment", "CreationTime", "LastModifiedTime", "Priority", SETTINGS]


@given(field=st.sampled_from(OF_SOURCES), text=ODD_TEXTS)
def test_an_odd_field_of_a_source_leaves_its_statement_and_guid(field, text):
    source = parse_source(xml(SOURCE, field, text))

    assert (source.guid, source.owner, source.tasks[0].query) == ("g", "o", "select 1")
    assert isinstance(source.priority, int)


RESULT = (
    "<Instance><Tasks><Task Type='SQL'><Name>a</Name><Result Format='csv'>\"a\"\n1\n</Result>"
    "<ResultDescriptor>{}</ResultDescriptor><Status>Success</Status></Task></Tasks></Instance>"
)


@given(text=ODD_TEXTS | ODD_JSON.map('{{"Schema": {}}}'.format))
@example(text='{"Schema": {"Columns": [{"Name": "a"}]}}')
def test_an_odd_descriptor_leaves_the_rows(text):
    result = parse_task_results(xml(RESULT, "Tasks/Task/ResultDescriptor", text))["a"]

    assert result.rows().rows == (("1",),)


GROUP = {
    "GroupAlias": "g",
    "GroupMaxQuota": {"CPU": 800},
    "GroupRequest": {"CPU": 700},
    "RuntimeQuota": {"CPU": 600},
    "UsedQuota": {"CPU": 500},
    "AmWaitingResInfo": [[0, {"totalAheadTaskNum": 3}]],
}


@given(field=st.sampled_from(sorted(GROUP)), value=ODD_JSON)
def test_an_odd_field_of_a_quota_leaves_the_others(field, value):
    group = json.dumps({**GROUP, field: "PLACE"}).replace('"PLACE"', value)
    infos = {"job1": group, "job0": json.dumps(GROUP)}
    first, second = parse_quota_usages(json.dumps({"quotaInfos": infos}).encode())

    assert (first.name, first.available.cpu_percent, first.tasks_ahead) == ("g", 600, 3)
    assert second.job == "job1"
    if field != "GroupRequest":
        assert second.requested.cpu_percent == 700


STAGES = {
    name: {
        "InputRecordCounts": {"TableScan1": 30},
        "InputRecordCountStats": {"TableScan1": [10, 20, 15]},
        "OutputRecordCounts": {"AdhocSink1": {"AdhocSink1": 30}},
        "WorkerCount": 2,
    }
    for name in ("M1", "R2_1")
}


@given(field=st.sampled_from(sorted(STAGES["M1"])), value=ODD_JSON)
def test_an_odd_field_of_a_stage_s_summary_leaves_the_others(field, value):
    stages = {**STAGES, "M1": {**STAGES["M1"], field: "PLACE"}}
    text = json.dumps({"Stages": stages}).replace('"PLACE"', value)
    body = json.dumps({"Instance": {"JsonSummary": text}}).encode()
    first, second = parse_summary(body, is_final=True).stages

    assert (first.name, second.name, second.workers, second.input_records) == ("M1", "R2_1", 2, 30)
    assert (second.input_spread.mean, second.output_records) == (15, 30)
    if field != "WorkerCount":
        assert first.workers == 2


SUMMARY = {"Inputs": {"p.t": [1, 2]}, "Cost": {"CPU": 100, "Memory": 2048, "Input": 30}}
COST_FIELDS = {
    "CPU": "cpu_percent_seconds", "Memory": "memory_mb_seconds", "Input": "input_bytes",
}  # fmt: skip


@given(field=st.sampled_from(sorted(COST_FIELDS)), value=ODD_JSON)
@example("CPU", '"-"')
def test_an_odd_amount_of_a_summary_is_not_known_and_leaves_the_others(field, value):
    cost = json.dumps({**SUMMARY["Cost"], field: "PLACE"}).replace('"PLACE"', value)
    text = f'{{"Inputs": {{}}, "Cost": {cost}}}'
    found = parse_summary(json.dumps({"Instance": {"JsonSummary": text}}).encode(), is_final=True)
    amounts = {name: getattr(found.cost, attribute) for name, attribute in COST_FIELDS.items()}

    odd = amounts.pop(field)
    assert odd is None or odd >= 0
    assert amounts == {name: SUMMARY["Cost"][name] for name in amounts}


@given(value=ODD_VALUES)
def test_an_odd_summary_keeps_its_text(value):
    inner = {"JsonSummary": value or "x", "Summary": "as shown"}
    body = json.dumps({"Instance": inner}, default=str) if value != 10**5_000 - 1 else ""

    assert not body or parse_summary(body.encode(), is_final=None).text == "as shown"


def test_a_summary_can_be_an_object_as_well_as_text():
    body = json.dumps({"Instance": {"JsonSummary": SUMMARY}}).encode()

    assert parse_summary(body, is_final=None).cost.input_bytes == 30


@pytest.mark.parametrize("text", [
    '{"Cost": {"SQL": {"Complexity": 1.0, "Input": 4200, "UDF": 0}}}',
    '{"Cost": {"SQL": {"Complexity": "1.0", "Input": "4200", "UDF": "0"}}}',
])  # fmt: skip
def test_an_estimate_is_in_numbers_or_in_texts(text):
    cost = parse_sql_cost(text)

    assert (cost.input_bytes, cost.complexity, cost.udf_count) == (4200, 1.0, 0)


@given(value=ODD_JSON)
def test_an_odd_number_of_functions_leaves_the_estimate(value):
    text = '{"Cost": {"SQL": {"Complexity": 1.5, "Input": 4200, "UDF": PLACE}}}'
    cost = parse_sql_cost(text.replace("PLACE", value))

    assert (cost.input_bytes, cost.complexity) == (4200, 1.5)


WORKER_FIELDS = ["logId", "startTime", "endTime", "status", "input_records", "output_bytes"]


@given(field=st.sampled_from(WORKER_FIELDS), value=ODD_VALUES)
def test_an_odd_field_of_a_worker_leaves_the_others(field, value):
    worker = {"id": "w", "logId": "l", "startTime": 1767225600, "endTime": 0, "status": "RUNNING"}
    odd = {**worker, field: value}
    workers = find_workers({"jobs": [{"name": "M1", "instances": [worker, odd, worker]}]})

    assert [one.id for one in workers] == ["w"] * 3
    assert workers[2].start_time == NEW_YEAR


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        (b'{"warnings": []}', ()),
        (b"", ()),
        (b"{}", ()),
        (b'{"warnings": null}', ()),
        (b'{"warnings": "one"}', ("one",)),
        (b'{"warnings": ["one", NaN]}', ("one", "None")),
    ],
)
def test_warnings_can_be_none_one_or_many(body, warnings):
    assert parse_warnings(body) == warnings


def test_a_type_of_tomorrow_is_text_and_the_others_stay():
    schema = '{"Schema": {"Columns": [{"Name": "a", "Type": "holo gram"}]}}'
    result = parse_task_results(xml(RESULT, "Tasks/Task/ResultDescriptor", schema))["a"]

    assert [column.type for column in result.columns] == [parse_data_type("string")]
