"""Buttons of private answers that carry no run: what they carry is checked at the click."""

from typing import Any

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.messages.replies.list_choice import ListChoice
from odps_bot.replies.inquiries import CostInquiry, InstanceInquiry, ListInquiry, WatchInquiry

INSTANCE_ID = "20261122120001123gabcde"


@pytest.fixture
def click(services: Any, bot: Any) -> Any:
    """Return a function that clicks on a whisper and returns what is booked: ids by kind."""
    who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
    app = App(
        client=services.slack.gateway._client,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, services)

    def act(
        action_id: str,
        value: str,
        *,
        user: str = "U1",
        trigger: str = "4.5.6",
        block_id: str = "b",
    ) -> Any:
        place = {"type": "message", "channel_id": "C1", "is_ephemeral": True}
        body = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": user},
            "container": place,
            "channel": {"id": "C1"},
            "trigger_id": trigger,
            "response_url": "https://hooks.slack.com/actions/1/2/3",
            "actions": [
                {"type": "button", "action_id": action_id, "block_id": block_id, "value": value}
            ],
        }
        response = app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert (response.status, response.body) == (200, "")
        return dict(entry.split(":") for entry in bot.told())

    return act


def said(bot: Any, booked: dict[str, str]) -> str:
    """Return the private answer."""
    [message] = bot.services.stores.ephemeral_replies.answer(booked["ephemeral"])
    return str(message.text)


def test_a_page_is_turned_in_place_without_a_word(click: Any, bot: Any) -> None:
    booked = click("show_page_of_jobs:next", "mine failed 3 analytics")

    answers = bot.services.stores.ephemeral_replies
    inquiry = answers.inquiry(booked["inquiry"])
    assert set(booked) == {"inquiry"}
    assert inquiry == ListInquiry(
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        choice=ListChoice(whose="mine", which="failed", project="analytics"),
        page=3,
    )
    assert answers.address(booked["inquiry"]).replaces


def test_the_logview_of_a_step_leaves_the_tree_where_it_is(click: Any, bot: Any) -> None:
    booked = click(f"show_instance_logview:{INSTANCE_ID}", f"sandbox {INSTANCE_ID}")

    answers = bot.services.stores.ephemeral_replies
    inquiry = answers.inquiry(booked["inquiry"])
    assert isinstance(inquiry, InstanceInquiry)
    assert (inquiry.wants, inquiry.instance_id) == ("logview", INSTANCE_ID)
    assert not answers.address(booked["inquiry"]).replaces


def test_two_clicks_on_run_it_make_one_run(click: Any, bot: Any, alice: Any) -> None:
    alice.types("cost select 1 as estimated")
    interaction_id = alice.requests[0].interaction_id
    bot.told()
    answered = [
        said(bot, click("run_estimated", interaction_id, trigger=f"{n}.0.0")) for n in range(2)
    ]

    assert answered == [":arrow_forward: Started as run *r1*; see the card."] * 2
    assert [run.sql for run in bot.all_runs()] == ["select 1 as estimated"]


def test_somebody_elses_estimate_cannot_be_run(click: Any, bot: Any, alice: Any) -> None:
    alice.types("cost select 1")
    bot.told()

    assert "Only <@U1>" in said(
        bot, click("run_estimated", alice.requests[0].interaction_id, user="U2")
    )
    assert bot.all_runs() == []


def test_two_clicks_on_follow_it_here_make_one_run(click: Any, bot: Any) -> None:
    replies = bot.services.stores.ephemeral_replies
    clicks = [
        click("watch_instance", f"sandbox {INSTANCE_ID}", trigger=f"{n}.0.0") for n in range(2)
    ]
    inquiries = [replies.inquiry(booked["inquiry"]) for booked in clicks]

    assert {inquiry.instance_id for inquiry in inquiries} == {INSTANCE_ID}
    assert len({inquiry.run_id for inquiry in inquiries}) == 1


def test_the_menu_of_an_instance_in_a_list_follows_it_and_leaves_the_list(
    click: Any, bot: Any
) -> None:
    replies = bot.services.stores.ephemeral_replies
    booked = click("instance_menu", f"watch sandbox {INSTANCE_ID}", block_id=f"job:{INSTANCE_ID}")
    inquiry = replies.inquiry(booked["inquiry"])
    assert isinstance(inquiry, WatchInquiry)
    assert not replies.address(booked["inquiry"]).replaces

    booked = click(
        "instance_menu", f"logview sandbox {INSTANCE_ID}", block_id="job:1", trigger="7.8.9"
    )
    inquiry = replies.inquiry(booked["inquiry"])
    assert isinstance(inquiry, InstanceInquiry)
    assert (inquiry.wants, inquiry.instance_id) == ("logview", INSTANCE_ID)


@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("show_page_of_jobs:next", "all running 0 other_project"),
        ("show_page_of_jobs:next", "<!channel>"),
        ("show_instance_logview", f"other_project {INSTANCE_ID}"),
        ("show_instance_logview", "sandbox http://l/logview/?p=sandbox"),
        ("watch_instance", f"other_project {INSTANCE_ID}"),
        ("watch_instance", "sandbox"),
        ("run_estimated", "0" * 24),
        ("run_estimated", ""),
    ],
)
def test_a_value_that_somebody_invented_is_refused(
    click: Any, bot: Any, action_id: str, value: str
) -> None:
    booked = click(action_id, value)

    assert set(booked) == {"ephemeral"}
    assert said(bot, booked).startswith(":x: ")
    assert bot.all_runs() == []


def test_a_cost_keeps_the_statement_for_half_an_hour(bot: Any, alice: Any) -> None:
    alice.types("cost select 1")
    interaction_id = alice.requests[0].interaction_id

    inquiry = bot.services.stores.ephemeral_replies.inquiry(interaction_id)
    assert isinstance(inquiry, CostInquiry)
    assert inquiry.sql == "select 1"
    assert 0 < bot.redis.ttl(f"odps-bot:inquiry:{interaction_id}") <= 1_800
