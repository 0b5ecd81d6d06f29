"""Buttons: authorised when they are clicked; the answer goes to the person who clicked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request, logview, rerun, result, stop
from odps_bot.errors import CommandError, DeniedError
from odps_bot.interactions import notify_me, request_file, show_sql
from odps_bot.listeners.click_request import click_request
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.events.app_home import show_again
from odps_bot.listeners.respond import give
from odps_bot.messages.run.buttons import (
    CONFIRM_RUN_AGAIN,
    LEAVE_IT,
    NOTIFY_ME,
    QUESTION,
    RUN_AGAIN,
    SEND_CHART,
    SEND_CSV,
    SHOW_LOGVIEW,
    SHOW_RESULT,
    SHOW_SQL,
    STOP_RUN,
)
from odps_bot.runs import Run
from odps_bot.services import Services

Click = Callable[[Run, Request, Services], Answer]

#: What each button does; its value is the id of its run.
CLICKS: Mapping[str, Click] = MappingProxyType(
    {
        STOP_RUN: stop.stop,
        SHOW_LOGVIEW: logview.logview_of,
        SHOW_SQL: show_sql.show_sql,
        SHOW_RESULT: result.result_of,
        SEND_CSV: request_file.send_csv,
        SEND_CHART: request_file.send_chart,
        NOTIFY_ME: notify_me.notify_me,
        RUN_AGAIN: rerun.rerun,
        CONFIRM_RUN_AGAIN: rerun.confirm,
        LEAVE_IT: rerun.leave_it,
    }
)

#: Their answer takes the place of the private message that they stand in, question or not.
SETTLING = frozenset({STOP_RUN, CONFIRM_RUN_AGAIN, LEAVE_IT})


def register(app: App, services: Services) -> None:
    """Let `app` hear the buttons of cards and offers."""
    for action_id, click in CLICKS.items():
        app.action(action_id)(_listener(action_id, click, services))


def _listener(action_id: str, click: Click, services: Services) -> Callable[..., None]:
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        # The ack of a click shows nothing, so the answer takes the way of the outbox.
        request = _request(body, context)
        answer = run_guarded(
            lambda: _answer(click, request, body, services),
            request,
            services,
            asked=Interaction(what=action_id, about=str(body["actions"][0].get("value", ""))),
        )
        ack()
        give(answer, request, services)
        show_again(request, services)

    return hear


def _request(body: dict[str, Any], context: BoltContext) -> Request:
    """Return who clicked; beside a question stand buttons that do not settle it, such as SQL."""
    request = click_request(body, context)
    action = body["actions"][0]
    settles = action["action_id"] in SETTLING or (
        str(action.get("block_id", "")).startswith(QUESTION) and action["action_id"] != SHOW_SQL
    )
    container = body.get("container", {})
    is_in_thread = request.thread_ts != container.get("message_ts")
    return replace(
        request,
        # A card that begins a thread stands in the channel.
        thread_ts=request.thread_ts if is_in_thread else None,
        answers_question=request.answers_question and settles,
    )


def _answer(click: Click, request: Request, body: dict[str, Any], services: Services) -> Answer:
    run = services.stores.runs.get(body["actions"][0]["value"])
    if run is None or run.team_id != request.team_id:
        raise CommandError("I no longer have a record of this run. Nothing was changed.")
    if not request.sees(run):
        raise DeniedError(
            "This run belongs to another channel. Nothing was changed.",
            detail="its card is in another channel",
            project=run.project,
        )
    return click(run, request, services)
