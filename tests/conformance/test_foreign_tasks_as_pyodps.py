"""Tasks whose names and kinds are their submitter's: the same through PyODPS and through us."""

from datetime import UTC

import pytest
from odps import errors
from odps.models.tasks import CupidTask, MergeTask, SQLTask

from odps_bot.maxcompute import NotFoundError

TASKS = {
    "odpscmd": lambda: SQLTask(name="console_query_task_1589731320000", query="select 1 as a;"),
    "a name of two words": lambda: SQLTask(name="two words", query="select 1 as a;"),
    "merge": lambda: MergeTask(name="merge_task_1", table="sandbox.customers"),
    "cupid": lambda: CupidTask(name="cupid_task", plan="AAA="),
    "failing": lambda: SQLTask(name="jdbc_sql_task", query="select * from nowhere;"),
}


@pytest.fixture(params=TASKS)
def theirs(request, pyodps):
    """An instance of PyODPS that has ended."""
    instance = pyodps.get_project().instances.create(task=TASKS[request.param]())
    instance.wait_for_completion()
    return instance


def test_names_kinds_states_and_times(theirs, client):
    tasks = client.get_instance(theirs.id).get_task_statuses().tasks
    expected = theirs.get_task_statuses()

    assert list(tasks) == theirs.get_task_names()
    for name, task in tasks.items():
        assert task.type == expected[name].type
        assert task.status.value.upper() == expected[name].status.value
        assert task.start_time.astimezone(UTC) == expected[name].start_time.astimezone(UTC)


def test_success_and_results(theirs, client):
    ours = client.get_instance(theirs.id)

    assert ours.is_successful() == theirs.is_successful()
    expected = {name: str(result) for name, result in theirs.get_task_results().items()}
    assert {name: result.text for name, result in ours.get_task_results().items()} == expected


def test_progress_summary_and_cost_by_name(theirs, client):
    ours = client.get_instance(theirs.id)
    (name,) = theirs.get_task_names()
    stages = [stage.name for stage in ours.get_task_progress(name).stages]
    cost, expected = ours.get_task(name).get_cost(), theirs.get_task_cost(name)

    assert stages == [stage.name for stage in theirs.get_task_progress(name).stages]
    assert (cost and cost.input_bytes) == (expected and expected.input_size)


def test_another_name_is_refused(theirs, client):
    with pytest.raises(errors.NoSuchObject):
        theirs.get_task_progress("AnonymousSQLTask")
    with pytest.raises(NotFoundError, match="AnonymousSQLTask"):
        client.get_instance(theirs.id).get_task_progress("AnonymousSQLTask")
