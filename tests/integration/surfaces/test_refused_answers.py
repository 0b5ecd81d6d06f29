"""A private answer whose blocks Slack refuses is given as text, by the same response_url."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from redis import Redis

from odps_bot.commands import Request
from odps_bot.listeners.respond import respond
from odps_bot.messages import Message
from odps_bot.messages.blocks import section
from odps_bot.replies.ephemeral_replies import EphemeralReplies
from odps_bot.runs import InstanceSnapshot, RunState, lifecycle
from workers.delivery.cards import deliver_card
from workers.delivery.deliver import deliver_all

ALICE, CHANNEL = "U0ALICE", "C0DATAENG1"

any_code = pytest.mark.parametrize("code", ["invalid_attachments", "a_code_of_next_year"])


@any_code
def test_an_answer_to_a_click_is_given_as_text(desk: Any, code: str) -> None:
    desk.slack.say(ALICE, CHANNEL, "/odps run insert into t values (1)")
    run = desk.newest_run()
    deliver_card(run.run_id, desk.services)
    runs, now = desk.services.stores.runs, datetime.now(UTC)
    ended = InstanceSnapshot(end=RunState.SUCCEEDED)
    for event in (
        partial(lifecycle.begin_submission, now=now),
        partial(lifecycle.submitted, instance_id="20261122120001123gabcde", now=now),
        partial(lifecycle.polled, snapshot=ended, cost=None, now=now, is_swept=False),
    ):
        runs.apply(run.run_id, event)
    deliver_card(run.run_id, desk.services)
    desk.slack.faults.refuse_blocks("actions", code=code)
    card_ts = desk.services.stores.runs.get(run.run_id).card_ts
    assert desk.slack.click(ALICE, CHANNEL, card_ts, "run_again").ok

    deliver_all(desk.services)

    [answer] = [m for m in desk.slack.ephemerals(ALICE) if "Run it again" in m["text"]]
    assert "blocks" not in answer
    ways = [
        (e["ok"], e.get("error")) for e in desk.slack.traffic() if e["method"] == "response_url"
    ]
    assert ways == [(False, code), (True, None)]


@any_code
def test_an_answer_is_given_as_text_while_redis_is_gone(desk: Any, code: str) -> None:
    gone = EphemeralReplies(Redis(host="127.0.0.1", port=9), desk.services.stores.outbox)
    services = replace(desk.services, stores=replace(desk.services.stores, ephemeral_replies=gone))
    request = Request(
        team_id="T0SANDBOX1",
        channel_id=CHANNEL,
        user_id=ALICE,
        trigger_id="1.2",
        response_url="",
    )
    desk.slack.faults.refuse_blocks("section", code=code)

    respond(Message("words", [section("*words*")]), request, services)

    [answer] = desk.slack.ephemerals(ALICE)
    assert answer["text"] == "words"
    assert "blocks" not in answer
