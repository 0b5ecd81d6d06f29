"""What an instance has used, in cores and gigabytes."""

from odps_bot.maxcompute import ServerError
from odps_bot.maxcompute.models.details import TaskCost
from odps_bot.runs import Cost
from tests.unit.in_memory import FakeInstance
from workers.polling.resource_usage import actual_cost


def test_hundredths_of_cores_and_megabytes_become_cores_and_gigabytes():
    used = TaskCost(cpu_percent_seconds=150, memory_mb_seconds=1_536, input_bytes=7)

    assert actual_cost(FakeInstance(task_cost=used)) == Cost(
        input_bytes=7, cpu_core_s=1.5, memory_gb_s=1.5
    )


def test_what_maxcompute_does_not_tell_is_not_known():
    assert actual_cost(FakeInstance(task_cost=None)) is None
    assert actual_cost(FakeInstance(task_cost=ServerError("busy", http_status=503))) is None
