"""Axe, which knows what keeps people out of a page, finds nothing wherever one goes."""

import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.axe import found_by_axe

from .everything import CARD, CHARTS, FIELDS, HOME, RESULT, ROWS
from .kit import CHANNEL, message, modal, section

#: Tall, because axe can't see what is scrolled out of view.
HEIGHT, PHONE_WIDTH = 2_400, 390
LAPTOP = {"viewport": {"width": 1280, "height": HEIGHT}}
PHONE = {"viewport": {"width": PHONE_WIDTH, "height": HEIGHT}, "is_mobile": True, "has_touch": True}
LOOKS = {
    "light": {"color_scheme": "light", **LAPTOP},
    "dark": {"color_scheme": "dark", **LAPTOP},
    "phone": {"color_scheme": "light", **PHONE},
    "dark phone": {"color_scheme": "dark", **PHONE},
}


@pytest.fixture(params=LOOKS)
def window(browser, request):
    """A window for each look of the page."""
    context = browser.new_context(**LOOKS[request.param], reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def connected(app, connect):
    """The app of the page, which opens a modal."""

    @app.action("ask")
    def ask(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal(*FIELDS))

    connect()


@pytest.fixture
def card_ts(slack, bot, connected):
    """A channel, a thread and a Home with a bit of everything; which message is the card."""
    bot.views_publish(user_id="U0ALICE", view=HOME)
    bot.chat_postMessage(channel=CHANNEL, text="charts", blocks=CHARTS)
    ts = bot.chat_postMessage(channel=CHANNEL, text="card", blocks=CARD)["ts"]
    bot.chat_postMessage(channel=CHANNEL, text="result", blocks=RESULT, thread_ts=ts)
    bot.files_upload_v2(channel=CHANNEL, filename="rows.csv", content=ROWS, title="Rows")
    bot.files_upload_v2(channel=CHANNEL, filename="daily.sql", content="select 1\n" * 20)
    slack.say("bob", CHANNEL, "@alice look: `code` <#C0RANDOM01>")
    slack.say("bob", "C0RANDOM01", "@alice here, too")
    slack.say("alice", CHANNEL, "line 1\nline 2")
    bot.chat_postEphemeral(channel=CHANNEL, user="U0ALICE", text="for you", blocks=[section("x")])
    return ts


@pytest.fixture
def shown(card_ts, visit, window):
    """The page, and the card on it."""
    page = visit(at=window)
    expect(page.get_by_test_id("message").last).to_contain_text("Only visible to you")
    return page, message(page, card_ts)


def is_phone(page):
    return page.viewport_size["width"] == PHONE_WIDTH


def channel(page, card):
    expect(card).to_contain_text("Stages")


def sidebar(page, _card):
    if is_phone(page):
        page.get_by_role("button", name="Open the sidebar").click()


def message_menu(page, card):
    card.focus()
    card.get_by_role("button", name="More actions").last.click()
    expect(page.get_by_role("menu")).to_be_visible()


def thread(page, card):
    card.get_by_test_id("open-thread").click()
    expect(page.get_by_test_id("thread").get_by_role("table")).to_be_visible()


def confirm_dialog(page, card):
    card.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("dialog", name="Stop run r1?")).to_be_visible()


def run_modal(page, card):
    card.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("dialog", name="Run SQL")).to_be_visible()


def open_choices_of_a_modal(page, card):
    run_modal(page, card)
    page.get_by_role("dialog").get_by_role("button", name="Tags").click()


def errors_in_a_modal(page, card):
    run_modal(page, card)
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    words = re.compile("complete|required", re.IGNORECASE)
    expect(page.get_by_role("dialog")).to_contain_text(words)


def home(page, _card):
    page.goto(page.url.split("#")[0] + "#as=U0ALICE&in=D0ALICEODPS&tab=home")
    page.reload()
    expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("Your runs")


def traffic(page, _card):
    page.get_by_test_id("toggle-traffic").click()
    page.get_by_test_id("traffic-row").first.click()


def tour(page, _card):
    if page.get_by_test_id("tour").count() == 0:
        page.get_by_role("button", name="Things to try", exact=True).click()
    expect(page.get_by_test_id("tour-entry").first).to_be_visible()


def csv_preview(page, _card):
    file = page.get_by_test_id("file").filter(has_text="rows.csv")
    file.scroll_into_view_if_needed()
    expect(file.get_by_role("table")).to_be_visible()


def palette(page, _card):
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette")).to_be_visible()


def completions(page, _card):
    page.get_by_test_id("composer").fill("")
    page.get_by_test_id("composer").press_sequentially("/")
    expect(page.get_by_role("listbox")).to_be_visible()


def toast(page, card):
    card.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_test_id("dialog-confirm").click()
    expect(page.get_by_test_id("toast")).to_be_visible()


PLACES = [
    channel,
    sidebar,
    message_menu,
    thread,
    confirm_dialog,
    run_modal,
    open_choices_of_a_modal,
    errors_in_a_modal,
    home,
    traffic,
    tour,
    csv_preview,
    palette,
    completions,
    toast,
]


def close_dialogs(page):
    """Close a list in a modal, then the modal, which a reload would show again."""
    dialogs = page.locator("dialog[open]")
    for _ in range(2):
        if dialogs.count():
            page.keyboard.press("Escape")
            page.wait_for_timeout(200)
    expect(dialogs).to_have_count(0)


def test_axe_finds_nothing_wherever_one_goes(shown):
    page, card = shown
    address = page.url

    found = {}
    for go in PLACES:
        page.goto(address)
        page.reload()
        expect(page.get_by_test_id("message").last).to_contain_text("Only visible to you")
        go(page, card)
        if broken := found_by_axe(page):
            found[go.__name__] = broken
        close_dialogs(page)

    assert not found, "\n".join(f"{at}: {what}" for at, all_ in found.items() for what in all_)
