"""A person at the page stops several runs, and begins with `/odps` alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

CHANNEL = "C0DATAENG1"
BOB = "U0BOB"
SLOW = "set sandbox.duration=60; select count(*) as n from customers where {} = {}"
RUNS = 10


@pytest.fixture
def at_the_page(page: Page, session) -> Page:
    page.goto(f"{session.slack.url}/#as=U0ALICE&in={CHANNEL}")
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    return page


def say(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()


def newest(page: Page, text: str) -> Locator:
    """Return the newest message in which this stands."""
    return page.locator("#log-frame").get_by_test_id("message").filter(has_text=text).last


def click(message: Locator, action: str) -> None:
    message.locator(f"[data-action-id={action}]").click()


def states(session, names: list[str]) -> list[str]:
    """Return what the cards say of the runs."""
    cards = [m["text"] for m in session.slack.messages(CHANNEL) if m.get("bot_id")]
    return [next(text for text in cards if f"run {name} " in f"{text} ") for name in names]


def test_ten_runs_are_stopped_by_one_message_and_one_click(at_the_page, session, team):
    runs = [team.run(SLOW.format(number, number)) for number in range(RUNS)]
    names = [run.name for run in runs]

    say(at_the_page, "/odps stop mine")
    preview = newest(at_the_page, f"Stop {RUNS} runs?")
    expect(preview).to_contain_text("Runs that begin after this preview are not stopped.")
    meanwhile = team.run(SLOW.format("'meanwhile'", "'meanwhile'"))
    click(preview, "stop_runs")

    expect(newest(at_the_page, f"{RUNS} runs stopped")).to_be_visible(timeout=45_000)
    expect(at_the_page.locator("[data-action-id=stop_runs]")).to_have_count(0)
    team.wait(lambda: all("Stopp" in text for text in states(session, names)))
    [other] = states(session, [meanwhile.name])
    assert "Stopp" not in other
    say(at_the_page, f"/odps stop {meanwhile.name}")


def test_bobs_runs_are_found_by_his_name_and_left(at_the_page, session, team):
    run = team.run(SLOW.format(21, 21), user=BOB)

    say(at_the_page, "/odps stop channel owner @bob")
    question = newest(at_the_page, "Whose runs do you mean?")
    click(question, "preview_stop")
    preview = newest(at_the_page, "Stop 1 run?")
    click(preview, "leave_runs")

    expect(newest(at_the_page, "Nothing was stopped.")).to_be_visible()
    assert "Stopp" not in run.card["text"]
    session.slack.say(BOB, CHANNEL, f"/odps stop {run.name}")


def test_the_start_leads_on_by_its_buttons(at_the_page, session):
    say(at_the_page, "/odps")
    start = newest(at_the_page, "runs SQL and follows it here")
    click(start, "start_my_runs")
    expect(newest(at_the_page, "recent runs")).to_be_visible(timeout=20_000)
    click(start, "start_help")
    expect(newest(at_the_page, "Costs & approvals")).to_be_visible(timeout=20_000)
    click(start, "start_run_sql")
    expect(at_the_page.get_by_role("dialog")).to_contain_text("Run", timeout=20_000)
    at_the_page.keyboard.press("Escape")
    click(start, "start_open_home")

    expect(at_the_page.locator("#main")).to_have_class(re.compile("is-home"))
    expect(at_the_page.locator("#log-frame")).to_contain_text("MaxCompute runs", timeout=20_000)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/odps usage weak", "week"),
        ("/odps list runing", "running"),
        ("/odps subscribe analytics failuers", "failures"),
        ("/odps run --project sandbx select 1", "sandbox"),
        ("/odps stop chanel", "channel"),
    ],
)
def test_a_mistyped_word_is_answered_in_one_line(team, typed, meant):
    said = team.type(typed)

    assert f"Did you mean `{meant}`?" in said.splitlines()[0]
