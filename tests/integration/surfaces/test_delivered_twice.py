"""Slack delivers a click, a shortcut or a modal a second time: it is handled as the same."""

import re
from typing import Any

import pytest

from odps_bot.messages.run.buttons import NOTIFY_ME, RUN_AGAIN, STOP_RUN
from odps_bot.runs import Run, RunState, lifecycle
from odps_bot.runs.lifecycle import InstanceSnapshot
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery, Dispatcher
from odps_bot.store.audit import AuditKind
from workers.delivery.cards import deliver_card
from workers.delivery.deliver import deliver_all

ALICE, BOB, CHANNEL, TEAM = "U0ALICE", "U0BOB", "C0DATAENG1", "T0SANDBOX1"

#: Socket Mode and signed HTTP.
pytestmark = pytest.mark.parametrize("delivery", ["socket", "http"])


@pytest.fixture(autouse=True)
def twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every interaction is delivered twice, one after the other."""
    deliver = Dispatcher.deliver

    async def deliver_twice(self: Dispatcher, kind: Any, payload: Any) -> Delivery:
        first = await deliver(self, kind, payload)
        if kind == "interactive":
            # By signed HTTP the very same request is refused: a replay.
            await deliver(self, kind, payload)
        return first

    monkeypatch.setattr(Dispatcher, "deliver", deliver_twice)


@pytest.fixture
def card(desk: Any) -> str:
    """The card of Alice's run."""
    desk.slack.say(ALICE, CHANNEL, "/odps run select 1")
    run = desk.newest_run()
    deliver_card(run.run_id, desk.services)
    return str(runs(desk)[0].card_ts)


def runs(desk: Any) -> list[Run]:
    """Return all runs, newest first, also those that have ended."""
    return list(desk.services.stores.runs.recent(TEAM, CHANNEL, limit=10))


def bring_to_its_end(desk: Any) -> None:
    stores, now = desk.services.stores, desk.services.clock()
    run_id = desk.newest_run().run_id
    instance_id = "20261122120001123gabcde"
    stores.runs.apply(run_id, lambda run: lifecycle.begin_submission(run, now=now))
    stores.runs.apply(
        run_id, lambda run: lifecycle.submitted(run, instance_id=instance_id, now=now)
    )
    ended = InstanceSnapshot(end=RunState.SUCCEEDED)
    stores.runs.apply(
        run_id,
        lambda run: lifecycle.polled(run, snapshot=ended, cost=None, now=now, is_swept=False),
    )
    deliver_card(run_id, desk.services)


def clicks_in_the_audit_trail(desk: Any) -> list[str]:
    return [
        line.what for line in desk.services.stores.audit.read() if line.kind is AuditKind.ACTION
    ]


def test_a_click_on_stop_gets_no_second_answer(desk: Any, card: str) -> None:
    assert desk.slack.click(ALICE, CHANNEL, card, STOP_RUN).ok
    deliver_all(desk.services)

    assert runs(desk)[0].state is RunState.CANCELLED
    assert desk.slack.ephemerals(ALICE) == []
    assert clicks_in_the_audit_trail(desk) == [STOP_RUN]


def test_a_click_that_is_answered_is_answered_once(desk: Any, card: str) -> None:
    assert desk.slack.click(BOB, CHANNEL, card, NOTIFY_ME).ok
    deliver_all(desk.services)

    [answer] = desk.slack.ephemerals(BOB)
    assert re.fullmatch(
        r":bell: You will be mentioned when run <http://\S+\|r1> ends\.", answer["text"]
    )


def test_re_run_makes_one_run(desk: Any, card: str) -> None:
    bring_to_its_end(desk)
    assert desk.slack.click(ALICE, CHANNEL, card, RUN_AGAIN).ok
    deliver_all(desk.services)

    assert [run.rerun_of for run in runs(desk)] == ["r1", None]
    assert desk.slack.ephemerals(ALICE) == []


def test_a_second_click_is_another_one(desk: Any, card: str) -> None:
    for _ in range(2):
        assert desk.slack.click(BOB, CHANNEL, card, NOTIFY_ME).ok
        deliver_all(desk.services)

    assert "already" in desk.slack.ephemerals(BOB)[-1]["text"]
    assert clicks_in_the_audit_trail(desk) == [NOTIFY_ME] * 2


def test_a_shortcut_opens_one_form(desk: Any) -> None:
    desk.slack.shortcut(ALICE, "run_sql")
    deliver_all(desk.services)

    assert len(desk.slack.views(ALICE)) == 1
    assert not [m for m in desk.slack.messages("D0ALICEODPS") if m.get("bot_id")]
