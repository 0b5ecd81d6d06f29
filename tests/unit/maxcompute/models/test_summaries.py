import json
from itertools import permutations

import pytest

from odps_bot.maxcompute import RecordSpread, TableAmount
from odps_bot.maxcompute.models.details import parse_summary

M1 = "M1_odpsdemo_dev_2019060403073279gbnoz3pr2_SQL_0_0_0_job_0"

#: Shortened from a test of the JDBC driver.
SAMPLE = {
    "Cost": {"CPU": 200, "GPU": 0, "Input": 400, "Memory": 3584},
    "Inputs": {"odpsdemo_dev.10_numbers": [10, 400]},
    "Outputs": {},
    "Stages": {
        M1: {
            "InputRecordCountStats": {"TableScan1": [10, 10, 10]},
            "InputRecordCounts": {"TableScan1": 10},
            "OutputRecordCountStats": {"StreamLineWrite1": [10, 10, 10]},
            "OutputRecordCounts": {"StreamLineWrite1": {"StreamLineWrite1": 10}},
            "UserCounters": {},
            "WorkerCount": 1,
            "WriterBytes": {"StreamLineWrite1": {"StreamLineWrite1": 75}},
        }
    },
}


def summary_of(values):
    body = json.dumps({"Instance": {"JsonSummary": json.dumps(values), "Summary": ""}}).encode()
    return parse_summary(body, is_final=True)


def stage_of(**fields):
    (stage,) = summary_of({"Stages": {"J2_1": fields}}).stages
    return stage


def test_a_summary_has_inputs_outputs_and_stages():
    summary = summary_of(SAMPLE)
    (stage,) = summary.stages

    assert summary.inputs == {"odpsdemo_dev.10_numbers": TableAmount(records=10, size_bytes=400)}
    assert summary.outputs == {}
    assert (stage.name, stage.workers) == (M1, 1)
    assert (stage.input_records, stage.output_records) == (10, 10)
    assert stage.input_spread == stage.output_spread == RecordSpread(least=10, mean=10, most=10)


@pytest.mark.parametrize("triple", list(permutations([2_000_000, 60_000_000, 3_160_000])))
def test_least_mean_and_most_are_told_apart_in_any_order(triple):
    stage = stage_of(InputRecordCountStats={"StreamLineRead1": list(triple)})

    assert stage.input_spread == RecordSpread(least=2_000_000, mean=3_160_000, most=60_000_000)


def test_the_worker_with_the_most_of_one_input_has_the_least_of_the_other_at_least():
    stats = {"StreamLineRead1": [10, 100, 20], "StreamLineRead2": [5, 7, 6]}

    assert stage_of(InputRecordCountStats=stats).input_spread == RecordSpread(
        least=15, mean=26, most=105
    )


def test_records_of_several_operators_add_up():
    stage = stage_of(
        InputRecordCounts={"StreamLineRead1": 10, "StreamLineRead2": "20"},
        OutputRecordCounts={"Sink1": {"Sink1": 5, "Sink2": 6}, "Sink3": 7},
    )

    assert (stage.input_records, stage.output_records) == (30, 18)


@pytest.mark.parametrize("stats", [{}, {"a": []}, {"a": [1, 2]}, {"a": [1, 2, "-"]}, {"a": 3}, "-"])
def test_a_spread_of_anything_but_three_numbers_is_unknown(stats):
    assert stage_of(InputRecordCountStats=stats).input_spread is None


@pytest.mark.parametrize("values", [{}, {"Stages": None, "Inputs": []}, {"Stages": "-"}])
def test_everything_of_a_summary_is_optional(values):
    summary = summary_of(values)

    assert (summary.stages, summary.inputs, summary.outputs) == ((), {}, {})


@pytest.mark.parametrize("amounts", [[], [None, -1], "x", None])
def test_odd_amounts_of_a_table_are_unknown(amounts):
    assert summary_of({"Inputs": {"t": amounts}}).inputs == {"t": TableAmount()}
