"""From the click on CSV or Chart to the file in the thread, by jobs that may be lost."""

import pytest
from rq import Queue
from rq.job import Job

from odps_bot.input.request import Request, Surface
from odps_bot.interactions.request_file import send_chart, send_csv
from odps_bot.store.job_queue import FILES_QUEUE, SERIALIZER
from odps_bot.store.notification_kind import NotificationKind
from workers.files.send_file import send

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"

GROUPS = "select name, count(*) as flowers from pyodps_iris group by name"


@pytest.fixture
def run(world):
    return world.run(world.finish(world.ask(f"run {GROUPS}")).run_id)


def click(world, run, button=send_csv):
    request = Request(
        team_id=TEAM,
        channel_id=CHANNEL,
        user_id=ALICE,
        trigger_id="1.2.3",
        surface=Surface.ACTION,
        thread_ts=run.card_ts,
    )
    button(run, request, world.services)


def booked(world):
    """Return what the jobs that send files are asked to do, those parked for later included."""
    queue = Queue(FILES_QUEUE, connection=world.services.redis, serializer=SERIALIZER)
    ids = [*queue.job_ids, *queue.scheduled_job_registry.get_job_ids()]
    found = Job.fetch_many(ids, connection=world.services.redis, serializer=SERIALIZER)
    return [job.kwargs for job in found if job]


def shown(world, run):
    return [
        message
        for message in world.slack.thread(CHANNEL, run.card_ts)
        if message.get("files") or any(b["type"] == "data_visualization" for b in message["blocks"])
    ]


@pytest.mark.parametrize(("button", "kind"), [(send_csv, "csv"), (send_chart, "chart")])
def test_a_click_brings_it_into_the_thread(world, run, button, kind):
    click(world, run, button)
    world.deliver()
    assert booked(world) == [{"kind": kind, "run_id": run.run_id}]
    send(kind, run.run_id, world.services)
    world.deliver()

    assert len(shown(world, run)) == 1
    assert world.waiting() == 0
    assert world.slack.ephemerals(ALICE) == []


def test_a_job_that_was_lost_is_booked_again(world, run):
    click(world, run)
    world.deliver()
    assert world.waiting() == 1

    Queue(FILES_QUEUE, connection=world.services.redis, serializer=SERIALIZER).empty()
    world.make_all_due()
    world.deliver()
    assert booked(world) == [{"kind": "csv", "run_id": run.run_id}]


def test_two_jobs_send_one_file(world, run):
    click(world, run)
    world.deliver()
    send("csv", run.run_id, world.services)
    world.make_all_due()
    send("csv", run.run_id, world.services)

    assert len(shown(world, run)) == 1


def test_slack_in_trouble_is_asked_again_by_another_job(world, run):
    click(world, run)
    world.slack.faults.add(method="files.getUploadURLExternal", kind="http_500", times=1)
    send("csv", run.run_id, world.services)
    assert shown(world, run) == []
    assert booked(world) == [{"kind": "csv", "run_id": run.run_id}]

    world.make_all_due()
    send("csv", run.run_id, world.services)
    assert len(shown(world, run)) == 1
    assert world.services.stores.outbox.waiting()[NotificationKind.CSV] == 0


def test_jobs_carry_no_rows_and_no_address(world, run):
    click(world, run)
    world.deliver()

    (arguments,) = booked(world)
    assert set(arguments) == {"kind", "run_id"}


@pytest.mark.parametrize(("kind", "level"), [("ratelimited", "DEBUG"), ("drop_before", "WARNING")])
def test_what_must_wait_as_usual_is_no_line_of_the_log(world, run, caplog, kind, level):
    click(world, run)
    world.slack.faults.add(method="files.getUploadURLExternal", kind=kind, times=1)
    with caplog.at_level("DEBUG", logger="workers.files.send_file"):
        send("csv", run.run_id, world.services)

    [line] = [one for one in caplog.records if "deferred" in one.getMessage()]
    assert line.levelname == level
