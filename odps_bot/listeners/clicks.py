"""Buttons: authorised when they are clicked; the answer goes to the person who clicked."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from odps_bot.commands import Answer, Request, logview, stop
from odps_bot.commands.request import Surface
from odps_bot.errors import CommandError, DeniedError
from odps_bot.listeners.answering import give
from odps_bot.listeners.boundary import answer_or_explain
from odps_bot.messages.card import SHOW_LOGVIEW, STOP_RUN
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
        request = _request(body)
        answer = answer_or_explain(lambda: _answer(click, request, body, services))
        ack()
        give(answer, request, services)

    return hear


def _answer(click: Click, request: Request, body: dict[str, Any], services: Services) -> Answer:
    run = services.runs.get(body["actions"][0]["value"])
    if run is None or run.team_id != request.team_id:
        raise CommandError("I no longer remember this run. Nothing was changed.")
    if not is_visible(
        run, team_id=request.team_id, channel_id=request.channel_id, user_id=request.user_id
    ):
        raise DeniedError("This run belongs to another channel. Nothing was changed.")
    return click(run, request, services)


def _request(body: dict[str, Any]) -> Request:
    """Return who clicked where; in the App Home there is neither channel nor response_url."""
    container = body.get("container", {})
    is_home = container.get("type") == "view"
    return Request(
        team_id=body["team"]["id"],
        channel_id=container.get("channel_id") or body.get("channel", {}).get("id", ""),
        user_id=body["user"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url", ""),
        surface=Surface.HOME if is_home else Surface.CLICK,
        thread_ts=container.get("thread_ts"),
        answers_question=bool(container.get("is_ephemeral")),
    )
