"""The steps of the tour that take two people, a form, or the Home, as newcomers go through them."""

import pytest
from playwright.sync_api import Page, expect

from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

DONE_MS = 45_000


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with Session(ack_timeout=SLACK_WAITS, logs=tmp_path_factory.mktemp("logs")) as session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session


@pytest.fixture
def tour(page: Page, session) -> Page:
    page.goto(f"{session.slack.url}/#as=U0ALICE&in=C0DATAENG1")
    expect(page.get_by_test_id("tour")).to_be_visible(timeout=DONE_MS)
    return page


def pick(page: Page, title: str) -> None:
    page.get_by_test_id("tour").get_by_role("button", name=title).click()


def test_a_write_is_asked_for_by_one_person_and_approved_by_another(tour):
    pick(tour, "Ask to change data")
    expect(tour.get_by_test_id("toast")).to_contain_text("You are Bob Meyer now.")
    tour.get_by_test_id("composer").press("Enter")
    card = tour.locator("#log-frame").get_by_test_id("message").last
    expect(card).to_contain_text("need a second person", timeout=DONE_MS)

    pick(tour, "Approve what waits for you")
    home = tour.get_by_role("tabpanel", name="Home")
    expect(home).to_contain_text("Waiting for you", timeout=DONE_MS)
    expect(home.get_by_role("button", name="Approve for 24 h")).to_be_visible()
    approve = home.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_focused(timeout=DONE_MS)
    expect(tour.get_by_test_id("acting-as")).to_have_value("U0ALICE")
    tour.keyboard.press("Enter")
    tour.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()

    expect(home).not_to_contain_text("Waiting for you", timeout=DONE_MS)
    tour.get_by_role("navigation").get_by_role("button", name="data-eng").click()
    expect(tour.locator("#log-frame")).to_contain_text("Approved by @alice", timeout=DONE_MS)


def test_a_typing_error_is_put_right(tour):
    pick(tour, "See why a query fails")
    tour.get_by_test_id("composer").press("Enter")
    expect(tour.locator("#log-frame")).to_contain_text("cannot be resolved", timeout=DONE_MS)

    pick(tour, "Put it right")
    edit = tour.locator("#log-frame").get_by_role("button", name="Edit & run")
    expect(edit).to_be_focused(timeout=DONE_MS)
    tour.keyboard.press("Enter")
    form = tour.get_by_role("dialog", name="Edit & run")
    form.get_by_label("SQL").first.fill("select name, petallength from pyodps_iris limit 3")
    form.get_by_role("button", name="Run", exact=True).click()

    expect(tour.locator("#log-frame")).to_contain_text("3 rows in", timeout=DONE_MS)


def test_the_form_opens_with_one_click(tour):
    pick(tour, "Write longer SQL in a modal")

    expect(tour.get_by_role("dialog", name="Run MaxCompute SQL")).to_be_visible(timeout=DONE_MS)
    tour.keyboard.press("Escape")
    expect(tour.get_by_test_id("tour")).to_contain_text("1 of", timeout=DONE_MS)
