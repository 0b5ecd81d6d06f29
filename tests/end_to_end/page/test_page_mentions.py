"""Mentions: written with help, seen where they happen, counted where one is not."""

from playwright.sync_api import expect

from .kit import CHANNEL, RANDOM, message


def test_an_at_sign_offers_the_bot_and_people(visit, slack):
    page = visit()
    composer = page.get_by_test_id("composer")

    composer.press_sequentially("hello @o")
    expect(page.get_by_role("listbox", name="People").get_by_role("option")).to_have_text(
        "@odps APPodps-bot"
    )
    composer.press("Enter")
    expect(composer).to_have_value("hello @odps ")
    composer.press_sequentially("status")
    composer.press("Enter")

    expect(page.get_by_test_id("message").last.locator(".mention")).to_have_text("@odps")
    assert slack.messages(CHANNEL)[-1]["text"] == "hello <@U0ODPSBOT> status"


def test_people_are_found_by_their_real_names_in_the_middle_of_a_text(visit):
    page = visit()
    composer = page.get_by_test_id("composer")

    composer.fill("ask  today")
    for _ in range(len(" today")):
        composer.press("ArrowLeft")
    composer.press_sequentially("@meyer")
    page.get_by_role("option", name="@bob").click()

    expect(composer).to_have_value("ask @bob today")


def test_an_address_is_no_mention(visit):
    page = visit()

    page.get_by_test_id("composer").press_sequentially("write to me@bo")

    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_thread_takes_mentions_too(visit, slack):
    ts = slack.say("bob", CHANNEL, "the root").ts
    page = visit()
    message(page, ts).hover()
    message(page, ts).get_by_role("button", name="Reply in thread").click()

    page.get_by_test_id("thread-composer").press_sequentially("@od")
    page.keyboard.press("Tab")
    page.get_by_test_id("thread-composer").press_sequentially("status")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread").get_by_test_id("message").last).to_contain_text(
        "@odps status"
    )

    assert slack.thread(CHANNEL, ts)[-1]["text"] == "<@U0ODPSBOT> status"


def test_what_is_said_to_me_is_marked_and_counted(visit, slack):
    page = visit()
    channel = page.get_by_test_id("channel-random")

    slack.say("bob", RANDOM, "@alice have a look")
    slack.say("bob", RANDOM, "@carol not you")
    slack.say("bob", RANDOM, "@alice again")
    expect(channel.get_by_role("img", name="2 for you, unread")).to_have_text("2")
    expect(page).to_have_title("(2) #data-eng · odps-bot sandbox")
    channel.click()

    expect(channel.get_by_role("img")).to_have_count(0)
    expect(page).to_have_title("#random · odps-bot sandbox")
    expect(page.locator(".mentions-you")).to_have_count(2)


def test_a_card_that_names_me_in_small_print_is_not_marked(visit, bot):
    small = {"type": "context", "elements": [{"type": "mrkdwn", "text": "Requested by <@U0ALICE>"}]}
    bot.chat_postMessage(channel=CHANNEL, text="<@U0ALICE> ran it", blocks=[small])
    bot.chat_postMessage(channel=CHANNEL, text="<@U0ALICE> it is done")
    page = visit()

    expect(page.get_by_test_id("message")).to_have_count(2)
    expect(page.locator(".mentions-you")).to_contain_text(["it is done"])


def test_what_only_looks_like_a_mention_is_not_marked(visit, bot):
    cell = {"type": "raw_text", "text": "<!channel> <@U0ALICE>"}
    code = {
        "type": "rich_text_preformatted",
        "elements": [{"type": "text", "text": "select '<!channel>', '<@U0ALICE>'"}],
    }
    blocks = [{"type": "rich_text", "elements": [code]}, {"type": "table", "rows": [[cell]]}]
    bot.chat_postMessage(channel=CHANNEL, text="a result", blocks=blocks)
    mention = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0ALICE"}]}
    named = [{"type": "rich_text", "elements": [mention]}]
    bot.chat_postMessage(channel=CHANNEL, text="for you", blocks=named)
    page = visit()

    expect(page.get_by_test_id("message")).to_have_count(2)
    expect(page.locator(".mentions-you")).to_have_count(1)
    expect(page.locator(".mentions-you")).to_contain_text("@alice")


def test_what_is_said_to_me_in_a_closed_thread_is_counted_at_it(visit, bot):
    ts = bot.chat_postMessage(channel=CHANNEL, text="the card")["ts"]
    page = visit()
    summary = message(page, ts).get_by_test_id("open-thread")

    bot.chat_postMessage(channel=CHANNEL, text="<@U0ALICE> it is done", thread_ts=ts)
    expect(summary.get_by_role("img", name="1 for you")).to_have_text("1")
    summary.click()
    expect(summary.get_by_role("img", name="for you")).to_have_count(0)
    bot.chat_postMessage(channel=CHANNEL, text="<@U0ALICE> and this", thread_ts=ts)
    expect(page.get_by_test_id("thread")).to_contain_text("and this")

    expect(summary.get_by_role("img", name="for you")).to_have_count(0)
