"""Somebody resets the sandbox at its page; bot and workers go on, and everything begins anew."""

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from redis import Redis

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

from .conftest import EVERYBODY_MAY, Team

FIRST_STEP = "select count(*) as n from orders where ds >= '20260101'"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=0.5)),
        orders_rows=300,
        environ={"ODPS_BOT_RULES": str(EVERYBODY_MAY)},
        logs=tmp_path,
    )
    with session:
        session.start_bot()
        session.start_worker()
        session.start_worker()
        session.wait_until_ready()
        yield session


def open_page(page: Page, session: Session, user: str) -> Page:
    page.goto(f"{session.slack.url}/#as={user}&in=C0DATAENG1")
    expect(page.get_by_test_id("composer")).to_be_enabled()
    return page


def messages(page: Page):
    return page.locator("#log-frame").get_by_test_id("message")


def press_reset(page: Page, answer: str) -> None:
    page.get_by_test_id("reset").click()
    page.get_by_test_id(f"dialog-{answer}").click()


def test_a_broken_tour_is_mended_in_every_window(
    session: Session, team: Team, page: Page, browser: Browser
) -> None:
    alice = open_page(page, session, "U0ALICE")
    elsewhere = browser.new_context()
    bob = open_page(elsewhere.new_page(), session, "U0BOB")
    team.run("drop table orders").wait_for("Succeeded")
    hanging = team.run("set sandbox.stuck=true; select count(*) from customers")
    hanging.wait_for("Running")
    messages(bob).first.hover()
    bob.get_by_test_id("composer").fill("half a thought")
    pids = [process.pid for process in (session.bot, *session.workers) if process]

    press_reset(alice, "deny")
    assert len(team.cards()) == 2
    press_reset(alice, "confirm")

    for window in (alice, bob):
        expect(messages(window)).to_have_count(0, timeout=20_000)
        expect(window.get_by_test_id("composer")).to_have_value("")
        expect(window.get_by_test_id("composer")).to_be_enabled()
    elsewhere.close()
    again = team.run(FIRST_STEP).wait_for("Succeeded")
    assert again.name == "r1"
    assert "300" in again.wait_for_completion()
    assert [card["ts"] for card in team.cards()] == [again.ts]
    assert pids == [p.pid for p in (session.bot, *session.workers) if p and p.poll() is None]


def test_nothing_of_before_is_told_afterwards(session: Session, team: Team, tmp_path: Path) -> None:
    for n in range(6):
        team.type(f"/odps run select count(*), {n} from customers")
    team.type("/odps run set sandbox.stuck=true; select 1")
    team.wait(lambda: len(team.cards()) >= 3)

    session.reset()

    assert team.cards() == []
    assert [i for i in session.maxcompute.instances() if i.guid] == []
    with Redis.from_url(session.redis.url) as redis:
        assert list(redis.scan_iter("odps-bot:run*")) == []
    runs = [team.run(f"{FIRST_STEP} limit {n}") for n in (1, 2, 3)]
    for run in runs:
        run.wait_for("Succeeded")
        assert len(run.completions()) <= 1
    assert sorted(run.name for run in runs) == ["r1", "r2", "r3"]
    assert len(team.cards()) == 3
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert not re.search("Traceback|ERROR|CRITICAL", logs), logs


def test_a_program_can_reset_it(session: Session, team: Team) -> None:
    team.run("drop table stock").wait_for("Succeeded")

    answer = page_api(session, "reset")

    assert answer == {"ok": True}
    team.run("select count(*) from stock").wait_for("Succeeded")


def page_api(session: Session, act: str) -> dict:

    request = urllib.request.Request(
        f"{session.slack.url}/sandbox/{act}",
        data=b"{}",
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.load(answer)
