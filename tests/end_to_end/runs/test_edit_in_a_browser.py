"""From a card that failed to a run that doesn't, as a person clicks through it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

CHANNEL = "C0DATAENG1"

#: Until a worker has done it: a run takes two seconds, a loaded machine a few more.
DONE_MS = 30_000

LONG = "select wrong as a\n" + "".join(f"union all select {n} as a\n" for n in range(200))


@pytest.fixture(scope="module")
def slack_mode():
    """One way is enough here: both have their tests elsewhere."""
    return "socket"


@pytest.fixture
def desk(page: Page, session):
    page.goto(f"{session.slack.url}/#as=U0ALICE&in={CHANNEL}")
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    yield page
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def shown(page: Page, run) -> Locator:
    return page.locator(f"#log-frame [data-ts='{run.ts}']")


def press(where: Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()


def newest(team, known: set[str]):
    """Wait for the card that is none of the known ones."""
    return team.wait(lambda: team._new_card(known))


def cards(team) -> set[str]:
    return {message["ts"] for message in team.cards()}


def test_a_typing_error_is_put_right_with_two_clicks(desk, team):
    run = team.run("--priority 3 select nme, count(*) as n from pyodps_iris group by nme")
    run.wait_for("Failed")
    card = shown(desk, run)
    expect(card).to_contain_text("Failed", timeout=DONE_MS)
    expect(card.get_by_role("button", name="Re-run")).to_have_count(0)
    known = cards(team)

    press(card, "Edit & run")
    form = desk.get_by_role("dialog", name=f"Edit & run {run.name}")
    field = form.get_by_label(re.compile("^SQL"))
    expect(field).to_have_value("select nme, count(*) as n from pyodps_iris group by nme")
    expect(form.get_by_label(re.compile("^Priority")).locator("option:checked")).to_have_text("3")
    field.fill("select name, count(*) as n from pyodps_iris group by name")
    press(form, "Run")
    expect(form).to_have_count(0)

    again = newest(team, known).wait_for("Succeeded")
    assert re.search(rf"edited from <[^|]+\|{run.name}>", again.card["blocks"][0]["text"]["text"])
    expect(shown(desk, again)).to_contain_text("edited from")


def test_a_long_statement_is_put_right_in_the_form(desk, team):
    run = team.run(LONG)
    run.wait_for("Failed")
    card = shown(desk, run)
    known = cards(team)

    press(card, "Edit & run")
    form = desk.get_by_role("dialog", name=f"Edit & run {run.name}")
    expect(form).to_contain_text("It runs as it is, unless you change it below")
    form.get_by_label("Replace this text").fill("wrogn")
    form.get_by_label("… with").fill("0")
    press(form, "Run")
    expect(form).to_contain_text("This isn't in the statement")
    form.get_by_label("Replace this text").fill("wrong")
    press(form, "Run")
    expect(form).to_have_count(0)

    again = newest(team, known).wait_for("Succeeded")
    assert again.shows("select 0 as a")


def test_a_long_statement_is_put_right_as_a_file(desk, team):
    run = team.run(LONG + "-- by file")
    run.wait_for("Failed")
    known = cards(team)
    press(shown(desk, run), "SQL")
    window = desk.get_by_role("dialog", name=f"SQL of {run.name}")
    press(window, "Get it as a file")
    expect(desk.get_by_role("dialog")).to_contain_text("on its way to your direct messages")
    for _ in range(2):
        desk.keyboard.press("Escape")

    desk.get_by_role("navigation").get_by_role("button", name="odps-bot APP").click()
    desk.get_by_role("tab", name="Messages").click()
    message = desk.locator("#log-frame").get_by_test_id("message").filter(has_text="edit the file")
    expect(message.last).to_be_visible(timeout=DONE_MS)
    expect(desk.locator("#log-frame")).to_contain_text(f"{run.name}-sandbox.sql", timeout=DONE_MS)
    press(message.last, "Edit & run")
    form = desk.get_by_role("dialog", name=f"Edit & run {run.name}")
    form.locator("input[type=file]").set_input_files(
        {"name": "edited.sql", "mimeType": "text/plain", "buffer": b"select 'put right' as a"}
    )
    expect(form).to_contain_text("edited.sql")
    press(form, "Run")
    expect(form).to_have_count(0)

    again = newest(team, known).wait_for("Succeeded")
    assert re.search(rf"edited from <[^|]+\|{run.name}>", again.card["blocks"][0]["text"]["text"])


def test_a_run_in_place_of_sql_is_offered_to_be_edited(desk, team):
    run = team.run("select nme from pyodps_iris").wait_for("Failed")
    known = cards(team)
    desk.get_by_test_id("composer").fill(f"/odps run {run.name}")
    desk.get_by_test_id("send").click()
    answer = desk.locator("#log-frame").get_by_test_id("message").filter(has_text="is a run in")
    expect(answer.last).to_be_visible(timeout=DONE_MS)
    assert cards(team) == known

    press(answer.last, "Edit & run")
    form = desk.get_by_role("dialog", name=f"Edit & run {run.name}")
    form.get_by_label(re.compile("^SQL")).fill("select name from pyodps_iris limit 1")
    press(form, "Run")
    expect(form).to_have_count(0)

    newest(team, known).wait_for("Succeeded")
