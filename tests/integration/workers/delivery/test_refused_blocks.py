"""Whatever code Slack refuses blocks with, what they say is said in plainer ones or as text."""

from datetime import timedelta

import msgspec
import pytest

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Change, RunState, Stage
from odps_bot.store.notification_kind import NotificationKind
from workers.files.chart import send_chart
from workers.polling.sweep import sweep

CHANNEL, ALICE, TEAM = "C0DATAENG1", "U0ALICE", "T0SANDBOX1"
SQL = "run select name, count(*) as flowers from pyodps_iris group by name"

#: Blocks of every kind that we post.
EVERY_BLOCK = ("section", "context", "actions", "rich_text", "data_table", "table", "plan")

any_code = pytest.mark.parametrize(
    "code",
    ["invalid_attachments", "invalid_arguments", "block_mismatch", "a_code_of_next_year"],
)


def refuse_everything(world, code, **facts):
    for block_type in EVERY_BLOCK:
        world.slack.faults.refuse_blocks(block_type, code=code, **facts)


def card_of(world, run):
    card_ts = world.run(run.run_id).card_ts
    (card,) = [m for m in world.slack.messages(CHANNEL) if m["ts"] == card_ts]
    return card


def tell(world):
    for _ in range(10):
        world.make_all_due()
        world.deliver()


@any_code
def test_an_end_is_told_without_the_table_that_is_refused(world, code):
    world.slack.faults.refuse_blocks("data_table", code=code)
    run = world.finish(world.ask(SQL))

    (reply,) = world.replies(run)
    assert reply["thread_ts"] == world.run(run.run_id).card_ts
    assert "Iris-setosa" in str(reply["blocks"])
    assert "data_table" not in str(reply["blocks"])
    assert world.waiting() == 0


@any_code
def test_where_only_text_is_accepted_a_run_is_told_from_its_card_to_its_end(world, code):
    refuse_everything(world, code)
    run = world.finish(world.ask(SQL))

    assert run.state is RunState.SUCCEEDED
    assert card_of(world, run)["text"].startswith("Succeeded")
    assert "blocks" not in card_of(world, run)
    (reply,) = world.replies(run)
    assert "succeeded" in reply["text"]
    assert world.waiting() == 0


@any_code
def test_an_update_of_a_card_is_made_in_plainer_blocks(world, code):
    run = world.submit(world.ask("run select 1"))
    world.slack.faults.refuse_blocks("plan", code=code)
    stage = Stage(
        name="M1",
        status="RUNNING",
        terminated_workers=1,
        running_workers=1,
        total_workers=2,
        progress_percent=50,
    )
    world.services.stores.runs.apply(
        run.run_id,
        lambda run: Change(
            run=msgspec.structs.replace(
                run, state=RunState.RUNNING, stages=(stage,), progress_percent=50
            )
        ),
    )
    world.services.stores.outbox.enqueue(NotificationKind.CARD, run.run_id)
    world.deliver()

    assert "50%" in str(card_of(world, run)["blocks"])


@any_code
def test_a_channel_hears_of_a_failure_as_text(world, code):
    world.say("subscribe sandbox")
    tell(world)
    refuse_everything(world, code)
    colleague = Client(
        world.maxcompute.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey("key", "secret")),
    )
    for _ in range(2):
        failed = colleague.run_sql("select * from no_such_table")
        failed.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
        sweep("sandbox", world.services)
        tell(world)
        world.clock.push(seconds=20)
    tell(world)
    colleague.close()

    (notice,) = [m["text"] for m in world.slack.messages(CHANNEL) if "no_such_table" in m["text"]]
    assert "Failed 2 times" in notice


@any_code
def test_a_private_answer_is_given_as_text(world, code):
    run = world.submit(world.ask("run set sandbox.stuck=true; select count(*) from customers"))
    refuse_everything(world, code)
    world.say("list")
    tell(world)

    (answer,) = world.slack.ephemerals(ALICE)
    assert run.name in answer["text"]
    assert "blocks" not in answer


@any_code
def test_a_home_is_published_without_what_is_refused(world, code):
    world.services.stores.homes.open(TEAM, ALICE, now=world.clock())
    world.slack.faults.refuse_blocks("actions", code=code)
    world.services.stores.outbox.enqueue(NotificationKind.HOME, f"{TEAM} {ALICE}")
    world.deliver()

    assert "No active runs" in str(world.slack.home(ALICE))


@any_code
def test_a_chart_that_is_refused_comes_as_a_picture(world, code):
    run = world.finish(world.ask(SQL))
    world.slack.faults.refuse_blocks("data_visualization", code=code)
    world.services.stores.ephemeral_replies.request_file(
        NotificationKind.CHART,
        run.run_id,
        Address(user_id=ALICE, channel_id=CHANNEL, thread_ts=run.card_ts),
    )
    send_chart(run.run_id, world.services)
    send_chart(run.run_id, world.services)

    thread = world.slack.thread(CHANNEL, world.run(run.run_id).card_ts)
    assert [file["name"][-4:] for message in thread for file in message.get("files", [])] == [
        ".png"
    ]
