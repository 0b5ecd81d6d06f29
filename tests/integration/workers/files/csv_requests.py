"""Ask for the CSV file of a run and send it, as the outbox does; and look at what came."""

import csv
import io
from datetime import timedelta

from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind
from workers.files.csv_file import send_csv

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"


def ended(world, sql):
    """Return a run of the statement that has ended well."""
    run = world.finish(world.ask(f"run {sql}"))
    assert run.state is RunState.SUCCEEDED, outcome_in_words(run)
    return world.run(run.run_id)


def ask(world, run):
    """Ask for the file of a run, as a click does."""
    outbox = world.services.stores.outbox
    world.services.stores.ephemeral_replies.request_file(
        NotificationKind.CSV,
        run.run_id,
        Address(user_id=ALICE, channel_id=CHANNEL, thread_ts=run.card_ts),
    )
    # The tests deliver it themselves.
    for entry in outbox.claim(limit=1, lease=timedelta(minutes=1), kinds=(NotificationKind.CSV,)):
        outbox.ack(entry)


def send(world, run):
    """Ask for the file and send it."""
    ask(world, run)
    return send_csv(run.run_id, world.services)


def send_again(world, run):
    """Let the outbox try again, once there is a budget."""
    world.make_all_due()
    return send_csv(run.run_id, world.services)


def shared(world, run):
    """Return the messages in the run's thread that show a file."""
    return [m for m in world.slack.thread(CHANNEL, run.card_ts) if m.get("files")]


def answers(world):
    """Return what was said to Alice alone."""
    world.deliver()
    return [message["text"] for message in world.slack.ephemerals(ALICE)]


def rows_of(file):
    """Return the cells of a file."""
    text = file["content"].decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))
