"""Any response becomes a valid value or a MalformedResponseError, nothing else.

The trees consist of words that the parsers look for, so that they get past the first check.
"""

import contextlib
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from odps_bot.maxcompute import MalformedResponseError
from odps_bot.maxcompute.http.error_responses import parse_error_response, server_time
from odps_bot.maxcompute.models.data_types import Column, parse_data_type
from odps_bot.maxcompute.models.details import (
    parse_detail,
    parse_sql_cost,
    parse_summary,
    parse_warnings,
)
from odps_bot.maxcompute.models.instance_pages import parse_instances
from odps_bot.maxcompute.models.instances import TaskState
from odps_bot.maxcompute.models.quotas import parse_quota_usages
from odps_bot.maxcompute.models.responses import (
    parse_instance_status,
    parse_progress,
    parse_queueing_info,
    parse_queueing_infos,
    parse_source,
    parse_task_results,
    parse_task_statuses,
    parse_token,
)
from odps_bot.maxcompute.models.results import TaskResult
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from odps_bot.maxcompute.models.values import value_of
from odps_bot.maxcompute.models.workers import find_workers
from odps_bot.maxcompute.tunnel.csv_lines import csv_line
from odps_bot.maxcompute.tunnel.rows import decode_rows
from odps_bot.maxcompute.wire import parse_xml

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def any_word(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


NASTY_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\\N",
        "Terminated",
        "Running",
        "Success",
        "-1",
        "9" * 41,
        "9" * 5_000,
        "1e999",
        "-1e308",
        "NaN",
        "٣",
        "²",
        "0x10",
        "1_000",
        "null",
        "[]",
        "{}",
        "[" * 2_000,
        "0001-01-01 00:00:00 +0800",
        "9999-12-31 23:59:59 -0800",
        "Fri, 31 Dec 9999 23:59:59 -0800",
        "Thu, 01 Jan 0001 00:00:00 +0800",
        "Thu, 01 Jan 2026 00:00:00 GMT",
        "999999999 99:99:99",
        '{"Schema": {"Columns": [{"Name": "a", "Type": "map<json,int>"}]}}',
        '{"Schema": {"Columns": [1]}}',
        '"unclosed',
        '"a"\n{"[1]": 1}\n',
        "\u2028\u202e\ufeff\U0001f600",
    ]
)
TEXTS = NASTY_TEXTS | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)

TAGS = any_word(
    "Instance Instances Status Tasks Task Name StartTime EndTime Owner Marker Content Result"
    " ResultDescriptor Stage BackupWorkers TotalWorkers FinishedPercentage Priority Guid Config"
    " Property Value Query CreationTime SQL Error Code Message RequestId"
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["Type", "Format", "Transform", "ID"]),
    st.sampled_from(["Base64", "csv", "CSV", "text", "SQL"]) | TEXTS,
    max_size=2,
)
ROOTS = st.sampled_from(["Instance", "Instances", "Progress", "Job", "Authorization", "Error"])

WORDS = any_word(
    "Instance JsonSummary Summary Cost CPU Memory Input SQL UDF Complexity instanceId status"
    " waitPos queueLength subStatus description startTime endTime instances id logId name warnings"
    " subStatusHistory code start_time mapReduce jobs tasks quotaInfos job0 CPU Stages"
    " input_records AmWaitingResInfo totalAheadTaskNum InputRecordCounts"
    " InputRecordCountStats WorkerCount"
    " instancePriority instanceProgress cpuUsage Schema Columns Name Type Code Message"
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**60)
    | st.just(-(10**18))
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXTS, inner, max_size=4),
    max_leaves=12,
)


def element(tag: str, attributes: dict[str, str], text: str, children: list[str]) -> str:
    shown = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{shown}>{escape(text)}{''.join(children)}</{tag}>"


ELEMENTS = st.recursive(
    st.builds(element, TAGS, ATTRIBUTES, TEXTS | JSON.map(json.dumps), st.just([])),
    lambda inner: st.builds(element, TAGS, ATTRIBUTES, TEXTS, st.lists(inner, max_size=4)),
    max_leaves=10,
)
XML = st.builds(
    lambda *parts: element(*parts).encode(),
    ROOTS,
    ATTRIBUTES,
    TEXTS,
    st.lists(ELEMENTS, max_size=4),
)

XML_READERS = [
    parse_instance_status,
    parse_task_statuses,
    parse_task_results,
    parse_progress,
    parse_source,
    parse_instances,
    parse_queueing_infos,
    parse_token,
]

TYPES = st.recursive(
    any_word(
        "tinyint bigint float double decimal(38,18) boolean date datetime timestamp timestamp_ntz"
        " interval_day_time interval_year_month binary json string char(3) vector"
    ),
    lambda inner: (
        st.builds("array<{}>".format, inner)
        | st.builds("map<{},{}>".format, inner, inner)
        | st.builds("struct<a:{},b:{}>".format, inner, inner)
    ),
    max_leaves=4,
)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])


@pytest.mark.parametrize("read", XML_READERS)
@settings(max_examples=30)  # each of many readers sees other trees, and making one is slow
@given(body=XML)
def test_any_tree_of_known_words_is_read_or_malformed(read, body):
    with contextlib.suppress(MalformedResponseError):
        read(body)


@given(body=XML)
def test_any_results_are_tables_or_malformed(body):
    with contextlib.suppress(MalformedResponseError):
        for result in parse_task_results(body).values():
            result.rows()
            list(result.typed_rows(time_zone=timezone(timedelta(hours=14))))


