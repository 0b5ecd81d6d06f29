"""The home tab of the app: opening, publishing and using it."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox

from .conftest import Link

BUTTON = {
    "type": "button",
    "action_id": "stop",
    "value": "r1",
    "text": {"type": "plain_text", "text": "Stop"},
}
PROJECTS = {
    "type": "static_select",
    "action_id": "project",
    "options": [
        {"text": {"type": "plain_text", "text": name}, "value": name} for name in ("shop", "ads")
    ],
}


def home(*texts: str) -> dict[str, Any]:
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts]
    controls = {"type": "actions", "block_id": "controls", "elements": [BUTTON, PROJECTS]}
    return {"type": "home", "blocks": [*sections, controls]}


def test_opening_the_home_tab_sends_an_event_and_the_app_publishes_it(link: Link) -> None:
    opened: list[dict[str, Any]] = []

    @link.app.event("app_home_opened")
    def app_home_opened(event: dict[str, Any], client: WebClient) -> None:
        opened.append(event)
        client.views_publish(user_id=event["user"], view=home("Your runs"))

    link.connect()
    before = link.slack.open_home("alice")
    published = link.slack.wait_until(lambda: link.slack.home("alice"))
    again = link.slack.open_home("alice")
    link.slack.wait_until(lambda: len(opened) == 2)
    link.slack.open_home("alice", tab="messages")
    link.slack.wait_until(lambda: len(opened) == 3)

    assert before is None
    assert published["blocks"][0]["text"]["text"] == "Your runs"
    assert again is not None
    assert again["id"] == published["id"]
    assert [event["tab"] for event in opened] == ["home", "home", "messages"]
    assert [event["channel"] for event in opened] == ["D0ALICEODPS"] * 3
    assert "view" not in opened[0]
    assert opened[1]["view"]["id"] == published["id"]
    assert link.slack.home("bob") is None


def test_elements_of_the_home_report_the_view_and_what_is_chosen_in_it(link: Link) -> None:
    received: list[dict[str, Any]] = []

    def note(ack: Any, body: dict[str, Any]) -> None:
        ack()
        received.append(body)

    link.app.action("stop")(note)
    link.app.action("project")(note)
    link.connect()
    view = link.client.views_publish(user_id="U0BOB", view=home("Your runs"))["view"]
    assert link.slack.click_in_view("bob", view["id"], "project", value="ads").ok
    assert link.slack.click_in_view("bob", view["id"], "stop", block_id="controls").ok

    chosen, stopped = received
    assert chosen["actions"][0]["selected_option"]["value"] == "ads"
    assert stopped["type"] == "block_actions"
    assert stopped["container"] == {"type": "view", "view_id": view["id"]}
    assert stopped["actions"][0]["value"] == "r1"
    assert stopped["trigger_id"]
    state = stopped["view"]["state"]["values"]["controls"]["project"]
    assert state["selected_option"]["value"] == "ads"
    assert {"channel", "message", "response_url"}.isdisjoint(stopped)


def test_a_button_of_the_home_can_open_a_modal(link: Link) -> None:
    @link.app.action("stop")
    def stop(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        title = {"type": "plain_text", "text": "Sure?"}
        view = {"type": "modal", "title": title, "blocks": [{"type": "divider"}]}
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    link.connect()
    view = link.client.views_publish(user_id="U0BOB", view=home())["view"]
    link.slack.click_in_view("bob", view["id"], "stop")

    assert [view["title"]["text"] for view in link.slack.views("bob")] == ["Sure?"]


def test_a_home_that_has_changed_is_not_overwritten_with_an_old_hash(
    slack: SlackSandbox, client: WebClient
) -> None:
    old = client.views_publish(user_id="U0BOB", view=home("1"))["view"]
    new = client.views_publish(user_id="U0BOB", view=home("2"), hash=old["hash"])["view"]

    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_publish(user_id="U0BOB", view=home("3"), hash=old["hash"])

    assert new["id"] == old["id"]
    shown = slack.home("bob")
    assert shown is not None
    assert shown["blocks"][0]["text"]["text"] == "2"


def test_a_home_is_published_only_to_people_and_where_there_is_a_tab(
    client: WebClient, make_slack: Any
) -> None:
    without = make_slack(app=SlackApp(has_home_tab=False))
    its_client = WebClient(without.bot_token, base_url=without.api_url)

    with pytest.raises(SlackApiError, match="user_not_found"):
        client.views_publish(user_id="alice", view=home())
    with pytest.raises(SlackApiError, match="not_enabled"):
        its_client.views_publish(user_id="U0BOB", view=home())
    with pytest.raises(Exception, match="not_enabled"):
        without.open_home("bob")


def test_without_a_subscription_opening_the_home_sends_no_event(make_slack: Any) -> None:
    slack = make_slack(app=SlackApp(events=()))

    slack.open_home("bob")

    assert slack.traffic() == []


def test_only_its_owner_can_use_a_home_tab(slack: SlackSandbox, client: WebClient) -> None:
    view = client.views_publish(user_id="U0BOB", view=home())["view"]

    assert slack.click_in_view("alice", view["id"], "stop").error == "not_found"
    assert slack.click_in_view("bob", view["id"], "unknown").error == "action_not_found"
    assert slack.click_in_view("bob", view["id"], "project", value="x").error == "invalid_option"


@pytest.mark.parametrize(
    "app", [SlackApp(has_messages_tab=False), SlackApp(is_messages_tab_read_only=True)]
)
def test_a_read_only_messages_tab_refuses_messages(make_slack: Any, app: SlackApp) -> None:
    slack = make_slack(app=app)

    assert slack.say("bob", "D0BOBODPS", "hello").error == "messages_tab_disabled"
    assert slack.say("bob", "D0BOBODPS", "/odps help").error == "messages_tab_disabled"
    assert slack.share_file("bob", "D0BOBODPS", "a", "a").error == "messages_tab_disabled"
