"""The tour: where each thing to try leads, and that it can be put away."""

from playwright.sync_api import expect

from .kit import CHANNEL


def pick(page, title):
    page.get_by_test_id("tour").get_by_role("button", name=title).click()


def test_a_command_for_a_thread_goes_into_the_newest_cards_thread(visit, bot, slack):
    bot.chat_postMessage(channel=CHANNEL, text="the card")
    page = visit()

    pick(page, "Ask in a thread")

    expect(page.get_by_test_id("thread")).to_contain_text("the card")
    expect(page.get_by_test_id("thread-composer")).to_have_value("@odps status")
    assert len(slack.messages(CHANNEL)) == 1


def test_without_a_card_it_says_what_to_do_first(visit):
    page = visit()

    pick(page, "Ask in a thread")

    expect(page.get_by_test_id("toast")).to_contain_text("Run a query first")


def test_other_entries_open_where_they_are_done(visit, bot):
    bot.chat_postMessage(channel=CHANNEL, text="the card")
    page = visit()

    pick(page, "See your runs")
    expect(page.get_by_role("tabpanel", name="Home")).to_be_visible()
    expect(page.get_by_test_id("tour")).to_contain_text("1 of 5 tried")
    pick(page, "Run SQL from a message")
    expect(page.get_by_role("menuitem", name="Run as SQL")).to_be_focused()
    page.keyboard.press("Escape")
    pick(page, "Start anywhere")

    expect(page.get_by_role("dialog", name="Run a shortcut")).to_be_visible()


def test_a_tour_that_was_put_away_stays_away_until_it_is_asked_for(visit, page):
    visit()

    page.get_by_role("button", name="Close the tour").click()
    page.reload()
    expect(page.get_by_test_id("composer")).to_be_enabled()
    expect(page.get_by_test_id("tour")).to_have_count(0)
    page.get_by_role("button", name="Things to try", exact=True).click()

    expect(page.get_by_test_id("tour")).to_be_visible()


def test_on_a_phone_the_tour_is_offered_where_a_channel_begins(visit, phone):
    page = visit(at=phone)

    page.get_by_role("button", name="Show me things to try").tap()
    pick(page, "Run a query")

    expect(page.get_by_test_id("tour")).to_have_count(0)
    expect(page.get_by_test_id("composer")).to_have_value("/odps run select 1")
