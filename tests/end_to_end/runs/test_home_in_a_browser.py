"""A person at the app's Home tab, the real bot behind it."""

import pytest
from playwright.sync_api import Page, expect

SLOW = "set sandbox.duration=60; select count(*) as n from customers"


@pytest.fixture
def at_home(page: Page, session):
    """Return a function that opens the Home tab as somebody."""

    def go(user: str):
        page.goto(f"{session.slack.url}/#as={user}&in=C0DATAENG1")
        entry = page.get_by_role("navigation").get_by_role("button", name="odps-bot APP")
        entry.click()
        return page.get_by_role("tabpanel", name="Home")

    return go


def test_a_newcomer_chooses_a_project_and_writes_a_statement(at_home, page, team):
    panel = at_home("U0CAROL")
    expect(panel).to_contain_text("My defaults", timeout=20_000)
    panel.get_by_label("Project").select_option(label="analytics")
    team.wait(lambda: "home_choose_project:analytics" in str(team.session.slack.home("U0CAROL")))
    panel.get_by_role("button", name="Run SQL").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Run MaxCompute SQL", timeout=20_000)
    expect(dialog.get_by_label("Project").locator("option:checked")).to_have_text("analytics")


def test_a_run_is_stopped_at_home(at_home, page, team):
    run = team.run(SLOW, user="U0BOB")
    run.wait_for("Running")
    panel = at_home("U0BOB")
    expect(panel).to_contain_text(run.name, timeout=20_000)

    panel.get_by_role("button", name="Stop").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Stop it").click()

    expect(panel).to_contain_text("Stopped", timeout=30_000)
    expect(panel.get_by_role("button", name="Stop")).to_have_count(0)
    run.wait_for("Stopped")
