"""From a list to the card, to its end and to its result, by the mouse alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

SLOW = "set sandbox.duration=60;\n-- every flower\nselect count(*) as flowers from customers"


@pytest.fixture
def at_the_page(page: Page, session) -> Page:
    page.goto(session.slack.url)
    page.get_by_test_id("channel-data-eng").click()
    return page


def types(page: Page, command: str) -> None:
    page.get_by_test_id("composer").fill(command)
    page.get_by_test_id("send").click()


def last(page: Page) -> Locator:
    """The newest message, whatever comes after it."""
    ts = page.locator("#log-frame").get_by_test_id("message").last.get_attribute("data-ts")
    return page.locator(f"#log-frame [data-ts='{ts}']")


def asks(page: Page, command: str, *, reads: str | re.Pattern[str]) -> Locator:
    """Type a command; return the private answer to it."""
    types(page, command)
    answer = page.locator("#log-frame .message.is-ephemeral").filter(has_text=reads).last
    expect(answer).to_be_visible(timeout=45_000)
    return answer


def begins(page: Page, sql: str) -> Locator:
    """Run a statement; return its card."""
    messages = page.locator("#log-frame").get_by_test_id("message")
    before = messages.count()
    types(page, f"/odps run {sql}")
    expect(messages).to_have_count(before + 1, timeout=45_000)
    return last(page)


def name_of(card: Locator) -> str:
    expect(card).to_contain_text(re.compile(r"run r\d+ in"), timeout=45_000)
    return re.search(r"run (r\d+) in", card.inner_text())[1]


def test_a_row_of_the_list_leads_to_its_card_and_stops_the_run(at_the_page: Page):
    card = begins(at_the_page, SLOW)
    name = name_of(card)
    expect(card).to_contain_text("2 settings" if SLOW.count("set ") == 2 else "1 setting")
    expect(card.locator("pre").first).to_have_text("select count(*) as flowers from customers")
    for number in range(12):
        types(at_the_page, f"Some talk, {number}")
    answer = asks(at_the_page, "/odps list", reads="active runs")

    answer.get_by_role("link", name=name, exact=True).click()
    expect(card).to_be_in_viewport()
    expect(card).to_have_class(re.compile("is-linked"))
    expect(card).to_be_focused()
    assert len(at_the_page.context.pages) == 1

    answer.get_by_role("button", name=f"Stop: run {name}").click()
    at_the_page.get_by_test_id("dialog-confirm").click()
    expect(card).to_contain_text("Stopped by @alice", timeout=45_000)
    expect(answer).to_contain_text("active runs")


def test_a_row_of_status_shows_the_result(at_the_page: Page):
    card = begins(at_the_page, "select name, count(*) as in_status from pyodps_iris group by name")
    name = name_of(card)
    expect(card).to_contain_text("Succeeded", timeout=45_000)
    answer = asks(at_the_page, "/odps status", reads="recent runs")

    answer.get_by_role("button", name=f"Result: run {name}").click()

    shown = at_the_page.locator("#log-frame .message.is-ephemeral").last
    expect(shown).to_contain_text("Iris-setosa", timeout=45_000)
    expect(answer).to_contain_text("recent runs")


def test_home_shows_the_result_of_a_recent_run_and_leads_to_its_card(at_the_page: Page):
    card = begins(at_the_page, "select name, count(*) as at_home from pyodps_iris group by name")
    name = name_of(card)
    expect(card).to_contain_text("Succeeded", timeout=45_000)
    at_the_page.goto(re.sub(r"#.*", "", at_the_page.url) + "#as=U0ALICE&in=D0ALICEODPS&tab=home")
    home = at_the_page.locator(".home")
    row = home.locator("[data-action-id=show_result]").first
    expect(row).to_be_visible(timeout=45_000)
    expect(home).to_contain_text("data-eng")

    row.click()
    dialog = at_the_page.get_by_role("dialog")
    expect(dialog).to_contain_text("Iris-setosa", timeout=45_000)
    expect(dialog).to_contain_text(f"Result of {name}")
    dialog.get_by_role("button", name="Close").first.click()

    home.get_by_role("link", name=name, exact=True).first.click()
    expect(card).to_be_in_viewport()


def test_a_link_to_a_reply_opens_its_thread(at_the_page: Page, session):
    card = begins(at_the_page, "select count(*) as in_the_thread from pyodps_iris")
    expect(card).to_contain_text("Succeeded", timeout=45_000)
    ts = card.get_attribute("data-ts")
    replies = [m for m in session.slack.messages("C0DATAENG1") if m.get("thread_ts") == ts]
    reply = next(m for m in replies if m["ts"] != ts)
    link = f"{session.slack.url}/archives/C0DATAENG1/p{reply['ts'].replace('.', '')}"

    at_the_page.goto(f"{link}?thread_ts={ts}&cid=C0DATAENG1#as=U0ALICE")

    thread = at_the_page.get_by_test_id("thread")
    expect(thread.locator(f"[data-ts='{reply['ts']}']")).to_have_class(re.compile("is-linked"))
