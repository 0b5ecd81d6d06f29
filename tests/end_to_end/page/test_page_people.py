"""People of other workspaces, guests, and what they see; the channel switcher."""

from playwright.sync_api import expect


def test_people_of_another_workspace_and_guests_are_marked(visit, slack):
    page = visit()
    people = page.get_by_role("region", name="People")

    expect(people.get_by_role("button", name="Dana Reyes Acme")).to_be_visible()
    expect(people.get_by_role("button", name="Erin Novak guest")).to_be_visible()
    expect(people.get_by_role("button", name="Frank")).to_have_count(0)  # has left
    shared = page.get_by_test_id("channel-shared-with-acme")
    expect(shared.get_by_role("img", name="shared with Acme")).to_be_visible()
    slack.say("dana", "shared-with-acme", "hello from Acme")
    shared.click()

    expect(page.get_by_test_id("message").last).to_contain_text("Dana Reyes")
    expect(page.get_by_test_id("message").last.locator(".team-badge")).to_have_text("Acme")


def test_one_can_act_as_somebody_of_another_workspace(visit, slack):
    page = visit()

    page.get_by_test_id("acting-as").select_option(label="Dana Reyes")
    expect(page.get_by_role("region", name="Channels").get_by_role("button")).to_have_count(1)
    page.get_by_test_id("composer").fill("hello")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message").last).to_contain_text("hello")

    assert slack.messages("shared-with-acme")[-1]["text"] == "hello"


def test_a_channel_that_goes_away_or_changes_its_name_does_so_here(visit, slack):
    page = visit(channel="C0RANDOM01")

    slack.rename("random", "watercooler")
    expect(page.get_by_role("heading", level=1)).to_have_text("watercooler")
    slack.delete_channel("watercooler")

    expect(page.get_by_test_id("channel-watercooler")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("data-eng")


def test_control_k_goes_to_a_channel(visit):
    page = visit()

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to a channel")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("analytics")
