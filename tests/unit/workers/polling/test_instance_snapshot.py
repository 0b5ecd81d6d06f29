"""What a look keeps of a result: the first rows, with the types that make numbers numbers."""

from dataclasses import dataclass

import pytest

from odps_bot.maxcompute import (
    Column,
    InstanceStatus,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    TaskResult,
    TaskState,
    TaskStatus,
    TaskStatuses,
)
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.runs import RunState
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.polling.instance_snapshot import UnreadResultError, snapshot_of


@dataclass
class EndedInstance:
    """An instance that has ended with one result."""

    result: TaskResult
    ended: TaskState = TaskState.SUCCESS

    def get_task_statuses(self):
        task = TaskStatus(name="t", type="SQL", status=self.ended)
        return TaskStatuses(instance_status=InstanceStatus.TERMINATED, tasks={"t": task})

    def get_task_results(self):
        return {"t": self.result}


def seen(text, *types):
    """Return the table that a look keeps of a result in MaxCompute's CSV."""
    columns = tuple(Column(f"c{n}", parse_data_type(name)) for n, name in enumerate(types))
    result = TaskResult(task_name="t", format="csv", text=text, columns=columns or None)
    return snapshot_of(EndedInstance(result)).table


def test_types_are_those_that_maxcompute_tells():
    table = seen('"a","b","c"\n1,"2",1.50\n', "bigint", "string", "decimal(18,2)")

    assert table.types == ("bigint", "string", "decimal")
    assert table.rows == (("1", "2", "1.50"),)


def test_types_that_nobody_tells_are_read_off_all_rows():
    rows = "".join(f'{n},"{n}",{n}.5\n' for n in range(30))
    table = seen('"a","b","c","d"\n' + rows.replace("\n", ",007\n"))

    assert table.types == ("bigint", "bigint", "double", "string")
    assert len(table.rows) == 20
    assert table.row_count == 30


def test_one_text_among_many_rows_makes_a_column_text():
    table = seen('"a"\n' + "1\n" * 100 + '"x"\n')

    assert table.types == ("string",)


def test_types_that_do_not_fit_the_columns_are_not_believed():
    assert seen('"a","b"\n1,"x"\n', "string").types == ("bigint", "string")


@pytest.mark.parametrize(
    ("type_name", "cell", "shown"),
    [
        ("array<string>", "[a, null]", '["a", null]'),
        ("map<string,bigint>", '{"k":1}', '{"k": 1}'),
        ("struct<x:bigint,y:string>", "{x:1, y:b}", '{"x": 1, "y": "b"}'),
        ("array<bigint>", "[nonsense", "[nonsense"),
        ("json", '{"a":[1]}', '{"a":[1]}'),
        ("string", "[a, null]", "[a, null]"),
    ],
)
def test_arrays_maps_and_structs_are_json(type_name, cell, shown):
    quoted = cell.replace('"', '""')

    assert seen(f'"a"\n"{quoted}"\n', type_name).rows == ((shown,),)


def test_a_huge_array_is_cut_and_not_read():
    table = seen('"a"\n"[' + "1," * 5_000_000 + '1]"\n', "array<bigint>")

    assert table.rows[0][0].startswith("[1,1,")
    assert len(table.rows[0][0]) == 500


@pytest.mark.parametrize(("letters", "is_read"), [(20_000, True), (20_001, False)])
def test_arrays_of_up_to_20000_letters_are_read(letters, is_read):
    cell = "[" + "1 , " + "1," * ((letters - 7) // 2) + " " * ((letters - 7) % 2) + "1]"
    assert len(cell) == letters

    table = seen(f'"a"\n"{cell}"\n', "array<bigint>")

    # What is read is written anew, in one way.
    assert table.rows[0][0].startswith("[1, 1" if is_read else "[1 , 1")


def test_what_is_no_table_keeps_8000_letters():
    result = TaskResult(task_name="t", format="text", text="x" * 100_000)

    assert len(snapshot_of(EndedInstance(result)).result_text) == 8_000


def test_what_looks_like_a_token_is_hidden_in_why_it_failed():
    failed = EndedInstance(
        TaskResult(
            task_name="t",
            format="text",
            text="ODPS-0123: GET /x?token=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0 failed",
            status=TaskState.FAILED,
        ),
        ended=TaskState.FAILED,
    )

    outcome = snapshot_of(failed).outcome

    assert outcome.detail.startswith("ODPS-0123: GET /x?")
    assert "c2VjcmV0" not in outcome.detail


def test_two_thousand_columns_keep_the_types_of_those_shown():
    header = ",".join(f'"c{n}"' for n in range(2_000))
    table = seen(f"{header}\n" + ",".join(["1"] * 2_000) + "\n")

    assert table.types == ("bigint",) * 20
    assert table.column_count == 2_000


@pytest.mark.parametrize("types", [(), ("bigint", "bigint")])
def test_rows_of_any_length_make_a_table(types):
    table = seen('"a","b"\n1\n2,3,4\n', *types)

    assert table.rows == (("1", None), ("2", "3"))
    assert table.types == ("bigint", "bigint")


def test_a_result_without_rows_has_its_columns():
    table = seen('"a","b"\n')

    assert (table.columns, table.rows, table.row_count) == (("a", "b"), (), 0)
    assert len(table.types) == 2


GONE = NotFoundError("no tasks", http_status=404)


def ended_of(*states, **facts):
    return FakeInstance(statuses=statuses_of(*states), **facts)


@pytest.mark.parametrize(
    "refusal", [GONE, InvalidRequestError("?", http_status=400), MalformedResponseError("cut")]
)
def test_tasks_that_are_refused_leave_the_instances_own_status(refusal):
    running = FakeInstance(statuses=refusal, status=InstanceStatus.RUNNING)

    assert snapshot_of(running).end is None


def test_only_the_instances_own_status_says_that_it_is_gone():
    with pytest.raises(NotFoundError):
        snapshot_of(FakeInstance(statuses=GONE, status=GONE))


def test_how_it_ended_may_come_with_the_results():
    result = TaskResult(task_name="t", format="text", text="", status=TaskState.CANCELLED)
    ended = FakeInstance(statuses=GONE, status=InstanceStatus.TERMINATED, results={"t": result})

    assert snapshot_of(ended).end is RunState.CANCELLED


@pytest.mark.parametrize(
    "states", [(), (TaskState.SUCCESS, TaskState.WAITING), (TaskState.UNKNOWN,)]
)
def test_an_end_that_the_tasks_do_not_tell_is_asked_for_again(states):
    with pytest.raises(UnreadResultError) as raised:
        snapshot_of(ended_of(*states))

    assert raised.value.end is RunState.UNKNOWN


def test_a_result_without_a_status_is_no_failure_if_its_task_is_none():
    results = {
        "t0": TaskResult(task_name="t0", format="csv", text='"secret"\n'),
        "t1": TaskResult(task_name="t1", format="text", text="ODPS-0130131: no"),
    }
    failed = ended_of(TaskState.SUCCESS, TaskState.FAILED, results=results)

    assert snapshot_of(failed).outcome.detail == "ODPS-0130131: no"


def test_the_names_of_the_tasks_are_told_at_the_end():
    assert snapshot_of(ended_of(TaskState.SUCCESS, TaskState.SUCCESS)).task_names == ("t0", "t1")
