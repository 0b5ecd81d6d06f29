import re
from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.sandbox.maxcompute import instances as known
from odps_bot.sandbox.maxcompute.engine.outcomes import Outcome, ResultSet
from odps_bot.sandbox.maxcompute.instances import Instances, new_id
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.submission import Submission, Task

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def add(store, *, guid="", now=NOW):
    submission = Submission(Task("SQL", "AnonymousSQLTask", "select 1"), guid=guid)
    return store.add(submission, project="p", owner="me", now=now)


def ended(store, *, at=NOW, rows=None, guid=""):
    instance = add(store, guid=guid)
    if rows is not None:
        instance.outcome = Outcome(rows=ResultSet((), rows, "t"))
    instance.end(TaskStatus.SUCCESS, at)
    return instance


def test_an_id_contains_the_time_in_utc():
    instance_id = new_id(datetime(2026, 1, 2, 11, 4, 5, 678_000, tzinfo=UTC))

    assert re.fullmatch(r"20260102110405678g[a-z0-9]{9}", instance_id)


def test_an_instance_is_found_in_its_project_only():
    store = Instances()
    instance = add(store)

    assert store.get("p", instance.id) is instance
    with pytest.raises(ServiceError) as refused:
        store.get("q", instance.id)
    assert refused.value.http_status == 404


def test_expired_instances_are_dropped_and_running_ones_are_kept():
    store = Instances()
    old = ended(store, at=NOW - timedelta(days=4), guid="g")
    recent, running = ended(store), add(store, now=NOW - timedelta(days=9))

    assert store.drop_expired(NOW) == [old]
    assert list(store) == [recent, running]
    assert store.with_guid("p", "g") is None


def test_above_the_limit_of_instances_the_oldest_are_dropped(monkeypatch):
    monkeypatch.setattr(known, "MAX_INSTANCES", 2)
    store = Instances()
    instances = [ended(store) for _ in range(4)]

    store.drop_expired(NOW)

    assert list(store) == instances[2:]


def test_above_the_limit_of_rows_the_oldest_results_are_dropped(monkeypatch):
    monkeypatch.setattr(known, "MAX_RESULT_ROWS", 100)
    store = Instances()
    old, middle, new = (ended(store, rows=60) for _ in range(3))

    assert store.drop_expired(NOW) == [middle, old]
    assert [instance.are_rows_kept for instance in (old, middle, new)] == [False, False, True]
    assert store.drop_expired(NOW) == []


def test_too_many_running_instances_are_refused(monkeypatch):
    monkeypatch.setattr(known, "MAX_RUNNING", 1)
    store = Instances()
    add(store)

    with pytest.raises(ServiceError) as refused:
        add(store)

    assert (refused.value.http_status, refused.value.code) == (429, "RequestQuotaExceeded")
