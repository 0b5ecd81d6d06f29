"""A channel's board as people see it: rows come and go in one message, and nobody is disturbed."""

import re

import pytest
from playwright.sync_api import Page, expect

SLOW = "set sandbox.duration={seconds}; select count(*) as n from customers -- {name}"
PATIENCE_MS = 60_000


@pytest.fixture
def in_the_channel(page: Page, session) -> Page:
    page.goto(session.slack.url)
    page.get_by_test_id("channel-data-eng").click()
    return page


def boards(team):
    return [m for m in team.cards() if re.search("Active runs|Nothing is running", m["text"])]


def test_a_board_follows_the_channels_runs_without_a_notification(in_the_channel, team):
    page = in_the_channel
    page.get_by_test_id("composer").fill("/odps board")
    page.get_by_test_id("send").click()
    (board,) = team.wait(lambda: boards(team))
    shown = page.locator(f"#log-frame [data-ts='{board['ts']}']")
    expect(shown).to_contain_text("Nothing is running", timeout=PATIENCE_MS)
    # Alice looks elsewhere: what would notify her counts at the channel's name.
    page.get_by_test_id("channel-analytics").click()

    first = team.run(SLOW.format(seconds=30, name="first"))
    second = team.run(SLOW.format(seconds=150, name="second"), user="U0BOB")
    team.wait(lambda: "Active runs* · 2" in boards(team)[0]["text"])
    team.wait(lambda: "<@U0ALICE>" in boards(team)[0]["text"])
    expect(page.get_by_test_id("channel-data-eng").locator(".mention-count")).to_have_count(0)

    page.get_by_test_id("channel-data-eng").click()
    expect(shown).to_contain_text(first.name)
    expect(shown).to_contain_text("@bob")
    first.wait_for("Succeeded")
    expect(shown).to_contain_text("Active runs · 1", timeout=PATIENCE_MS)
    expect(shown).to_contain_text(second.name)
    expect(shown).not_to_contain_text("@alice")
    assert [message["ts"] for message in boards(team)] == [board["ts"]]

    page.get_by_test_id("composer").fill("/odps board")
    page.get_by_test_id("send").click()
    answer = page.locator("#log-frame").get_by_test_id("message").last
    expect(answer).to_contain_text("This channel's board lists its active runs")
    answer.get_by_role("button", name="Move it to the bottom").click()
    expect(shown).to_contain_text("This board has moved", timeout=PATIENCE_MS)
    team.wait(lambda: len(boards(team)) == 1 and boards(team)[0]["ts"] != board["ts"])

    second.click("stop_run")
    team.type("/odps board off")
    moved = team.wait(lambda: [m for m in team.cards() if "ended this board" in m["text"]])
    assert len(moved) == 1
