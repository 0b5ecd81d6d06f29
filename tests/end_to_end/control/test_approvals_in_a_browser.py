"""Approve as people do it: at the Home tab, once and for a day; in the sandbox's own rules."""

import re
from datetime import timedelta
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, expect
from redis import Redis

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import ACCESS_KEY_ID, ACCESS_KEY_SECRET, Session
from tests.patience import SLACK_WAITS

ALICE, BOB, CHANNEL = "U0ALICE", "U0BOB", "C0DATAENG1"
PATIENCE_MS = 45_000
NUMBERS = count(1)


@pytest.fixture(scope="module")
def team(tmp_path_factory, company_of):
    """The people of the sandbox, under its own rules."""
    session = Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=0.5)),
        orders_rows=1_000,
        logs=tmp_path_factory.mktemp("sandbox"),
    )
    with session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        client = Client(
            session.maxcompute.endpoint,
            project="analytics",
            credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
        )
        for name in ("approved", "other"):
            client.execute_sql(f"create table {name} (a bigint)", project="analytics")
        with Redis.from_url(session.redis.url) as redis:
            yield company_of(session, redis)


@pytest.fixture
def see(page: Page, team):
    """Return a function that opens the channel as somebody."""

    def go(user: str) -> Page:
        page.goto(f"{team.session.slack.url}/#as={user}&in={CHANNEL}")
        page.reload()
        return page

    return go


def home(page: Page) -> Locator:
    page.get_by_role("navigation").get_by_role("button", name="odps-bot APP").click()
    return page.get_by_role("tabpanel", name="Home")


def write(table: str = "approved") -> str:
    return f"insert into {table} values ({next(NUMBERS)})"


def confirm(page: Page, label: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=label, exact=True).click()


def test_what_waits_for_alice_is_approved_at_home_in_two_clicks(see, team):
    run = team.run(f"--project analytics {write()}", user=BOB)
    run.wait_for("approve_run")
    page = see(ALICE)
    panel = home(page)
    expect(panel).to_contain_text("Waiting for you", timeout=PATIENCE_MS)
    expect(panel).to_contain_text(run.name)

    panel.get_by_role("button", name="Approve", exact=True).first.click()
    confirm(page, "Approve")

    run.wait_for("Succeeded")
    expect(panel).not_to_contain_text("Waiting for you", timeout=PATIENCE_MS)
    assert run.shows(f"Approved by <@{ALICE}>")


def test_for_a_day_other_values_need_no_click_until_it_is_revoked(see, team):
    first = team.run(f"--project analytics {write()}", user=BOB)
    first.wait_for("approve_for")
    page = see(ALICE)
    panel = home(page)
    panel.get_by_role("button", name="Approve for 24 h").first.click(timeout=PATIENCE_MS)
    confirm(page, "Approve for 24 h")
    first.wait_for("Succeeded")

    second = team.run(f"--project analytics {write()}", user=BOB)
    second.wait_for("Succeeded")
    assert second.shows(f"Covered by <@{ALICE}>'s approval")
    other = team.run(f"--project analytics {write('other')}", user=BOB)
    other.wait_for("approve_run")
    other.click("stop_run", user=BOB)

    page = see(BOB)
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("/odps approvals")
    box.press("Enter")
    page.get_by_role("button", name="Revoke").last.click(timeout=PATIENCE_MS)
    confirm(page, "Revoke")
    expect(page.get_by_text("need approval again").last).to_be_visible(timeout=PATIENCE_MS)
    third = team.run(f"--project analytics {write()}", user=BOB)
    third.wait_for("approve_run")
    third.click("stop_run", user=BOB)


def test_alice_whom_nobody_else_can_help_is_not_sent_to_herself(team):
    run = team.run(f"--project analytics {write()}", user=ALICE)
    run.wait_for("Refused")

    assert run.shows("there is nobody else. Nothing was submitted.")
    assert not run.shows(f"Ask <@{ALICE}>")
