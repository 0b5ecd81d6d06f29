"""What people do all day, at the page and with the real bot: ask, look, take along, repeat."""

import csv
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.sandbox.session import ACCESS_KEY_ID, ACCESS_KEY_SECRET

CHANNEL, BOB = "C0DATAENG1", "U0BOB"
SLOW = "set sandbox.duration=60; select count(*) as n from customers"
GROUPS = "select name, count(*) as flowers from pyodps_iris group by name order by name"

#: Until a worker has done it: a run takes two seconds, a loaded machine a few more.
DONE_MS = 30_000

#: More jobs than a page of the list has.
MANY = 22


@pytest.fixture(scope="module")
def slack_mode():
    """One way is enough here: both have their tests elsewhere."""
    return "socket"


@pytest.fixture
def desk(page: Page, session):
    page.goto(f"{session.slack.url}/#as=U0ALICE&in={CHANNEL}")
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    # What was said before is drawn: from here on, messages are counted.
    if said := said_to_alice(session):
        newest = page.locator(f"#log-frame [data-ts='{said[-1]['ts']}']")
        expect(newest.first).to_be_visible()
    yield page
    # Windows stay open for the next one who comes.
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def said_to_alice(session):
    """Return what stands in the channel itself for her eyes."""
    return [
        message
        for message in session.slack.messages(CHANNEL)
        if message.get("thread_ts") in {None, message["ts"]}
        and message.get("visible_to") in {None, "U0ALICE"}
    ]


def say(page: Page, text: str):
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()


def messages_of(page: Page) -> Locator:
    return page.locator("#log-frame").get_by_test_id("message")


def next_message(page: Page, *, before: int) -> Locator:
    """Wait for what comes after so many messages; return it, and it only."""
    expect(messages_of(page)).to_have_count(before + 1, timeout=DONE_MS)
    ts = messages_of(page).last.get_attribute("data-ts")
    return page.locator(f"#log-frame [data-ts='{ts}']")


def card_of(page: Page, command: str) -> Locator:
    before = messages_of(page).count()
    say(page, command)
    return next_message(page, before=before)


def ended(card: Locator, how: str = "Succeeded") -> Locator:
    expect(card).to_contain_text(how, timeout=DONE_MS)
    return card


def press(card: Locator, name: str):
    card.get_by_role("button", name=name, exact=True).click()


def thread_of(page: Page, card: Locator) -> Locator:
    card.get_by_test_id("open-thread").click()
    return page.get_by_test_id("thread")


def test_a_form_tells_a_mistake_at_its_field_and_then_becomes_a_run(desk):
    before = messages_of(desk).count()
    say(desk, "/odps run")
    form = desk.get_by_role("dialog", name="Run MaxCompute SQL")
    form.get_by_label(re.compile("^SQL")).fill("select 40 + 2 as answer")
    form.get_by_label(re.compile("^Settings")).fill("no setting")
    press(form, "Run")
    expect(form).to_contain_text("Line 1 isn't key=value")
    form.get_by_label(re.compile("^Settings")).fill("odps.sql.mapper.split.size=64")
    press(form, "Run")
    expect(form).to_have_count(0)

    card = ended(next_message(desk, before=before))
    expect(card).to_contain_text("select 40 + 2 as answer")
    expect(thread_of(desk, card).get_by_role("table")).to_contain_text("42")


def test_an_estimate_by_form_runs_nothing(desk, team):
    cards = len(team.cards())
    say(desk, "/odps run")
    form = desk.get_by_role("dialog", name="Run MaxCompute SQL")
    form.get_by_label(re.compile("^SQL")).fill("select * from orders where ds = '20261003'")
    form.get_by_label(re.compile("^Only estimate")).check()
    press(form, "Run")
    expect(form).to_have_count(0)

    answer = desk.locator("#log-frame").get_by_role("button", name="Run it")
    expect(answer).to_be_visible(timeout=DONE_MS)
    assert len(team.cards()) == cards


