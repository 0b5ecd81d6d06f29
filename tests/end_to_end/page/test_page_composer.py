"""What people write: formatted text, edits, forwards, broadcasts, snippets and other apps."""

import re

from playwright.sync_api import expect

from .kit import CHANNEL, message

MENU = "More actions"


def choose(page, ts, entry):
    message(page, ts).hover()
    message(page, ts).get_by_role("button", name=MENU).click()
    page.get_by_role("menuitem", name=entry).click()


def test_typed_markup_is_shown_as_rich_text(visit, slack):
    page = visit()
    typed = (
        "select *qty* ~or~ _all_ where color = '#ff8800'\n- one\n- two\n> said `code`\n"
        "```\nselect 1\n```"
    )

    page.get_by_test_id("composer").fill(typed)
    page.get_by_test_id("composer").press("Enter")

    last = page.get_by_test_id("message").last
    expect(last.locator("strong")).to_have_text("qty")
    expect(last.locator("s")).to_have_text("or")
    expect(last.locator("em")).to_have_text("all")
    expect(last.locator(".swatch")).to_be_visible()
    expect(last.locator("li")).to_have_text(["one", "two"])
    expect(last.locator("blockquote code")).to_have_text("code")
    expect(last.locator("pre")).to_have_text("select 1")
    assert "*qty*" in slack.messages(CHANNEL)[-1]["text"]


def test_an_own_message_is_edited_as_it_was_typed(visit, slack):
    ts = slack.say("alice", CHANNEL, "run t.id for @bob & <b>").ts
    page = visit()

    choose(page, ts, "Edit message…")
    expect(page.get_by_test_id("form-text")).to_have_value("run t.id for @bob & <b>")
    page.get_by_test_id("form-text").fill("run *it*")
    page.get_by_test_id("form-submit").click()

    expect(message(page, ts)).to_contain_text("run it")
    expect(message(page, ts)).to_contain_text("(edited)")
    expect(page.get_by_test_id("form-dialog")).to_have_count(0)


def test_a_message_is_forwarded_with_a_comment(visit, slack):
    ts = slack.say("bob", CHANNEL, "try `select 1`").ts
    page = visit()

    choose(page, ts, "Forward message…")
    page.get_by_test_id("form-to").select_option(label="#analytics")
    page.get_by_test_id("form-comment").fill("please *look*")
    page.get_by_test_id("form-submit").click()
    expect(page.get_by_test_id("form-dialog")).to_have_count(0)
    page.goto(f"{slack.url}/#as=U0ALICE&in=C0ANALYTIC")

    shown = page.get_by_test_id("message").last
    expect(shown.locator("strong")).to_have_text("look")
    expect(shown.get_by_test_id("forwarded")).to_contain_text(
        re.compile("Bob Meyer.*try select 1.*Posted in #data-eng", re.DOTALL)
    )


def test_a_reply_is_also_sent_to_the_channel(visit, slack):
    ts = slack.say("bob", CHANNEL, "the root").ts
    page = visit()
    message(page, ts).hover()
    message(page, ts).get_by_role("button", name="Reply in thread").click()

    page.get_by_label("Also send to #data-eng").check()
    page.get_by_test_id("thread-composer").fill("for everybody")
    page.keyboard.press("Enter")

    expect(page.get_by_text("replied to a thread").first).to_be_visible()
    expect(page.get_by_label("Also send to #data-eng")).not_to_be_checked()
    assert slack.messages(CHANNEL)[-1]["subtype"] == "thread_broadcast"


def test_a_snippet_and_a_message_through_another_app_are_sent(visit, slack):
    page = visit()

    page.get_by_test_id("more-ways").first.click()
    page.get_by_role("menuitem", name="Text snippet…").click()
    page.get_by_test_id("form-text").fill("select 1")
    page.get_by_test_id("form-submit").click()
    expect(page.get_by_test_id("file")).to_contain_text("SQL")
    page.get_by_test_id("composer").fill("by an app")
    page.get_by_test_id("more-ways").first.click()
    page.get_by_role("menuitem", name="Send through another app").click()

    expect(page.get_by_test_id("message").last).to_contain_text("by an app")
    expect(page.get_by_test_id("message").last.locator(".app-badge")).to_be_visible()
    snippet, posted = slack.messages(CHANNEL)
    assert snippet["files"][0]["filetype"] == "sql"
    assert posted["bot_id"] == "B0OTHERAPP"


def test_a_file_that_is_gone_says_why(visit, slack):
    ts = slack.share_file("alice", CHANNEL, "a.sql", "select 1", "look").ts
    page = visit()

    choose(page, ts, "Hide the file")

    expect(message(page, ts)).to_contain_text("This file is hidden by the limit of the plan.")


def test_what_somebody_does_is_shown_as_that(visit):
    page = visit()

    page.get_by_test_id("composer").fill("/me is counting rows")
    page.get_by_test_id("send").click()

    last = page.get_by_test_id("message").last
    expect(last).to_contain_text("is counting rows")
    expect(last).to_have_class(re.compile("is-me"))
