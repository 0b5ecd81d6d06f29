"""What an instance has used, in cores and gigabytes."""

from odps_bot.maxcompute import ServerError
from odps_bot.maxcompute.models.details import TaskCost
from odps_bot.runs import Cost
from tests.unit.in_memory import FakeInstance
from workers.polling.resource_usage import read_usage
from workers.polling.task_progress import MOST_TASKS


def test_hundredths_of_cores_and_megabytes_become_cores_and_gigabytes():
    used = TaskCost(cpu_percent_seconds=150, memory_mb_seconds=1_536, input_bytes=7)

    assert read_usage(FakeInstance(task_cost=used), ["t"]).cost == Cost(
        input_bytes=7, cpu_core_s=1.5, memory_gb_s=1.5
    )


def test_what_several_tasks_have_used_is_added_up_for_as_many_as_are_asked_for():
    used = TaskCost(cpu_percent_seconds=100, memory_mb_seconds=1_024, input_bytes=7)
    names = [f"task {number}" for number in range(9)]

    assert read_usage(FakeInstance(task_cost=used), names[:2]).cost == Cost(
        input_bytes=14, cpu_core_s=2, memory_gb_s=2
    )
    assert read_usage(FakeInstance(task_cost=used), names).cost.input_bytes == 7 * MOST_TASKS


def test_what_maxcompute_does_not_tell_is_not_known():
    busy = ServerError("busy", http_status=503)

    assert read_usage(FakeInstance(task_cost=None), ["t"]).cost is None
    assert read_usage(FakeInstance(task_cost=busy), ["t"]).cost is None
    assert read_usage(FakeInstance(task_cost=busy), []).cost is None