def test_stop_asks_first_and_can_be_left(desk):
    card = ended(card_of(desk, f"/odps run {SLOW}"), "Running")

    press(card, "Stop")
    desk.get_by_test_id("dialog-deny").click()
    expect(card.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    press(card, "Stop")
    desk.get_by_test_id("dialog-confirm").click()

    ended(card, "Stopped by @alice")
    expect(card.get_by_role("button", name="Stop", exact=True)).to_have_count(0)


def test_all_rows_are_downloaded_and_read_back(desk):
    card = ended(card_of(desk, f"/odps run {GROUPS}"))
    press(card, "CSV")
    file = thread_of(desk, card).get_by_test_id("file")
    expect(file).to_be_visible(timeout=DONE_MS)

    with desk.expect_download() as download:
        file.get_by_role("link", name=re.compile("^Download")).click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as text:
        head, *rows = csv.reader(text)
    assert head == ["name", "flowers"]
    assert rows == [["Iris-setosa", "50"], ["Iris-versicolor", "50"], ["Iris-virginica", "50"]]
    expect(card).to_contain_text("The CSV file is in the thread", timeout=DONE_MS)
    expect(card.get_by_role("button", name="CSV")).to_have_count(0)


def test_a_chart_leaves_out_what_it_could_not_show(desk):
    sql = "select name, count(*) * 1000 as many, count(*) as few from pyodps_iris group by name"
    card = ended(card_of(desk, f"/odps run {sql}"))
    press(card, "Chart")

    thread = thread_of(desk, card)
    expect(thread).to_contain_text("many by name", timeout=DONE_MS)
    expect(thread).to_contain_text("Not drawn because of a different scale: few.")


def test_a_read_is_repeated_at_once_and_a_write_asks(desk):
    card = ended(card_of(desk, "/odps run select 1 as one"))
    before = messages_of(desk).count()
    press(card, "Re-run")
    expect(ended(next_message(desk, before=before))).to_contain_text("re-run of")

    card = ended(card_of(desk, "/odps run create table if not exists here_i_am (a bigint)"))
    before = messages_of(desk).count()
    press(card, "Re-run")
    question = next_message(desk, before=before)
    expect(question).to_contain_text("may change data")
    press(question, "Don't")

    expect(messages_of(desk).filter(has_text="Run it again")).to_have_count(0)


def test_the_whole_statement_is_in_a_window(desk):
    lines = "\n".join(f"  , {n} as c{n}" for n in range(30))
    card = ended(card_of(desk, f"/odps run select 0 as c\n{lines}"))
    expect(card).not_to_contain_text("29 as c29")
    press(card, "SQL")

    expect(desk.get_by_role("dialog")).to_contain_text("29 as c29")


def test_in_a_thread_a_mention_means_its_run(desk):
    card = ended(card_of(desk, f"/odps run {SLOW}"), "Running")
    card.hover()
    press(card, "Reply in thread")
    thread = desk.get_by_test_id("thread")
    desk.get_by_test_id("thread-composer").fill("@odps status")
    desk.keyboard.press("Enter")
    expect(thread.get_by_text("Only visible to you")).to_have_count(1, timeout=DONE_MS)
    desk.get_by_test_id("thread-composer").fill("@odps stop")
    desk.keyboard.press("Enter")

    ended(card, "Stopped by @alice")


def test_a_colleagues_message_is_run_from_its_menu(desk, team):
    before = messages_of(desk).count()
    team.session.slack.say(BOB, CHANNEL, "try this:\n```select 6 * 7 as answer```")
    message = next_message(desk, before=before)
    message.hover()
    press(message, "More actions")
    desk.get_by_role("menuitem", name="Run as MaxCompute SQL").click()
    form = desk.get_by_role("dialog", name="Run MaxCompute SQL")
    expect(form.get_by_label(re.compile("^SQL"))).to_have_value("select 6 * 7 as answer")
    before = messages_of(desk).count()
    press(form, "Run")

    expect(ended(next_message(desk, before=before))).to_contain_text("6 * 7")


def test_a_failure_is_explained_where_it_happened(desk):
    card = ended(card_of(desk, "/odps run select nme, petallength\nfrom pyodps_iris"), "Failed")
    thread = thread_of(desk, card)

    for words in ("Column not found", "1 | select nme", "^^^", "Likely cause:", "Try:"):
        expect(thread).to_contain_text(words, timeout=DONE_MS)


def test_a_long_list_has_pages(desk, team):
    client = Client(
        team.session.maxcompute.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
    )
    for _ in range(MANY):
        client.run_sql("set sandbox.stuck=true; select 1")
    say(desk, "/odps list all")
    # Before it, "Asking MaxCompute" where that takes more than two seconds.
    answer = messages_of(desk).filter(has_text=re.compile("1-20 of 2[2-9]"))
    expect(answer).to_be_visible(timeout=DONE_MS)
    press(answer, "Next")

    expect(desk.locator("#log-frame")).to_contain_text(re.compile("21-2[2-9] of"), timeout=DONE_MS)
