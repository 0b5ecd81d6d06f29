"""Somebody thinks for three seconds in every dialog, while the bot goes on with what is behind it.

The rules are those of the sandbox as newcomers start it: in analytics, a write needs a second
person. What the sandbox's Slack asks of a click is stricter than Slack's documentation, see
`interactive_elements`.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

CHANNEL = "C0DATAENG1"
ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
THINKING_MS = 3_000
DONE_MS = 45_000
#: Cards are updated meanwhile: it has stages, and a queue before.
SLOW = (
    "set sandbox.queue={queue}; set sandbox.duration=40; select count(*) + {n} as n from customers"
)
WRITE = "update sandbox.stock set quantity = quantity + {n} where quantity < 50"


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with Session(ack_timeout=SLACK_WAITS, logs=tmp_path_factory.mktemp("logs")) as session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session
        assert session.slack.elements_with_made_up_ids() == []


@pytest.fixture
def at(page: Page, session):
    """Return a function that opens the page as somebody, by default in the channel."""

    def open_as(user: str, place: str = f"in={CHANNEL}") -> Page:
        page.goto("about:blank")
        page.goto(f"{session.slack.url}/#as={user}&{place}")
        expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
        return page

    return open_as


def card_of(page: Page, run) -> Locator:
    return page.locator(f"#log-frame [data-ts='{run.ts}']")


def think(dialog: Locator) -> None:
    expect(dialog).to_be_visible(timeout=DONE_MS)
    dialog.page.wait_for_timeout(THINKING_MS)


def confirm(page: Page, name: str) -> None:
    """Think about the dialog that is open, then press its button of this name."""
    think(page.get_by_role("dialog"))
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def press(place: Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(
    ("queue", "seen"),
    [(0, "Running"), (6, "Accepted|Queued")],
    ids=["while it runs", "before it runs"],
)
def test_a_stop_on_the_card(at, team, queue, seen):
    run = team.run(SLOW.format(queue=queue, n=1 + queue))
    card = card_of(at(ALICE), run)
    expect(card).to_contain_text(re.compile(seen), timeout=DONE_MS)
    before = card.inner_text()

    press(card, "Stop")
    think(card.page.get_by_role("dialog"))
    expect(card).not_to_have_text(before, timeout=DONE_MS)  # it was updated behind the dialog
    press(card.page.get_by_role("dialog"), "Stop it")

    expect(card).to_contain_text("Stopped by @alice", timeout=DONE_MS)


def test_a_stop_in_the_answer_that_asks_which(at, team):
    runs = [team.run(SLOW.format(queue=0, n=10 + n)).wait_for("Running") for n in range(2)]
    page = at(ALICE)
    team.type("/odps stop")
    answer = page.locator("#log-frame .is-ephemeral").filter(has_text="Which run do you want")

    answer.locator(f"[data-block-id$='{runs[0].run_id}']").get_by_text("Stop").click()
    confirm(page, "Stop it")

    runs[0].wait_for("Stopped by")
    assert not runs[1].shows("Stopp")
    assert team.session.slack.click(ALICE, CHANNEL, runs[1].ts, "stop_run").ok
    runs[1].wait_for("Stopped by")


def test_a_stop_at_home(at, team):
    run = team.run(SLOW.format(queue=0, n=20)).wait_for("Running")
    page = at(ALICE, "in=D0ALICEODPS&tab=home")
    panel = page.get_by_role("tabpanel", name="Home")
    expect(panel).to_contain_text(run.name, timeout=DONE_MS)

    panel.locator(f"[data-block-id$='{run.run_id}']").get_by_text("Stop").click()
    confirm(page, "Stop it")

    run.wait_for("Stopped by")


def question(team, n: int):
    """Let Bob ask for a write, which a second person must approve."""
    run = team.run(f"--project analytics {WRITE.format(n=n)}", user=BOB)
    return run.wait_for("approve_run")


def test_an_approval_of_a_card_that_others_use_meanwhile(at, team):
    run = question(team, 31)
    card = card_of(at(ALICE), run)

    press(card, "Approve")
    think(card.page.get_by_role("dialog"))
    run.click("notify_me", user=CAROL)
    press(card.page.get_by_role("dialog"), "Approve")

    expect(card).to_contain_text("Succeeded", timeout=DONE_MS)
    expect(card).to_contain_text("Approved by @alice")


def test_a_rejection_with_a_reason(at, team):
    run = question(team, 32)
    card = card_of(at(ALICE), run)

    press(card, "Reject")
    dialog = card.page.get_by_role("dialog")
    think(dialog)
    dialog.get_by_role("textbox").fill("not today")
    press(dialog, "Reject")

    expect(card).to_contain_text("not today", timeout=DONE_MS)


def test_an_approval_that_somebody_has_decided_meanwhile(at, team):
    run = question(team, 33)
    card = card_of(at(ALICE), run)

    press(card, "Approve")
    think(card.page.get_by_role("dialog"))
    run.click("stop_run", user=BOB)  # withdraws it
    expect(card).to_contain_text("before it was submitted", timeout=DONE_MS)
    press(card.page.get_by_role("dialog"), "Approve")

    expect(card.page.get_by_test_id("toast")).to_contain_text("The message has changed meanwhile")
    assert not run.executions()


def test_the_question_whether_to_run_a_write_again(at, team):
    run = team.run("create table if not exists thought_about (a bigint)").wait_for("Succeeded")
    page = at(ALICE)
    cards = len(team.cards())

    press(card_of(page, run), "Re-run")
    asked = page.locator("#log-frame .is-ephemeral").filter(has_text="may change data").last
    think(asked)
    press(asked, "Run it again")

    team.wait(lambda: len(team.cards()) == cards + 1)


def test_the_form_of_a_run(at, team):
    page = at(ALICE)
    cards = len(team.cards())
    team.type("/odps run")
    form = page.get_by_role("dialog", name="Run MaxCompute SQL")
    expect(form).to_be_visible(timeout=DONE_MS)
    form.get_by_label(re.compile("^SQL")).fill("select 'thought about it' as said")

    think(form)
    press(form, "Run")

    expect(form).to_have_count(0)
    team.wait(lambda: len(team.cards()) == cards + 1)
