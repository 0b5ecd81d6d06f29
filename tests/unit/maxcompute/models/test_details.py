import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import MalformedResponseError, SqlCost, TaskCost
from odps_bot.maxcompute.models.details import (
    parse_detail,
    parse_sql_cost,
    parse_summary,
    parse_warnings,
)
from odps_bot.maxcompute.models.workers import find_workers

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                ["Instance", "JsonSummary", "Cost", "SQL", "Input", "warnings", "instances"]
            ),
            inner,
        )
    ),
    max_leaves=10,
)


def summary_body(summary):
    return json.dumps(
        {"Instance": {"JsonSummary": json.dumps(summary), "Summary": "text"}}
    ).encode()


def test_a_summary_has_the_cost():
    body = summary_body({"Inputs": {"p.t": [12, 3048]}, "Cost": {"CPU": 1, "Memory": "2"}})

    summary = parse_summary(body, is_final=True)

    assert summary is not None
    assert summary.text == "text"
    assert summary.values["Inputs"] == {"p.t": [12, 3048]}
    assert summary.cost == TaskCost(cpu_percent_seconds=1, memory_mb_seconds=2, input_bytes=None)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"Instance": {}}'])
def test_there_can_be_no_summary_yet(body):
    assert parse_summary(body, is_final=None) is None


def test_a_summary_can_lack_the_cost():
    summary = parse_summary(summary_body({}), is_final=None)

    assert summary is not None
    assert summary.cost is None


def test_numbers_of_an_estimate_can_be_strings():
    text = '{"Cost": {"SQL": {"Input": "1840", "UDF": "0", "Complexity": "1.5"}}}'

    assert parse_sql_cost(text) == SqlCost(input_bytes=1840, udf_count=0, complexity=1.5)


@pytest.mark.parametrize("text", ["", "{}", '{"Cost": []}', '{"Cost": {"SQL": {}}}', "OK"])
def test_an_estimate_without_a_cost_is_malformed(text):
    with pytest.raises(MalformedResponseError):
        parse_sql_cost(text)


def test_workers_are_found_however_deep_they_are():
    detail = {
        "mapReduce": {
            "jobs": [
                {
                    "tasks": [
                        {"name": "M1", "instances": [{"id": "w1", "logId": "l1", "endTime": 0}]},
                        {"name": "R2", "instances": [{"id": "w2", "startTime": 1767225600}]},
                    ]
                }
            ]
        }
    }

    first, second = find_workers(detail)

    assert (first.id, first.log_id, first.stage, first.end_time) == ("w1", "l1", "M1", None)
    assert (second.stage, second.log_id) == ("R2", None)
    assert second.start_time == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_detail_is_json_or_text():
    assert parse_detail(b'{"a": 1}') == {"a": 1}
    assert parse_detail(b"not json") == "not json"
    assert parse_detail(b"") == {}


@pytest.mark.parametrize(
    ("body", "warnings"),
    [(b'{"warnings": ["WARNING:[1,8] a"]}', ("WARNING:[1,8] a",)), (b"", ()), (b"{}", ())],
)
def test_warnings_are_optional(body, warnings):
    assert parse_warnings(body) == warnings


@given(JSON)
def test_any_json_is_read_or_malformed(value):
    body = json.dumps(value).encode()

    find_workers(parse_detail(body))
    for read in (
        lambda: parse_summary(body, is_final=None),
        lambda: parse_summary(summary_body(value), is_final=None),
        lambda: parse_sql_cost(body.decode()),
        lambda: parse_warnings(body),
    ):
        with suppress(MalformedResponseError):
            found = read()
            assert found is None or found.__class__.__name__