@pytest.mark.parametrize(
    "read",
    [
        lambda body: parse_summary(body, is_final=None),
        lambda body: parse_sql_cost(body.decode()),
        lambda body: find_workers(parse_detail(body)),
        lambda body: parse_stage_workers(body, now=NOW),
        lambda body: (read := parse_summary(body, is_final=None)) and read.stages,
        parse_quota_usages,
        parse_warnings,
        parse_queueing_info,
    ],
)
@given(value=st.dictionaries(WORDS, JSON, max_size=5) | JSON)
@example(value={"instanceId": "i", "startTime": "0001-01-01 00:00:00 +0800"})
@example(value={"Instance": {"JsonSummary": "\ud800"}})
def test_any_json_of_known_words_is_read_or_malformed(read, value):
    body = json.dumps(value).encode()

    with contextlib.suppress(MalformedResponseError):
        read(body)


@given(summary=st.dictionaries(WORDS, JSON, max_size=5))
def test_any_summary_has_a_cost_or_is_malformed(summary):
    body = json.dumps({"Instance": {"JsonSummary": json.dumps(summary)}}).encode()

    with contextlib.suppress(MalformedResponseError):
        found = parse_summary(body, is_final=True)
        amounts = (found.cost.cpu_percent_seconds,) if found and found.cost else ()
        assert all(amount is None or amount >= 0 for amount in amounts)


@given(cost=st.dictionaries(st.sampled_from(["Input", "UDF", "Complexity"]), SCALARS))
def test_any_estimate_is_finite_or_malformed(cost):
    with contextlib.suppress(MalformedResponseError):
        found = parse_sql_cost(json.dumps({"Cost": {"SQL": cost}}))
        assert math.isfinite(found.complexity)


EAST = timezone(timedelta(hours=14))


@given(text=TEXTS | JSON.map(json.dumps), type_name=TYPES, time_zone=ZONES)
@example(text="0001-01-01 00:00:00", type_name="datetime", time_zone=EAST)
@example(text="999999999 99:00:00", type_name="interval_day_time", time_zone=None)
@example(text='{"[1]": 1}', type_name="map<json,int>", time_zone=None)
@example(text='["\\ud800"]', type_name="array<string>", time_zone=None)
@example(text='"\\ud800"', type_name="json", time_zone=None)
def test_any_cell_is_a_value_of_its_type_or_malformed(text, type_name, time_zone):
    with contextlib.suppress(MalformedResponseError):
        value = value_of(text, parse_data_type(type_name), time_zone=time_zone)
        csv_line([value]).encode()


@given(text=st.text(alphabet="<>(),:`ab array map struct 1", max_size=60) | TEXTS)
def test_any_text_is_a_data_type_or_malformed(text):
    with contextlib.suppress(MalformedResponseError):
        parse_data_type(text)


@given(text=st.text(alphabet='",\r\n\\N a', max_size=60))
def test_any_text_is_csv_or_malformed(text):
    result = TaskResult(task_name="t", format="csv", text=text, status=TaskState.SUCCESS)

    with contextlib.suppress(MalformedResponseError):
        result.rows()


@given(
    pieces=st.lists(st.binary(max_size=40), max_size=4),
    type_names=st.lists(TYPES, max_size=3),
)
@example(pieces=[b"\x01\x00\x02[]\x01\x00\x00"], type_names=["map<json,bigint>"])
@example(pieces=[b"\xff" * 9 + b"\x01"], type_names=["datetime"])
def test_any_stream_is_rows_or_malformed(pieces, type_names):
    # A tag of the first column in front leads past the first question.
    stream = [b"\x08" if type_names else b"", *pieces]

    with contextlib.suppress(MalformedResponseError):
        columns = [Column("c", parse_data_type(name)) for name in type_names]
        list(decode_rows(iter(stream), columns))


HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Date", "x-odps-request-id", "Location"]), TEXTS, max_size=3
)


@given(
    http_status=st.integers(300, 999),
    headers=HEADERS,
    body=XML | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
)
@example(http_status=429, headers={"Retry-After": "           7"}, body=b"")
@example(http_status=429, headers={"Retry-After": "²"}, body=b"")
def test_any_error_response_is_a_readable_error(http_status, headers, body):
    error = parse_error_response(http_status, headers, body, now=NOW)

    assert error.http_status == http_status
    assert str(error)
    assert error.retry_after is None or error.retry_after >= timedelta()


@given(stated=TEXTS, date=TEXTS)
def test_any_server_time_is_usable_or_none(stated, date):
    body = f"<E><Code>RequestTimeTooSkewed</Code><Message>now_date: {escape(stated)}Z</Message></E>"
    error = parse_error_response(400, {}, body.encode(), now=NOW)
    found = server_time(error, {"Date": date})

    assert found is None or found.tzinfo is not None


PROLOGS = st.lists(
    st.sampled_from(["\ufeff", " ", "\n", "\x0c", "\xa0", "<?x?>", "<!-- < -->", "<!---->", "\0"]),
    max_size=4,
).map("".join)


@example(prolog="\ufeff\ufeff", encoding="utf-8")
@given(prolog=PROLOGS, encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-be", "utf-7"]))
def test_no_prolog_smuggles_an_entity_in(prolog, encoding):
    body = f"{prolog}<!DOCTYPE a [<!ENTITY e 'smuggled'>]><a>&e;</a>".encode(encoding)

    with pytest.raises(MalformedResponseError):
        parse_xml(body)
