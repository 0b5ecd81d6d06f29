"""Commands and clicks as Bolt hears them: the answer is private, and comes in any case."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.messages.run.buttons import SHOW_LOGVIEW, STOP_RUN
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.redis import EmbeddedRedis
from odps_bot.services import Services
from odps_bot.store.connections import listener_redis

INSTANCE_ID = "20261122120001123gabcde"

Click = Callable[..., str | None]


def make_app(services: Services) -> App:
    who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
    app = App(
        client=services.slack.gateway._client,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, services)
    return app


def dispatch(app: App, body: dict[str, Any]) -> BoltResponse:
    return app.dispatch(BoltRequest(body=body, mode="socket_mode"))


def slash_command(text: str | None) -> dict[str, Any]:
    return {
        "command": "/odps",
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/commands/1/2/3",
    }


def click_on(action_id: str, value: str, **facts: str) -> dict[str, Any]:
    usual = {"team": "T1", "channel": "C1", "user": "U1", "trigger": "4.5.6"} | facts
    return {
        "type": "block_actions",
        "team": {"id": usual["team"]},
        "user": {"id": usual["user"]},
        "container": {"type": "message", "channel_id": usual["channel"]},
        "channel": {"id": usual["channel"]},
        "trigger_id": usual["trigger"],
        "response_url": "https://hooks.slack.com/actions/1/2/3",
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
    }


@pytest.fixture
def app(services: Services) -> App:
    return make_app(services)


@pytest.fixture
def run(alice: Any, bot: Any) -> Run:
    """A running run of Alice's in #C1."""
    alice.types("run select 1")
    running: Run = bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)
    bot.told()
    return running


@pytest.fixture
def click(app: App, bot: Any) -> Click:
    """Return a function that clicks and returns the text of the private answer, or None."""

    def act(action_id: str, value: str, **facts: str) -> str | None:
        response = dispatch(app, click_on(action_id, value, **facts))
        assert (response.status, response.body) == (200, "")
        answers = [about for about in bot.told() if about.startswith("ephemeral:")]
        if not answers:
            return None
        message, *_ = bot.services.stores.ephemeral_replies.answer(answers[0].partition(":")[2])
        return str(message.text)

    return act


def test_a_commands_answer_is_private_and_comes_with_the_acknowledgement(app: App) -> None:
    response = dispatch(app, slash_command("help"))

    answer = json.loads(response.body)
    assert response.status == 200
    assert answer["response_type"] == "ephemeral"
    assert "/odps run" in answer["text"]


def test_a_run_is_acknowledged_without_a_word_because_its_card_follows(app: App, bot: Any) -> None:
    response = dispatch(app, slash_command("run select 1"))

    assert (response.status, response.body) == (200, "")
    assert bot.newest_run().sql == "select 1"


def test_a_command_delivered_twice_is_one_run(app: App, bot: Any) -> None:
    for _ in range(2):
        dispatch(app, slash_command("run select 1"))

    assert len(bot.all_runs()) == 1


@pytest.mark.parametrize("text", [None, "", "nonsense", "run", "stop r99"])
def test_whatever_is_typed_is_answered(app: App, text: str | None) -> None:
    response = dispatch(app, slash_command(text))

    assert response.status == 200
    assert json.loads(response.body)["text"]


def test_without_redis_the_person_is_told_that_nothing_was_submitted(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedRedis() as server:
        url = server.url
        gone = Services.from_settings(services.settings, redis=listener_redis(url))
        app = make_app(gone)
        server.halt()

        response = dispatch(app, slash_command("run select 1"))

    assert "Nothing was submitted" in json.loads(response.body)["text"]
    assert "Redis cannot be reached" in caplog.text
    gone.redis.close()


def test_stop_stops_and_the_card_says_so(click: Click, run: Run, bot: Any) -> None:
    answer = click(STOP_RUN, run.run_id)

    assert answer is None
    assert bot.newest_run().state is RunState.STOPPING
    assert bot.newest_run().stop_requested_by == "U1"


def test_others_in_the_channel_may_stop_it_too(click: Click, run: Run, bot: Any) -> None:
    click(STOP_RUN, run.run_id, user="U2")

    assert bot.newest_run().stop_requested_by == "U2"


def test_a_second_click_says_that_it_was_the_second(click: Click, run: Run) -> None:
    click(STOP_RUN, run.run_id)

    answer = click(STOP_RUN, run.run_id, user="U2", trigger="7.8.9")

    assert answer == "<@U1> already requested to stop run *r1*."


@pytest.mark.parametrize("team", ["T1", "T2", "E1"])
def test_whoever_started_a_run_can_stop_it_whatever_workspace_slack_names_for_them(
    click: Click, run: Run, bot: Any, team: str
) -> None:
    assert click(STOP_RUN, run.run_id, team=team) is None

    assert bot.newest_run().stop_requested_by == "U1"


@pytest.mark.parametrize(
    ("action_id", "facts"),
    [
        (STOP_RUN, {"channel": "C2", "user": "U2"}),
        (STOP_RUN, {"team": "T2", "user": "U2"}),
        (SHOW_LOGVIEW, {"channel": "C2", "user": "U2"}),
        (SHOW_LOGVIEW, {"team": "T2", "user": "U2"}),
        (SHOW_LOGVIEW, {"team": "T2"}),
    ],
)
def test_rights_are_checked_at_the_moment_of_a_click(
    click: Click, run: Run, bot: Any, action_id: str, facts: dict[str, str]
) -> None:
    answer = click(action_id, run.run_id, **facts)

    assert answer is not None
    assert re.search(r"Nothing was (submitted or )?changed\.", answer)
    assert bot.newest_run() == run


@pytest.mark.parametrize("value", ["", "forged", "../r1", "x" * 2_000])
def test_a_button_of_a_run_that_nobody_remembers_says_so(click: Click, value: str) -> None:
    assert (
        click(STOP_RUN, value) == ":x: I no longer have a record of this run. Nothing was changed."
    )


def test_a_logview_link_is_asked_for_on_behalf_of_whoever_clicks(
    app: App, run: Run, bot: Any, redis: Redis
) -> None:
    response = dispatch(app, click_on(SHOW_LOGVIEW, run.run_id, user="U2"))

    [told] = bot.told()
    inquiry = bot.services.stores.ephemeral_replies.inquiry(told.partition(":")[2])
    assert (response.status, response.body) == (200, "")
    assert (inquiry.wants, inquiry.user_id, inquiry.instance_id) == ("logview", "U2", INSTANCE_ID)


def test_a_click_that_makes_no_sense_is_acknowledged_and_logged(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    body = click_on(STOP_RUN, "x")
    del body["actions"][0]["value"]

    response = dispatch(app, body)

    assert response.status == 200
    assert "KeyError" in caplog.text
