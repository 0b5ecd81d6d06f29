"""Somebody at the page is about to lose data: they read how much, and decide."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

PATIENCE_MS = 45_000


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The sandbox as it comes, with its own rules."""
    with Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=0.5)),
        orders_rows=1_000,
        logs=tmp_path_factory.mktemp("logs"),
    ) as session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session


def at_the_page(page: Page, session: Session, user: str) -> Page:
    page.goto(f"{session.slack.url}/#as={user}&in=C0DATAENG1")
    expect(page.get_by_test_id("composer")).to_be_enabled()
    return page


def send(page: Page, text: str) -> Locator:
    """Type into the composer; return the card that appears."""
    cards = page.locator("#log-frame").get_by_test_id("message")
    shown = {card.get_attribute("data-ts") for card in cards.all()}
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()
    expect(page.locator("#log-frame [data-action-id=confirm_destruction]")).to_have_count(
        1, timeout=PATIENCE_MS
    )
    [new] = [
        ts
        for card in cards.all()
        if (ts := card.get_attribute("data-ts")) not in shown
        and card.locator("[data-action-id=confirm_destruction]").count()
    ]
    return page.locator(f"#log-frame [data-ts='{new}']")


def executed(session: Session) -> int:
    return len([i for i in session.maxcompute.instances() if i.guid])


def test_a_drop_says_what_is_lost_and_runs_after_a_yes(session, page):
    page = at_the_page(page, session, "U0ALICE")
    before = executed(session)
    card = send(page, "/odps run drop table customers")

    expect(card).to_contain_text("@alice, this drops table customers in sandbox: ")
    expect(card).to_contain_text(" rows, ")
    expect(card).to_contain_text("I can't undo that.")
    assert executed(session) == before
    button = card.locator("[data-action-id=confirm_destruction]")
    expect(button).to_have_text("Drop it")
    button.click()

    expect(card).to_contain_text("Succeeded", timeout=PATIENCE_MS)
    expect(card).to_contain_text("@alice confirmed it at")
    expect(card.locator("[data-action-id=confirm_destruction]")).to_have_count(0)
    assert executed(session) == before + 1


def test_a_no_submits_nothing(session, page):
    page = at_the_page(page, session, "U0ALICE")
    before = executed(session)
    card = send(page, "/odps run truncate table stock")
    expect(card).to_contain_text("this empties table stock in sandbox: ")
    card.locator("[data-action-id=decline_destruction]").click()

    expect(card).to_contain_text("Stopped by @alice before it was submitted", timeout=PATIENCE_MS)
    assert executed(session) == before


def test_a_mention_is_asked_alike(session, page):
    page = at_the_page(page, session, "U0ALICE")
    card = send(page, "@odps run delete from stock where 1 = 1")

    expect(card).to_contain_text("this deletes every row of table stock")
    card.locator("[data-action-id=decline_destruction]").click()
    expect(card).to_contain_text("before it was submitted", timeout=PATIENCE_MS)


def test_the_requester_says_yes_before_the_approver_is_asked(session, page):
    page = at_the_page(page, session, "U0BOB")
    card = send(page, "/odps run --project analytics update sandbox.stock set quantity = 7")
    expect(card).to_contain_text("this changes every row of table sandbox.stock: ")
    expect(card).to_contain_text("A second person must approve it afterwards.")
    card.locator("[data-action-id=confirm_destruction]").click()
    expect(card).to_contain_text("Awaiting approval", timeout=PATIENCE_MS)
    expect(card).to_contain_text("This changes every row of table sandbox.stock: ")
    ts = card.get_attribute("data-ts")

    alice = at_the_page(page, session, "U0ALICE").locator(f"#log-frame [data-ts='{ts}']")
    alice.locator("[data-action-id=approve_run]").click()
    page.get_by_test_id("dialog-confirm").click()

    expect(alice).to_contain_text("Succeeded", timeout=PATIENCE_MS)
    expect(alice).to_contain_text("@bob confirmed it at")
    expect(alice).to_contain_text("Approved by @alice")
