"""The app's home tab: what it publishes shows at once, and works."""

import pytest
from playwright.sync_api import expect

from .kit import HOME, button, field, options, plain, section


def home(*blocks):
    return {"type": "home", "blocks": list(blocks)}


@pytest.fixture
def opened(app, connect):
    """The events that tell the app who looks at which tab; the app is connected."""
    events = []

    @app.event("app_home_opened")
    def note(event):
        events.append((event["user"], event["tab"]))

    connect()
    return events


def go_home(page):
    page.get_by_role("navigation").get_by_role("button", name="odps-bot APP").click()
    expect(page.get_by_role("tab", name="Home")).to_have_attribute("aria-selected", "true")
    return page.get_by_role("tabpanel", name="Home")


def test_before_anything_is_published_the_home_says_so_and_then_shows_it(visit, opened, slack, bot):
    page = visit()

    panel = go_home(page)
    expect(panel).to_contain_text("Nothing here yet")
    expect(page.get_by_test_id("composer")).to_be_hidden()
    slack.wait_until(lambda: ("U0ALICE", "home") in opened)
    bot.views_publish(user_id="U0ALICE", view=home(section("*2* runs are going on")))

    expect(panel).to_contain_text("2 runs are going on")


def test_without_the_app_the_home_says_that_nothing_can_come(visit):
    panel = go_home(visit())

    expect(panel).to_contain_text("is not running")


def test_the_messages_are_the_other_tab(visit, opened, slack):
    page = visit()
    go_home(page)

    page.get_by_role("tab", name="Home").press("ArrowRight")
    expect(page.get_by_role("tab", name="Messages")).to_be_focused()
    expect(page.get_by_test_id("composer")).to_be_visible()
    slack.wait_until(lambda: ("U0ALICE", "messages") in opened)
    page.go_back()

    expect(page.get_by_role("tabpanel", name="Home")).to_be_visible()


def test_buttons_selects_and_questions_work_at_home(visit, opened, app, bot, slack):
    acted = []

    @app.action("stop")
    def stop(ack, body, client):
        ack()
        acted.append((body["container"]["type"], body["actions"][0]["value"]))
        client.views_publish(user_id=body["user"]["id"], view=home(section("No active runs")))

    @app.action("project")
    def choose(ack, body):
        ack()
        acted.append(body["actions"][0]["selected_option"]["value"])

    confirm = {
        "title": plain("Stop r42?"),
        "text": plain("Its work is lost."),
        "confirm": plain("Stop it"),
        "deny": plain("Let it run"),
    }
    select = {
        "type": "static_select",
        "action_id": "project",
        "placeholder": plain("Project"),
        "options": options("Shop", "Ads"),
    }
    view = home(
        section("r42", accessory=select), button("Stop", "stop", value="r42", confirm=confirm)
    )
    bot.views_publish(user_id="U0ALICE", view=view)
    panel = go_home(visit())

    panel.get_by_label("Project").select_option(label="Ads")
    panel.get_by_role("button", name="Stop").click()
    dialog = panel.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Its work is lost.")
    dialog.get_by_role("button", name="Stop it").click()
    expect(panel).to_contain_text("No active runs")

    assert acted == ["ads", ("view", "r42")]


def test_what_is_being_typed_at_home_outlives_what_is_published_meanwhile(visit, opened, bot):
    search = field("Search", "plain_text_input")
    bot.views_publish(user_id="U0ALICE", view=home(section("1 run"), search))
    panel = go_home(visit())

    panel.get_by_label("Search").press_sequentially("orders")
    bot.views_publish(user_id="U0ALICE", view=home(section("2 runs"), search))
    expect(panel).to_contain_text("2 runs")

    expect(panel.get_by_label("Search")).to_have_value("orders")
    expect(panel.get_by_label("Search")).to_be_focused()


def test_everybody_has_a_home_of_their_own(visit, opened, bot):
    bot.views_publish(user_id="U0ALICE", view=home(section("Alice's runs")))
    bot.views_publish(user_id="U0BOB", view=home(section("Bob's runs")))
    page = visit()
    panel = go_home(page)
    expect(panel).to_contain_text("Alice's runs")

    page.get_by_test_id("acting-as").select_option("U0BOB")

    expect(panel).to_contain_text("Bob's runs")
    expect(panel).not_to_contain_text("Alice's runs")


def test_a_private_message_of_the_app_is_counted_and_opens_the_messages(visit, opened, bot):
    page = visit()

    bot.chat_postMessage(channel=HOME, text="r42 is done")
    entry = page.get_by_test_id("channel-odps")
    expect(entry.get_by_role("img", name="1 for you, unread")).to_be_visible()
    expect(page).to_have_title("(1) #data-eng · odps-bot sandbox")
    entry.click()

    expect(page.get_by_test_id("message").last).to_contain_text("r42 is done")
    expect(page).to_have_title("odps · odps-bot sandbox")


def test_the_home_fits_a_phone(visit, opened, phone, bot):
    words = section("wide " * 200)
    bot.views_publish(user_id="U0ALICE", view=home(words, button("x" * 70, "x")))
    page = visit(at=phone)
    page.get_by_test_id("open-sidebar").click()

    panel = go_home(page)
    expect(panel).to_contain_text("wide")

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert panel.evaluate("node => node.scrollWidth <= node.clientWidth")
