"""*Worker log* shows the end of a worker's log in the modal that it has opened, to one person."""

import json
from time import sleep
from typing import Any

import pytest

from odps_bot.errors import DeniedError
from odps_bot.input.request import Request
from odps_bot.interactions.worker_log import show_worker_log
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.run.finding_buttons import WorkerLog
from odps_bot.runs import Run
from odps_bot.sandbox.maxcompute.faults import forbid
from workers.queries.answer_due import answer_due

TEAM, CHANNEL, ALICE, BOB = "T0SANDBOX1", "C0DATAENG1", "U0ALICE", "U0BOB"


class Clicker:
    """A person who clicks *Worker log*; their modal opens when they say so."""

    def __init__(self, world: Any, user_id: str, channel_id: str) -> None:
        self.world, self.user_id, self.channel_id = world, user_id, channel_id
        self.clicks = 0

    def click(self, run: Run, log_id: str = "", *, opens: bool = True) -> None:
        self.clicks += 1
        log_id = log_id or a_log_of(run, self.world)
        value = WorkerLog(
            project=run.project, instance_id=run.instance_id or "", log_id=log_id, worker=0
        ).encode()
        request = Request(
            team_id=TEAM,
            channel_id=self.channel_id,
            user_id=self.user_id,
            trigger_id=f"{self.clicks}.{self.user_id}",
        )
        self.modal = show_worker_log(value, request, self.world.services)
        if opens:
            self.opens()

    def opens(self) -> None:
        trigger_id = self.world.slack._workspace.triggers.issue(self.user_id)
        self.world.services.slack.gateway.open_modal(trigger_id, self.modal)

    def sees(self) -> str:
        answer_due(self.world.services)
        return json.dumps([view["blocks"] for view in self.world.slack.views(self.user_id)])


def a_log_of(run: Run, world: Any) -> str:
    """Return the log of a worker, once there is one."""
    instance = world.services.maxcompute.of(run.project, Purpose.QUERY).get_instance(
        run.instance_id, project=run.project
    )
    for _ in range(200):
        found = [worker.log_id for worker in instance.get_task().get_workers() if worker.log_id]
        if found:
            return str(found[0])
        sleep(0.05)
    raise AssertionError("no worker")


@pytest.fixture
def run(world: Any) -> Run:
    submitted: Run = world.submit(
        world.ask("run select name, count(*) as n from pyodps_iris group by name")
    )
    return submitted


@pytest.fixture
def alice(world: Any) -> Clicker:
    return Clicker(world, ALICE, CHANNEL)


def test_the_log_takes_the_place_of_what_was_shown_until_it_came(alice: Clicker, run: Run) -> None:
    alice.click(run)
    assert "Asking MaxCompute for the log of worker 0" in str(alice.modal)

    seen = alice.sees()

    assert "Read from 0 num:" in seen
    assert "*stdout*" in seen
    assert "Asking MaxCompute" not in seen


def test_nothing_of_it_is_posted_or_kept(world: Any, alice: Clicker, run: Run) -> None:
    alice.click(run)
    alice.sees()

    kept = b" ".join(filter(None, map(world.services.redis.dump, world.services.redis.keys())))
    assert b"Read from 0" not in kept
    assert "Read from 0" not in json.dumps(world.slack.messages(CHANNEL))


def test_a_log_that_is_there_before_slack_has_opened_the_modal_is_shown(
    world: Any, alice: Clicker, run: Run
) -> None:
    alice.click(run, opens=False)
    assert alice.sees() == "[]"
    alice.opens()
    world.make_all_due()

    assert "Read from 0 num:" in alice.sees()


def test_whoever_has_closed_the_modal_is_not_asked_about_any_more(
    world: Any, alice: Clicker, run: Run
) -> None:
    alice.click(run, opens=False)
    alice.sees()
    world.clock.push(seconds=11)
    world.make_all_due()
    alice.sees()

    assert world.waiting() == 0


def test_a_log_that_maxcompute_no_longer_has_is_said_to_be_gone(alice: Clicker, run: Run) -> None:
    alice.click(run, log_id="M9_0")

    assert "MaxCompute has no log of worker 0" in alice.sees()


def test_a_log_that_the_account_cannot_read_is_said_to_be_so(
    world: Any, alice: Clicker, run: Run
) -> None:
    alice.click(run)
    world.maxcompute.faults.add(forbid(), operation="log", times=9)

    assert "needs `odps:Read`" in alice.sees()


def test_a_log_is_shown_to_nobody_who_does_not_see_the_result(world: Any, run: Run) -> None:
    with pytest.raises(DeniedError):
        Clicker(world, BOB, "C0RANDOM01").click(run)
