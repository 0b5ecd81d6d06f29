"""Shortcuts: those of everywhere at the composer, those of a message in its menu."""

import pytest
from playwright.sync_api import expect

from .kit import CHANNEL, message


@pytest.fixture
def told(app, connect):
    """The shortcuts that the app was told of, each with the text of its message or None."""
    heard = []

    @app.shortcut("ask")
    @app.shortcut("mine")
    def globally(ack, body):
        ack()
        heard.append((body["callback_id"], None))

    @app.shortcut("run_this")
    def on_a_message(ack, body):
        ack()
        heard.append((body["callback_id"], body["message"]["text"]))

    connect()
    return heard


def test_the_lightning_lists_the_shortcuts_and_typing_narrows_them(visit, told, slack):
    page = visit()

    page.get_by_role("button", name="Shortcuts").click()
    palette = page.get_by_role("dialog", name="Run a shortcut")
    expect(palette.get_by_role("option")).to_have_count(2)
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("sql")
    expect(palette.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)

    slack.wait_until(lambda: told == [("ask", None)])


def test_the_arrows_choose_and_escape_leaves(visit, told, slack):
    page = visit()

    page.get_by_role("button", name="Shortcuts").press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="My runs")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Shortcuts")).to_be_focused()
    assert told == []


def test_a_message_has_its_shortcuts_in_its_menu(visit, told, slack):
    ts = slack.say("bob", CHANNEL, "select 1").ts
    page = visit()

    message(page, ts).hover()
    message(page, ts).get_by_role("button", name="More actions").click()
    expect(page.get_by_role("menuitem", name="Run as SQL")).to_be_focused()
    page.get_by_role("menuitem", name="Run as SQL").click()

    slack.wait_until(lambda: told == [("run_this", "select 1")])


def test_a_reply_has_them_too_and_the_keyboard_reaches_them(visit, told, slack):
    ts = slack.say("bob", CHANNEL, "the root").ts
    slack.say("bob", CHANNEL, "select 2", ts)
    page = visit()
    message(page, ts).get_by_test_id("open-thread").click()

    page.get_by_role("log", name="Thread").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("thread").get_by_test_id("message").last).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    slack.wait_until(lambda: told == [("run_this", "select 2")])


def test_a_shortcut_that_reaches_nobody_says_so(visit):
    page = visit()

    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_role("option", name="My runs").click()

    expect(page.get_by_test_id("toast")).to_contain_text("The bot is not running")


def test_ones_own_message_can_be_deleted(visit, slack):
    ts = slack.say("alice", CHANNEL, "a slip").ts
    page = visit()

    message(page, ts).hover()
    message(page, ts).get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete message").click()

    expect(message(page, ts)).to_have_count(0)
