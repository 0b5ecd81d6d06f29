"""The page shows what `/odps why`, `/odps history` and a worker's log say, on a phone as well."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from tests.end_to_end.axe import found_by_axe
from tests.patience import SLACK_WAITS

from .conftest import ALICE, CHANNEL, EVERYBODY_MAY, Team

PATIENCE_MS = 45_000
#: Tall, because axe can't see what is scrolled out of view.
LOOKS = {
    "laptop": {"viewport": {"width": 1280, "height": 2_400}},
    "dark phone": {
        "viewport": {"width": 390, "height": 2_400},
        "color_scheme": "dark",
        "is_mobile": True,
        "has_touch": True,
    },
}
SKEWED = (
    "set sandbox.life=skew; set sandbox.life.from=600;"
    " select city from orders where ds >= '20261001'"
)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    session = Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=1)),
        orders_rows=3_000,
        environ={"ODPS_BOT_RULES": str(EVERYBODY_MAY)},
        logs=tmp_path_factory.mktemp("logs"),
    )
    with session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield Team(session)


@pytest.fixture(params=LOOKS)
def window(browser: Browser, request: pytest.FixtureRequest, team: Team) -> Iterator[Page]:
    """The page as Alice sees it, in each look."""
    context = browser.new_context(
        **LOOKS[request.param], timezone_id="UTC", locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{team.session.slack.url}/#as={ALICE}&in={CHANNEL}")
    expect(page.get_by_test_id("composer")).to_be_enabled()
    yield page
    context.close()


def ask(page: Page, command: str, words: str) -> Locator:
    """Type a command; return the answer that only Alice sees."""
    page.get_by_test_id("composer").fill(command)
    page.keyboard.press("Enter")
    answer = page.locator("#log-frame").get_by_test_id("message").last
    expect(answer).to_contain_text("Only visible to you", timeout=PATIENCE_MS)
    expect(answer).to_contain_text(words, timeout=PATIENCE_MS)
    return answer


def assert_fits(page: Page) -> None:
    """Nothing keeps anybody out, and nothing is scrolled sideways."""
    assert found_by_axe(page) == []
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") == width
    log = page.get_by_role("log").first
    assert log.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_why_is_explained_and_the_workers_log_opens(window: Page, team: Team) -> None:
    run = team.run(SKEWED)
    run.wait_for("Running")

    answer = ask(window, f"/odps why {run.name}", "49 of 50 workers ended")
    expect(answer).to_contain_text("Planning")
    assert_fits(window)

    answer.get_by_role("button", name="Worker log").click()
    log = window.get_by_role("dialog")
    expect(log).to_contain_text("Read from 0 num:")
    expect(log.locator("pre").first).to_be_in_viewport()
    assert log.locator(".modal-body").evaluate("node => node.scrollWidth <= node.clientWidth")
    assert_fits(window)
    window.keyboard.press("Escape")
    team.type(f"/odps stop {run.name}")
    run.wait_for("Stopped")


def test_the_history_of_a_job_is_a_table_and_a_chart(window: Page, team: Team) -> None:
    for _ in range(2):
        run = team.run("set sandbox.duration=3; select count(*) as n from customers")
        run.wait_for_completion()

    answer = ask(window, f"/odps history {run.name}", "Earlier runs")

    expect(answer.get_by_role("table").first).to_be_visible()
    expect(answer).to_contain_text("How long it took")
    assert_fits(window)
