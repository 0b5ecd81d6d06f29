"""The measurement of the watch, in a size that says nothing about speed."""

import time

import pytest

from benchmarks.watch.arrivals import Arrivals
from benchmarks.watch.designs import OURS, POLLER
from benchmarks.watch.measure import Load, measure, put
from benchmarks.world.maxcompute import instance_id
from benchmarks.world.processes import stand_in
from odps_bot.maxcompute import AccessKey, Client, InstanceStatus, StaticCredentials

SMALL = Load(count=5, ends_per_s=0.25, warm_up_s=12, window_s=12, grace_s=60)


@pytest.fixture(scope="module")
def maxcompute_url():
    with stand_in("benchmarks.world.maxcompute") as url:
        yield url


@pytest.mark.parametrize("design", [OURS, POLLER], ids=lambda design: design.name)
def test_every_end_is_noticed_and_its_cost_counted(design):
    found = measure(design, SMALL)

    assert len(found.lateness_s) == 3
    assert not found.unnoticed_s
    assert min(found.lateness_s) >= 0
    assert found.requests_a_minute > 0
    assert found.memory_bytes > 0


def test_the_stand_in_lists_as_a_maxcompute_does_and_forgets_what_has_ended(maxcompute_url):
    client = Client(
        f"{maxcompute_url}/api",
        project="bench",
        credentials=StaticCredentials(AccessKey("key", "secret")),
    )
    put(f"{maxcompute_url}/count", 2_500)
    put(f"{maxcompute_url}/ends", {"17": 0})

    listed = {i.id for i in client.list_instances(status=InstanceStatus.RUNNING)}
    cached = {i.instance_id for i in client.list_queueing_infos(status=InstanceStatus.RUNNING)}

    assert listed == cached == {instance_id(number) for number in range(2_500) if number != 17}
    assert client.get_instance(instance_id(17)).is_successful()
    assert client.get_instance(instance_id(18)).is_running()
    assert client.get_instance(instance_id(18)).get_task_progress().stages


def test_an_arrival_is_seen_when_it_comes(redis):
    with Arrivals(redis, "ended") as arrivals:
        redis.zadd("ended", {"completion:run00000017": 1})
        deadline = time.monotonic() + 30
        while not arrivals.seen_at_s() and time.monotonic() < deadline:
            time.sleep(0.01)

    assert list(arrivals.seen_at_s()) == [17]
