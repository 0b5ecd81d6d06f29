"""Somebody asks why a job is slow, at the sandbox's page: the line on its card and what helps."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

from .conftest import ALICE, CHANNEL, EVERYBODY_MAY, Team

PATIENCE_MS = 45_000
JOIN = (
    "select c.city, sum(o.amount) as revenue from orders o"
    " join customers c on o.customer_id = c.customer_id where o.ds >= '20261001' group by c.city"
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """One of a test's own: the first job is asked about at once, later ones share what is left."""
    session = Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=1)),
        orders_rows=3_000,
        environ={"ODPS_BOT_RULES": str(EVERYBODY_MAY)},
        logs=tmp_path,
    )
    with session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session


@pytest.fixture
def team(session: Session) -> Team:
    return Team(session)


@pytest.fixture
def alice(session: Session, page: Page) -> Page:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{session.slack.url}/#as={ALICE}&in={CHANNEL}")
    expect(page.get_by_test_id("composer")).to_be_enabled()
    return page


def submit(page: Page, team: Team, sql: str) -> Locator:
    """Type the statement; return its card."""
    known = {card["ts"] for card in team.cards()}
    page.get_by_test_id("composer").fill(f"/odps run {sql}")
    page.keyboard.press("Enter")
    new = team.wait(lambda: [card["ts"] for card in team.cards() if card["ts"] not in known])
    return page.locator(f"#log-frame [data-testid=message][data-ts='{new[0]}']")


def test_a_skewed_job_says_so_shows_the_workers_log_and_offers_a_hint(
    alice: Page, team: Team
) -> None:
    card = submit(alice, team, f"set sandbox.life=skew; set sandbox.life.from=600; {JOIN}")

    expect(card).to_contain_text("49 of 50 workers ended after 40 s", timeout=PATIENCE_MS)
    expect(card).to_contain_text("worker 49 has")
    expect(card).to_contain_text("min to go")
    card.get_by_test_id("open-thread").click()
    thread = alice.get_by_test_id("thread")
    expect(thread).to_contain_text("skewjoin(o)")

    thread.get_by_role("button", name="Worker log").last.click()
    log = alice.get_by_role("dialog")
    expect(log).to_contain_text("Read from 0 num:")
    alice.keyboard.press("Escape")
    expect(log).to_have_count(0)

    thread.get_by_role("button", name="Run with hint").last.click()
    sql = alice.get_by_role("dialog").locator("textarea").first
    expect(sql).to_have_value(
        re.compile(r"select /\*\+ skewjoin\(o\) \*/ c\.city, ", re.IGNORECASE)
    )
    alice.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    expect(thread).to_contain_text("succeeded", timeout=PATIENCE_MS)


def test_a_job_that_only_looks_slow_says_nothing(alice: Page, team: Team, session: Session) -> None:
    """A fifth of its workers has 2.5 times the records: MaxCompute is asked, nobody is alarmed."""
    settings = "set sandbox.life=mild_skew; set sandbox.life.from=140; set sandbox.life.speed=0.1;"
    card = submit(alice, team, f"{settings} {JOIN} limit 9")

    expect(card).to_contain_text("40 of 50 workers done", timeout=PATIENCE_MS)
    wait(lambda: asked(session, "detail2"))
    before = asked(session, "progress")
    wait(lambda: asked(session, "progress") > before)

    expect(card).not_to_contain_text("records")
    expect(card.get_by_test_id("open-thread")).to_have_count(0)


def asked(session: Session, operation: str) -> int:
    """Return how often MaxCompute was asked that about the newest instance."""
    newest = session.maxcompute.instances()[-1].id
    return sum(
        request.operation == operation and newest in request.path
        for request in session.maxcompute.requests()
    )


def wait(predicate: Callable[[], object]) -> None:
    """Wait for what MaxCompute sees; Slack does not change by it."""
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while not predicate():
        assert time.monotonic() < deadline
        time.sleep(0.1)
