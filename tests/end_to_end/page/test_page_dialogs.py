"""Dialogs: the safe answer first, nowhere to get lost, and a message that changes behind them."""

import pytest
from playwright.sync_api import expect

from .kit import CHANNEL, button, field, message, modal, options, plain, section

STOP = {
    "title": plain("Stop run r1?"),
    "text": plain("The work done so far is lost."),
    "confirm": plain("Stop it"),
    "deny": plain("Let it run"),
    "style": "danger",
}


def card(progress, *more):
    return [section(f"Running · {progress} %"), *more]


def stop_button(run="r1"):
    return {**button("Stop", "stop", value=run, confirm=STOP), "block_id": f"row:{run}"}


@pytest.fixture
def clicked(app, connect):
    """The values of the buttons that reached the app."""
    values = []

    @app.action("stop")
    def stop(ack, action):
        ack()
        values.append(action["value"])

    connect()
    return values


@pytest.fixture
def post(bot, visit):
    """Return a function that posts a card; it returns its ts and how it is shown."""

    def post_card(*blocks):
        ts = bot.chat_postMessage(channel=CHANNEL, text="a card", blocks=list(blocks))["ts"]
        return ts, message(visit(), ts)

    return post_card


def update(bot, ts, shown, words, *blocks):
    bot.chat_update(channel=CHANNEL, ts=ts, text="a card", blocks=list(blocks))
    expect(shown).to_contain_text(words)


def test_enter_without_a_look_changes_nothing(post, clicked):
    _, shown = post(*card(10, stop_button()))
    page = shown.page
    shown.get_by_role("button", name="Stop").press("Enter")
    expect(page.get_by_role("button", name="Let it run")).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(shown.get_by_role("button", name="Stop")).to_be_focused()
    assert clicked == []


def test_the_focus_stays_in_a_dialog_and_comes_back_from_it(post):
    _, shown = post(*card(10, stop_button()))
    page = shown.page
    shown.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog", name="Stop run r1?")
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('dialog, body').tagName"))
        reached.add(page.evaluate("document.activeElement.textContent")[:10])
    assert reached <= {"DIALOG", "BODY", "Stop it", "Let it run"} | {
        page.evaluate("document.body.textContent")[:10]
    }
    assert {"Stop it", "Let it run"} <= reached

    page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    expect(shown.get_by_role("button", name="Stop")).to_be_focused()


def test_a_card_that_goes_on_behind_a_dialog_takes_the_confirmed_click(post, bot, slack, clicked):
    ts, shown = post(*card(10, stop_button()))
    shown.get_by_role("button", name="Stop").click()
    more = {"type": "context", "elements": [{"type": "mrkdwn", "text": "a stage"}]}
    update(bot, ts, shown, "40 %", *card(40, more, button("SQL", "sql"), stop_button()))

    shown.page.get_by_role("button", name="Stop it").click()

    slack.wait_until(lambda: clicked == ["r1"])
    expect(shown.get_by_role("button", name="Stop")).to_be_focused()


def test_a_list_that_moves_behind_a_dialog_gives_the_click_to_no_other_row(
    post, bot, slack, clicked
):
    ts, shown = post(*card(10, stop_button("r1"), stop_button("r2")))
    shown.get_by_role("button", name="Stop").nth(1).click()
    update(
        bot, ts, shown, "20 %", *card(20, stop_button("r0"), stop_button("r1"), stop_button("r2"))
    )

    shown.page.get_by_role("button", name="Stop it").click()

    slack.wait_until(lambda: clicked == ["r2"])
    expect(shown.get_by_role("button", name="Stop").nth(2)).to_be_focused()


def test_a_button_that_has_gone_says_so_and_the_message_has_the_focus(post, bot, clicked):
    ts, shown = post(*card(10, stop_button()))
    shown.get_by_role("button", name="Stop").click()
    update(bot, ts, shown, "100 %", *card(100))

    shown.page.get_by_role("button", name="Stop it").click()

    expect(shown.page.get_by_test_id("toast")).to_contain_text("The message has changed meanwhile")
    expect(shown).to_be_focused()
    assert clicked == []


def test_after_a_modal_the_focus_is_at_its_button_although_that_was_drawn_again(
    post, bot, app, connect
):
    @app.action("ask")
    def ask(ack, body, client):
        ack()
        client.views_open(
            trigger_id=body["trigger_id"], view=modal(field("SQL", "plain_text_input"))
        )

    connect()
    ts, shown = post(*card(10, button("Ask", "ask")))
    page = shown.page
    shown.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("textbox", name="SQL")).to_be_focused()
    update(bot, ts, shown, "50 %", section("Running · 50 %"), section("x"), button("Ask", "ask"))
    expect(page.get_by_role("textbox", name="SQL")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(shown.get_by_role("button", name="Ask")).to_be_focused()


def test_an_update_leaves_the_focus_in_its_row(post, bot):
    ts, shown = post(*card(10, stop_button("r1"), stop_button("r2")))
    shown.get_by_role("button", name="Stop").nth(1).focus()

    update(bot, ts, shown, "20 %", *card(20, section("x"), stop_button("r1"), stop_button("r2")))

    expect(shown.get_by_role("button", name="Stop").nth(1)).to_be_focused()


def test_a_choice_that_asks_first_is_taken_back_when_it_is_denied(post):
    select = {
        "type": "static_select",
        "action_id": "project",
        "placeholder": plain("Project"),
        "options": options("Shop", "Ads"),
        "confirm": STOP,
    }
    _, shown = post(section("Project", accessory=select))
    shown.get_by_role("combobox").select_option(label="Ads")

    shown.page.keyboard.press("Escape")

    expect(shown.get_by_role("combobox").locator("option:checked")).to_have_text("Project")
