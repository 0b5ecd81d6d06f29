"""A person at the page, the real bot behind it."""

import re

import pytest
from playwright.sync_api import Page, expect

SLOW = "set sandbox.duration=40; select count(*) as n from customers"


@pytest.fixture
def at_the_page(page: Page, session) -> Page:
    page.goto(session.slack.url)
    page.get_by_test_id("channel-data-eng").click()
    return page


def type_command(page: Page, command: str):
    """Type into the composer; return the card that appears."""
    messages = page.locator("#log-frame").get_by_test_id("message")
    before = messages.count()
    page.get_by_test_id("composer").fill(command)
    page.get_by_test_id("send").click()
    expect(messages).to_have_count(before + 1, timeout=20_000)
    ts = messages.last.get_attribute("data-ts")
    return page.locator(f"#log-frame [data-ts='{ts}']")


def test_run_watch_and_open_the_thread(at_the_page):
    card = type_command(
        at_the_page, "/odps run select name, count(*) as n from pyodps_iris group by name"
    )

    expect(card).to_contain_text("Succeeded", timeout=30_000)
    card.get_by_test_id("open-thread").click()
    thread = at_the_page.get_by_test_id("thread")
    expect(thread).to_contain_text("succeeded: 3 rows")
    expect(thread).to_contain_text("Iris-setosa")


def test_stop_a_slow_one(at_the_page):
    card = type_command(at_the_page, f"/odps run {SLOW}")
    expect(card).to_contain_text(re.compile("Running|Queued"), timeout=20_000)
    card.locator("[data-action-id=stop_run]").click()
    at_the_page.get_by_test_id("dialog-confirm").click()

    expect(card).to_contain_text("Stopped", timeout=30_000)
    expect(card).to_contain_text("Stopped by @alice")
    expect(card.locator("[data-action-id=stop_run]")).to_have_count(0)
