"""How far an instance has got, as far as MaxCompute tells: stages, queue, percentage."""

from typing import Any

import pytest

from odps_bot.maxcompute import (
    ConnectionFailedError,
    InstanceStatus,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    QueueingInfo,
    StageProgress,
    TaskProgress,
    TaskState,
    TaskStatus,
    TaskStatuses,
)
from odps_bot.runs import InstanceSnapshot
from tests.unit.in_memory import FakeInstance
from workers.polling.task_progress import MOST_TASKS, progress_of

NO_STAGES = TaskProgress(stages=())
REFUSALS = [
    NotFoundError("no such task", http_status=404),
    InvalidRequestError("no such parameter", http_status=400),
    PermissionDeniedError("no", http_status=403),
    MalformedResponseError("a page"),
]


class AskedInstance(FakeInstance):
    """Remembers for which tasks it was asked."""

    def __init__(self, progress: dict[str, Any], queueing: Any = None) -> None:
        super().__init__(queueing=queueing)
        self.by_name = progress
        self.asked: list[str] = []

    def get_task_progress(self, name: str) -> Any:
        self.asked.append(name)
        found = self.by_name[name]
        if isinstance(found, Exception):
            raise found
        return found


def tasks(**types: str) -> TaskStatuses:
    """Return running tasks of these types, or in the state behind a colon."""
    found = {}
    for name, words in types.items():
        kind, _, state = words.partition(":")
        status = TaskState(state or "Running")
        found[name] = TaskStatus(name=name, type=kind, status=status)
    return TaskStatuses(instance_status=InstanceStatus.RUNNING, tasks=found)


def stages(*names: str) -> TaskProgress:
    return TaskProgress(stages=tuple(StageProgress(name=name, status="RUNNING") for name in names))


def queue(**facts: Any) -> QueueingInfo:
    return QueueingInfo(instance_id="i", status=InstanceStatus.RUNNING, **facts)


def names_of(snapshot: InstanceSnapshot) -> list[str]:
    return [stage.name for stage in snapshot.stages]


def test_progress_is_asked_for_by_the_name_that_the_task_has():
    instance = AskedInstance({"console_query_task_1": stages("M1", "R2_1")})

    assert names_of(progress_of(instance, tasks(console_query_task_1="SQL"))) == ["M1", "R2_1"]
    assert instance.asked == ["console_query_task_1"]


def test_tasks_that_wait_are_not_asked_for_and_not_too_many_are():
    instance = AskedInstance({f"t{n}": stages("M1") for n in range(9)})
    progress_of(instance, tasks(t0="SQL", t1="SQL:Waiting"))
    assert instance.asked == ["t0"]

    progress_of(instance, tasks(**{f"t{n}": "SQL" for n in range(9)}))
    assert len(instance.asked) == 1 + MOST_TASKS


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_one_task_is_refused_is_told_of_the_other(refusal):
    instance = AskedInstance({"a": refusal, "b": stages("M1")})

    assert names_of(progress_of(instance, tasks(a="SQL", b="SQL"))) == ["b M1"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_place_in_the_queue_is_told_though_progress_is_refused(refusal):
    instance = AskedInstance({"a": refusal}, queue(wait_position=3))

    assert progress_of(instance, tasks(a="SQL")).queue_position == 3


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("is_progress_told", [True, False])
def test_where_both_are_refused_nothing_is_known(refusal, is_progress_told):
    instance = AskedInstance({"a": NO_STAGES if is_progress_told else refusal}, refusal)

    assert progress_of(instance, tasks(a="SQL")).is_progress_known is is_progress_told


def test_a_service_that_is_silent_is_not_asked_on():
    silent = ConnectionFailedError("no route", was_sent=False)
    instance = AskedInstance({"a": silent, "b": stages("M1")})

    with pytest.raises(ConnectionFailedError):
        progress_of(instance, tasks(a="SQL", b="SQL"))
    assert instance.asked == ["a"]


@pytest.mark.parametrize(
    ("kind", "progress", "queueing", "is_executing"),
    [
        ("SQL", NO_STAGES, None, False),
        ("SQL", NO_STAGES, queue(sub_status="Waiting"), False),
        ("SQL", NO_STAGES, queue(sub_status="Running"), True),
        ("SQL", NO_STAGES, queue(progress=0.4), True),
        ("SQL", REFUSALS[0], None, True),
        ("MERGE", NO_STAGES, None, True),
        ("CUPID", REFUSALS[0], None, True),
        ("LOT", NO_STAGES, queue(), True),
        ("LOT", NO_STAGES, queue(sub_status="Waiting"), False),
        ("LOT", NO_STAGES, queue(wait_position=1), False),
        ("SomethingNew", REFUSALS[1], REFUSALS[1], True),
    ],
)
def test_a_job_without_stages_is_queued_or_running(kind, progress, queueing, is_executing):
    snapshot = progress_of(AskedInstance({"a": progress}, queueing), tasks(a=kind))

    assert snapshot.is_executing is is_executing


def test_what_was_just_submitted_has_no_tasks_and_is_queued():
    assert progress_of(AskedInstance({}), tasks()) == InstanceSnapshot()


@pytest.mark.parametrize(("progress", "percent"), [(0.42, 42), (1.7, 100), (0.0, 0), (None, 0)])
def test_the_scheduler_tells_the_percentage_of_a_job_without_stages(progress, percent):
    told = queue(progress=progress, sub_status="Running")
    snapshot = progress_of(AskedInstance({"a": NO_STAGES}, told), tasks(a="CUPID"))

    assert (snapshot.progress_percent, snapshot.queue_status) == (percent, None)
