"""The traffic: what went both ways, filtered, and unfolded."""

from playwright.sync_api import expect

from .kit import CHANNEL


def test_the_traffic_is_filtered_by_kind_and_text(visit, bot, app, connect, slack):
    @app.event("message")
    @app.event("app_mention")
    def listen():
        pass

    connect()
    page = visit()
    page.get_by_role("button", name="Traffic").click()
    rows = page.get_by_test_id("traffic-row")
    bot.chat_postMessage(channel=CHANNEL, text="one")
    slack.say("alice", CHANNEL, "@odps hello")
    expect(rows.filter(has_text="app_mention")).not_to_have_count(0)

    page.get_by_label("Kind").select_option(label="Web API")
    expect(rows.filter(has_text="app_mention")).to_have_count(0)
    page.get_by_label("Filter the traffic").fill("chat.post")

    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("bot → sandbox")


def test_an_entry_unfolds_into_what_was_asked_and_answered(visit, bot):
    page = visit()
    page.get_by_role("button", name="Traffic").click()
    bot.chat_postMessage(channel=CHANNEL, text="one")

    call = page.get_by_test_id("traffic-row").get_by_role("button", name="chat.postMessage")
    call.click()
    expect(call).to_have_attribute("aria-expanded", "true")
    expect(call).to_be_focused()
    expect(page.get_by_test_id("traffic-detail")).to_contain_text("Request")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("traffic-detail")).to_have_count(0)
