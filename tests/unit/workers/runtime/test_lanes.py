"""Which jobs have threads of their own."""

import pytest

from odps_bot.errors import OdpsBotError
from odps_bot.store.job_queue import QUEUES
from workers.runtime.lanes import LANES, lanes_apart, lanes_here, parse_lanes


def names(lanes):
    return [lane.name for lane in lanes]


def test_every_queue_is_in_one_lane():
    assert sorted(queue for lane in LANES for queue in lane.queues) == sorted(QUEUES)


def test_files_are_made_in_a_process_of_their_own():
    assert names(lanes_apart(None)) == ["files"]
    here = ["submit", "stop", "deliver", "poll", "hold", "sweep", "answer", "diagnose"]
    assert names(lanes_here(None)) == here


def test_a_worker_may_have_some_lanes_only():
    chosen = parse_lanes("deliver, submit")

    assert names(lanes_here(chosen)) == ["submit", "deliver"]
    assert lanes_apart(chosen) == ()


@pytest.mark.parametrize("text", ["submit,polls", "", ","])
def test_a_lane_that_does_not_exist_is_named_with_those_that_do(text):
    with pytest.raises(OdpsBotError, match=r"no lane .*submit, stop, deliver"):
        parse_lanes(text)
