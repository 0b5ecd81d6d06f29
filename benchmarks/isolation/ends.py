"""Runs that go on already, with their cards in one channel, and end at the same time."""

import time
from datetime import timedelta
from functools import partial

from msgspec.structs import replace
from slack_sdk import WebClient

from benchmarks.isolation.office import HEALTHY, PEOPLE, Office
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.runs import Change, Run, RunState, polling
from odps_bot.sandbox.session import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from odps_bot.store.connections import REDIS_TIME

TEAM = "T0SANDBOX1"


def start_together(office: Office, channel: str, count: int, *, ends_at_s: float) -> None:
    """Start so many runs that end at an instant (since the epoch), past all limits of pace."""
    client = Client(
        office.session.maxcompute.endpoint,
        project=HEALTHY,
        credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
    )
    slack = WebClient(office.slack.bot_token, base_url=office.slack.api_url)
    office.slack.set_limits(is_enabled=False)
    for number in range(count):
        run_id = f"{number:024x}"
        card = slack.chat_postMessage(channel=channel, text=f"Run {number}")
        instance = client.run_sql(
            f"select {number} as n",
            hints={"sandbox.duration": f"{ends_at_s - time.time():.3f}"},
            guid=run_id,
        )
        _keep(office, _run(office, run_id, number, channel, instance.id, str(card["ts"])))
    office.slack.set_limits(is_enabled=True)


def _keep(office: Office, run: Run) -> None:
    runs = office.services.stores.runs
    runs.create(replace(run, state=RunState.QUEUED), overdue_in=polling.SWEPT_INTERVAL)
    for state in (RunState.SUBMITTING, RunState.RUNNING):
        runs.apply(run.run_id, partial(_become, run=replace(run, state=state)))
    runs.remember_instance(run, REDIS_TIME)


def _become(_: Run, *, run: Run) -> Change:
    return Change(run=run)


def _run(  # noqa: PLR0917  -- each is a fact of its own
    office: Office, run_id: str, number: int, channel: str, instance_id: str, card_ts: str
) -> Run:
    now = office.services.clock()
    return Run(
        run_id=run_id,
        name=f"e{number}",
        team_id=TEAM,
        channel_id=channel,
        user_id=PEOPLE[number % len(PEOPLE)],
        project=HEALTHY,
        sql=f"select {number} as n",
        state=RunState.RUNNING,
        requested_at=now - timedelta(minutes=5),
        started_at=now - timedelta(minutes=5),
        instance_id=instance_id,
        # Sweeps watch over it.
        next_poll_at=now + polling.SWEPT_INTERVAL,
        polls=40,
        polled_at=now,
        card_ts=card_ts,
    )
