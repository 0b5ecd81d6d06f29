"""The tour: where each thing to try leads, and that it can be put away."""

from playwright.sync_api import expect

from .kit import CHANNEL, button, field, message, modal, section


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
    expect(page.get_by_test_id("tour")).to_contain_text("1 of 9 tried")
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
    assert page.get_by_test_id("composer").bounding_box()["width"] > 350


def test_a_step_that_is_somebody_elses_is_done_as_them_and_says_so(visit, slack):
    page = visit()
    entry = page.get_by_test_id("tour-entry").filter(has_text="Ask to write")
    expect(entry).to_contain_text("As Bob Meyer")

    pick(page, "Ask to write")

    expect(page.get_by_test_id("toast")).to_contain_text("You are Bob Meyer now.")
    expect(page.get_by_test_id("acting-as")).to_have_value("U0BOB")
    expect(page.get_by_test_id("composer")).to_have_value("/odps run drop")
    page.get_by_test_id("composer").fill("as whom?")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message").last).to_contain_text("as whom?")
    assert slack.messages(CHANNEL)[-1]["user"] == "U0BOB"


def test_who_is_that_person_already_stays_so_without_a_word(visit):
    page = visit("U0BOB")

    pick(page, "Ask to write")

    expect(page.get_by_test_id("composer")).to_have_value("/odps run drop")
    expect(page.get_by_test_id("toast")).to_have_count(0)


def test_a_step_points_at_the_button_to_press(visit, bot):
    for name in ("old", "new"):
        bot.chat_postMessage(
            channel=CHANNEL, text=name, blocks=[section(name), button("Approve", "approve_run")]
        )
    ts = bot.chat_postMessage(channel=CHANNEL, text="x", blocks=[section("another")])["ts"]
    page = visit("U0BOB")
    expect(message(page, ts)).to_be_visible()

    pick(page, "Approve it")

    expect(page.get_by_test_id("acting-as")).to_have_value("U0ALICE")
    newest = page.get_by_test_id("message").filter(has_text="new")
    expect(newest.get_by_role("button", name="Approve")).to_be_focused()
    expect(page.get_by_test_id("tour")).to_contain_text("1 of 9 tried")


def test_a_button_that_is_still_to_come_is_waited_for(visit, bot):
    page = visit()

    pick(page, "Approve it")
    bot.chat_postMessage(channel=CHANNEL, text="x", blocks=[button("Approve", "approve_run")])

    expect(page.locator("#log-frame").get_by_role("button", name="Approve")).to_be_focused()


def test_a_button_that_does_not_come_says_what_to_try_first(visit):
    page = visit()

    pick(page, "Approve it")

    expect(page.get_by_test_id("toast")).to_contain_text("try the step before", timeout=15_000)


def test_a_step_at_somebodys_home_points_at_the_button_there(visit, bot):
    rows = [{**button("Approve", "approve_run"), "block_id": f"wait:{n}"} for n in range(2)]
    bot.views_publish(user_id="U0CAROL", view={"type": "home", "blocks": rows})
    page = visit()

    pick(page, "Approve at Home")

    home = page.get_by_role("tabpanel", name="Home")
    expect(page.get_by_test_id("acting-as")).to_have_value("U0CAROL")
    expect(home.get_by_role("button", name="Approve").first).to_be_focused()


def test_a_step_in_a_form_opens_it_at_once(visit, app, connect):
    @app.command("/odps")
    def ask(ack, body, client):
        ack()
        view = modal(field("SQL", "plain_text_input"))
        client.views_open(trigger_id=body["trigger_id"], view=view)

    connect()
    page = visit()

    pick(page, "Write more")

    expect(page.get_by_role("dialog", name="Run SQL")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("tour")).to_contain_text("1 of 9 tried")


def test_a_form_that_cannot_be_opened_leaves_its_command_to_send(visit):
    page = visit()

    pick(page, "Write more")

    expect(page.get_by_test_id("composer")).to_have_value("/odps run")
