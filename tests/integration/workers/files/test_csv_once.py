"""The file of a result is shared once, whoever dies and whatever Slack shows of it."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from odps_bot.slack import posting
from odps_bot.slack.api.histories import SlackHistories
from odps_bot.slack.errors import PostInProgressError, UnreachableError
from odps_bot.store import keys, message_leases
from workers.files import csv_file as sending

from .csv_requests import CHANNEL, ended, send, send_again, shared


def age(world, run, **span):
    """Let the share of the run's file be as old as that."""
    key = keys.post_lease("csv-file", run.run_id)
    lease = json.loads(world.services.redis.get(key))
    for attempt in lease["tried"].values():
        attempt["since"] -= timedelta(**span).total_seconds()
    world.services.redis.set(key, json.dumps({**lease, "till": 0}), keepttl=True)


def test_asked_twice_there_is_one_file(world):
    run = ended(world, "select 1 as one")
    send(world, run)
    world.make_all_due()
    send(world, run)

    assert len(shared(world, run)) == 1
    assert len(world.slack.files()) == 1


@pytest.mark.parametrize("fault", ["drop_after", "http_500", "drop_before"])
def test_a_file_of_unknown_fate_is_shared_once(world, short_leases, fault):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(method="files.completeUploadExternal", kind=fault, times=1)
    with pytest.raises(UnreachableError):
        send(world, run)
    age(world, run, minutes=2)
    send_again(world, run)

    (message,) = shared(world, run)
    assert world.run(run.run_id).csv_ts == message["ts"]


def test_a_worker_that_died_after_sharing_leaves_one_file(world, short_leases):
    run = ended(world, "select 1 as one")
    send(world, run)
    world.services.stores.runs.note(run.run_id, csv_ts=None)
    send_again(world, run)

    (message,) = shared(world, run)
    assert world.run(run.run_id).csv_ts == message["ts"]


def test_a_worker_that_died_before_sharing_is_followed_by_another(world, short_leases):
    run = ended(world, "select 1 as one")
    world.services.stores.message_leases.begin_post("csv-file", run.run_id)
    send(world, run)

    assert len(shared(world, run)) == 1


def test_two_workers_make_one_file(world):
    run = ended(world, "select 1 as one")
    world.services.stores.message_leases.begin_post("csv-file", run.run_id)
    with pytest.raises(PostInProgressError):
        send(world, run)

    assert world.slack.files() == []


@pytest.fixture
def hidden(monkeypatch):
    """The names of files that Slack does not show yet, although it has taken them."""
    names = set()
    page = SlackHistories.page

    def without_hidden(self, *arguments, **options):
        found = page(self, *arguments, **options)
        shown = [
            message
            for message in found.messages
            if not names & {file["name"] for file in message.get("files") or ()}
        ]
        return replace(found, messages=shown)

    monkeypatch.setattr(SlackHistories, "page", without_hidden)
    return names


@pytest.mark.parametrize("is_response_lost", [False, True])
def test_a_file_that_slack_shows_a_minute_later_is_shared_once(world, hidden, is_response_lost):
    run = ended(world, "select 1 as one")
    hidden.add(f"{run.name}-sandbox.csv")
    fault = {"method": "files.completeUploadExternal", "kind": "drop_after"}
    world.slack.faults.add(**fault, times=int(is_response_lost))
    with pytest.raises(UnreachableError if is_response_lost else PostInProgressError):
        send(world, run)
    assert world.run(run.run_id).csv_ts is None

    age(world, run, seconds=60)
    with pytest.raises(PostInProgressError) as waits:
        send_again(world, run)
    assert waits.value.retry_after == pytest.approx(timedelta(seconds=15), abs=timedelta(seconds=2))

    hidden.clear()
    assert send_again(world, run) is None
    assert world.run(run.run_id).csv_ts == shared(world, run)[0]["ts"]
    assert len(shared(world, run)) == 1


def test_a_file_that_slack_has_taken_and_never_shows_is_not_shared_again(world, hidden):
    run = ended(world, "select 1 as one")
    hidden.add(f"{run.name}-sandbox.csv")
    with pytest.raises(PostInProgressError):
        send(world, run)
    age(world, run, minutes=11)

    assert send_again(world, run) is None
    assert world.run(run.run_id).csv_ts == ""
    assert len(shared(world, run)) == 1


def test_a_file_that_slack_may_have_taken_and_does_not_show_is_shared_after_all(world, hidden):
    run = ended(world, "select 1 as one")
    hidden.add(f"{run.name}-sandbox.csv")
    world.slack.faults.add(method="files.completeUploadExternal", kind="drop_before", times=1)
    with pytest.raises(UnreachableError):
        send(world, run)
    age(world, run, minutes=3)
    hidden.clear()

    assert send_again(world, run) is None
    assert len(shared(world, run)) == 1


def test_where_nobody_may_look_for_files_one_that_slack_has_taken_is_shared_once(
    world, short_leases
):
    run = ended(world, "select 1 as one")
    world.slack.faults.add(
        method="conversations.replies", kind="error", code="missing_scope", times=None
    )
    send(world, run)
    world.services.stores.runs.note(run.run_id, csv_ts=None)
    send_again(world, run)

    assert world.run(run.run_id).csv_ts == ""
    assert len(shared(world, run)) == 1


def test_while_rows_flow_for_longer_than_a_lease_no_other_worker_makes_the_file(world, monkeypatch):
    monkeypatch.setattr(message_leases, "POSTING_LEASE", timedelta(milliseconds=100))
    monkeypatch.setattr(posting, "RENEWED_EVERY", timedelta(milliseconds=10))
    run = ended(world, "select 1 as one")
    write = sending._write

    def slow(*arguments):
        leases = world.services.stores.message_leases
        deadline = monotonic() + 0.3
        while monotonic() < deadline:
            assert leases.begin_post("csv-file", run.run_id) is None
        return write(*arguments)

    monkeypatch.setattr(sending, "_write", slow)
    assert send(world, run) is None

    assert len(shared(world, run)) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]


def test_a_file_is_found_again_in_a_long_thread(world, short_leases):
    run = ended(world, "select 1 as one")
    for n in range(210):
        world.slack.say("alice", CHANNEL, f"chatting {n}", thread_ts=run.card_ts)
    send(world, run)
    world.services.stores.runs.note(run.run_id, csv_ts=None)
    send_again(world, run)

    assert len(shared(world, run)) == 1
