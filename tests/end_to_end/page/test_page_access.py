"""For everybody: the keyboard, screen readers, light and dark, small windows."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .kit import CHANNEL, button, cell, field, message, modal, options, plain, section

ALL_SORTS = [
    section(
        "Some *words*", accessory={"type": "overflow", "action_id": "o", "options": options("A")}
    ),
    button("Stop", "stop", style="danger"),
    {
        "type": "data_table",
        "caption": "Rows",
        "page_size": 1,
        "rows": [[cell("n")], [cell(1)], [cell(2)]],
    },
    {
        "type": "plan",
        "title": "Stages",
        "tasks": [
            {"task_id": "1", "title": "M1_Stg1_" + "x" * 80, "status": "complete"},
            {"task_id": "2", "title": "R2", "status": "in_progress"},
            {"task_id": "3", "title": "J3", "status": "pending"},
            {"task_id": "4", "title": "J4", "status": "error"},
        ],
    },
    {
        "type": "data_visualization",
        "title": "Shares",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
    },
]
#: Returns what the tools of messages cover.
COVERED = Path(__file__).with_name("covered.js").read_text()
#: Returns the texts that stand out too little from what is behind them.
CONTRASTS = Path(__file__).with_name("contrasts.js").read_text()


@pytest.fixture
def full_page(visit, bot, slack):
    """A page with a bit of everything on it."""
    ts = bot.chat_postMessage(channel=CHANNEL, text="x", blocks=ALL_SORTS)["ts"]
    bot.chat_postMessage(channel=CHANNEL, text="a reply", thread_ts=ts)
    bot.files_upload_v2(channel=CHANNEL, filename="rows.csv", content="a,b\n1,2\n", title="Rows")
    slack.say("bob", CHANNEL, "@alice look: `code` <#C0RANDOM01>")
    bot.chat_postEphemeral(channel=CHANNEL, user="U0ALICE", text="for you")
    page = visit()
    expect(page.get_by_test_id("message").last).to_contain_text("for you")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_dark(full_page, slack, scheme):
    full_page.get_by_role("button", name="Theme").click()
    full_page.get_by_role("menuitem", name=scheme.title()).click()
    full_page.get_by_test_id("toggle-traffic").click()
    expect(full_page.get_by_test_id("traffic-row").first).to_be_visible()

    assert full_page.evaluate(CONTRASTS) == []


def test_the_choice_of_light_or_dark_is_remembered(visit, page):
    visit()
    background = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")

    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitem", name="Dark").click()
    assert page.evaluate(background) != "rgb(255, 255, 255)"
    page.reload()
    expect(page.get_by_test_id("composer")).to_be_enabled()
    assert page.evaluate(background) != "rgb(255, 255, 255)"
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitem", name="Same as the system").click()

    assert page.evaluate(background) == "rgb(255, 255, 255)"


def test_every_control_has_a_name_in_a_modal_too(full_page, app, connect):
    fields = [
        field("SQL", "plain_text_input", multiline=True),
        field("Tags", "multi_static_select", options=options("A", "B")),
        field("Tell", "multi_users_select"),
        field("When", "datetimepicker"),
        field("Extras", "checkboxes", options=options("CSV")),
        field("Script", "file_input"),
    ]

    @app.action("stop")
    def ask(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal(*fields))

    connect()
    full_page.get_by_role("button", name="Stop").click()
    expect(full_page.get_by_role("dialog")).to_be_visible()
    full_page.get_by_role("button", name="Tags").click()

    controls = full_page.locator(":is(button, select, textarea, input, [role=tab]):visible").all()
    assert len(controls) > 20
    for control in controls:
        expect(control).to_have_accessible_name(re.compile(r"\S"))
    assert full_page.evaluate(CONTRASTS) == []


def test_the_arrows_go_from_message_to_message(visit, slack):
    for number in range(4):
        slack.say("bob", CHANNEL, f"message {number}")
    page = visit()
    messages = page.get_by_test_id("message")

    page.get_by_role("log", name="Messages").focus()
    page.keyboard.press("ArrowUp")
    expect(messages.nth(3)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(messages.nth(2)).to_be_focused()
    page.keyboard.press("Home")
    expect(messages.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text("message 0")
    page.keyboard.press("Escape")

    expect(page.get_by_test_id("thread")).to_have_count(0)


def test_a_phone_shows_everything_without_scrolling_sideways(full_page, visit, phone):
    page = visit(at=phone)
    expect(page.get_by_test_id("message").last).to_contain_text("for you")

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.get_by_role("log").evaluate("node => node.scrollWidth <= node.clientWidth")
    page.get_by_test_id("message").last.tap()
    expect(page.get_by_test_id("message").last.get_by_label("More actions")).to_be_visible()


def test_on_a_phone_the_tools_of_messages_cover_nothing_and_reply_is_among_them(
    full_page, visit, slack, phone
):
    slack.say("bob", CHANNEL, "a message that is as long as a line of a phone, and then some more")
    slack.say("bob", CHANNEL, "short")
    slack.say("bob", CHANNEL, "a message that is as long as a line of a phone, and then some more")
    page = visit(at=phone)
    messages = page.get_by_test_id("message")
    expect(messages.last).to_contain_text("as long as")

    assert messages.count() > 5
    assert page.get_by_label("More actions").and_(page.locator(".message-tools *")).count() > 5
    for place in range(messages.count()):
        messages.nth(place).tap(position={"x": 3, "y": 3})
        assert page.evaluate(COVERED) == []
    messages.last.get_by_role("button", name="More actions").tap()
    page.get_by_role("menuitem", name="Reply in thread").tap()

    expect(page.get_by_test_id("thread")).to_contain_text("as long as")


def test_a_confirmation_can_be_answered_by_keyboard(visit, bot):
    confirm = {"title": plain("Sure?"), "text": plain("Work is lost."), "confirm": plain("Stop")}
    blocks = [button("Stop", "stop", confirm={**confirm, "deny": plain("No")})]
    ts = bot.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)["ts"]
    page = visit()

    message(page, ts).get_by_role("button", name="Stop").press("Enter")
    expect(page.get_by_role("dialog", name="Sure?")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(message(page, ts).get_by_role("button", name="Stop")).to_be_focused()
