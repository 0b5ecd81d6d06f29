"""How an instance stands that was not started from Slack."""

from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import InstanceStatus, QueueingInfo, TaskState
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.queries import status
from workers.queries.status import answer_status, percentage_of, status_word, waiting_words


def info(**facts):
    return QueueingInfo(instance_id="i", status=InstanceStatus.RUNNING, **facts)


@pytest.mark.parametrize(
    ("progress", "expected"),
    [(None, None), (0.0, 0), (0.009, 0), (0.01, 1), (0.999, 99), (1.0, 100), (1.7, 100), (-1, 0)],
)
def test_progress_is_whole_percents(progress, expected):
    assert percentage_of(info(progress=progress)) == expected


@pytest.mark.parametrize(
    ("position", "word", "waits"),
    [
        (None, "running", ""),
        (0, "running", ""),
        (1, "queued", "1st in the queue"),
        (2, "queued", "2nd in the queue"),
    ],
)
def test_what_waits_for_its_turn_is_queued(position, word, waits):
    found = info(wait_position=position, progress=0.5)

    assert status_word("running", found) == word
    assert waiting_words(found) == waits
    assert percentage_of(found) == (None if position else 50)


def test_what_the_scheduler_has_not_yet_is_queued_for_the_reason_that_it_tells():
    found = info(progress=0.0, sub_status="SQLTask is optimizing query")

    assert status_word("running", found) == "queued"
    assert waiting_words(found) == "SQLTask is optimizing query"
    assert percentage_of(found) is None
    runs = info(progress=0.5, wait_position=0, sub_status="Offline Job is running")
    assert (status_word("running", runs), percentage_of(runs)) == ("running", 50)


def test_where_nobody_tells_nothing_is_said():
    assert (status_word("running", None), waiting_words(None)) == ("running", "")
    assert percentage_of(None) is None


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (("SUCCESS", "FAILED"), "failed"),
        (("SUCCESS", "CANCELLED"), "stopped"),
        (("SUCCESS",), "succeeded"),
        ((), "ended"),
    ],
)
def test_an_end_is_the_worst_of_its_tasks(services, noon, monkeypatch, states, word):
    monkeypatch.setattr(status, "instance_status", lambda standing: standing)
    instance = FakeInstance("i", statuses=statuses_of(*(TaskState[name] for name in states)))
    instance.reload = lambda: InstanceStatus.TERMINATED
    instance.start_time, instance.end_time, instance.owner = noon, None, "ann"
    services.maxcompute.instances["i"] = instance
    standing = answer_status(SimpleNamespace(project="sandbox", instance_id="i"), services)

    assert (standing.status, standing.is_over, standing.owner) == (word, True, "ann")
