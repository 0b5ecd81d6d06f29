"""Buttons: authorised when they are clicked; the answer goes to the person who clicked."""

from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import Ack, App

from odps_bot.commands import Answer, Request, logview, stop
from odps_bot.errors import CommandError, DeniedError
from odps_bot.listeners.boundary import answer_or_explain
from odps_bot.messages import Message
from odps_bot.messages.card import SHOW_LOGVIEW, STOP_RUN
from odps_bot.outbox import SlackError
from odps_bot.policy.rights import is_visible
from odps_bot.runs import Run
from odps_bot.services import Services

Click = Callable[[Run, Request, Services], Answer]


def register(app: App, services: Services) -> None:
    """Let `app` hear the buttons of cards and offers."""
    for action_id, click in {STOP_RUN: stop.stop, SHOW_LOGVIEW: logview.logview_of}.items():
        app.action(action_id)(_listener(click, services))


def _listener(click: Click, services: Services) -> Callable[..., None]:
    def hear(ack: Ack, body: dict[str, Any]) -> None:
        # The ack of a click shows nothing, so the answer takes the way of the outbox.
        answer = answer_or_explain(lambda: _answer(click, body, services))
        ack()
        if answer is not None:
            _give(answer, body, services)

    return hear


def _answer(click: Click, body: dict[str, Any], services: Services) -> Answer:
    request = _request(body)
    run = services.runs.get(body["actions"][0]["value"])
    if run is None or run.team_id != request.team_id:
        raise CommandError("I no longer remember this run. Nothing was changed.")
    if not is_visible(
        run, team_id=request.team_id, channel_id=request.channel_id, user_id=request.user_id
    ):
        raise DeniedError("This run belongs to another channel. Nothing was changed.")
    return click(run, request, services)


def _give(answer: Message, body: dict[str, Any], services: Services) -> None:
    request = _request(body)
    try:
        services.private_answers.remember_url(request.ask_id, request.response_url)
        services.private_answers.give(request.ask_id, answer)
        services.jobs.deliver()
    except RedisError:
        try:
            services.slack.answer(request.response_url, answer)
        except SlackError:
            return


def _request(body: dict[str, Any]) -> Request:
    container = body.get("container", {})
    return Request(
        team_id=body["team"]["id"],
        channel_id=container.get("channel_id") or body["channel"]["id"],
        user_id=body["user"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body["response_url"],
        is_click=True,
    )
