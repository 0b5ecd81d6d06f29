"""An interactive run as a person sees it: quick where MaxQA takes it, an ordinary job where not."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

CHANNEL = "C0DATAENG1"

#: Until a worker has done it, on a loaded machine.
DONE_MS = 30_000


@pytest.fixture(scope="module")
def slack_mode():
    """One way is enough here: both have their tests elsewhere."""
    return "socket"


@pytest.fixture
def desk(page: Page, session):
    page.goto(f"{session.slack.url}/#as=U0ALICE&in={CHANNEL}")
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    return page


def shown(page: Page, run):
    return page.locator(f"#log-frame [data-ts='{run.ts}']")


def test_a_typed_interactive_run_and_one_that_finds_the_quota_full(desk, team):
    quick = team.run("--interactive select name, count(*) as n from pyodps_iris group by name")
    quick.wait_for("Succeeded")
    expect(shown(desk, quick)).to_contain_text("interactive", timeout=DONE_MS)

    full = team.run("--interactive set sandbox.interactive=full; select count(*) from customers")
    full.wait_for("Succeeded")
    card = shown(desk, full)
    expect(card).to_contain_text(
        "Ordinary job instead of interactive: the interactive quota is full", timeout=DONE_MS
    )


def test_edit_and_run_keeps_how_it_was_run(desk, team):
    run = team.run("--interactive select nme from customers")
    run.wait_for("Failed")
    card = shown(desk, run)
    expect(card).to_contain_text("Failed", timeout=DONE_MS)
    known = {message["ts"] for message in team.cards()}

    card.get_by_role("button", name="Edit & run", exact=True).click()
    form = desk.get_by_role("dialog", name=f"Edit & run {run.name}")
    chosen = form.get_by_label(re.compile("^How to run it")).locator("option:checked")
    expect(chosen).to_have_text("Interactive (MaxQA)")
    if folder := os.environ.get("SCREENSHOTS"):
        desk.screenshot(path=f"{folder}/form.png", full_page=True)
    form.get_by_label(re.compile("^SQL")).fill("select count(*) as n from customers")
    form.get_by_role("button", name="Run", exact=True).click()

    again = team.wait(lambda: team._new_card(known)).wait_for("Succeeded")
    expect(shown(desk, again)).to_contain_text("interactive", timeout=DONE_MS)
    if folder := os.environ.get("SCREENSHOTS"):
        desk.screenshot(path=f"{folder}/cards.png", full_page=True)
