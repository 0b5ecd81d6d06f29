"""Buttons and menus: one table of what each does.

A value is whatever somebody sent: it is parsed, and permissions are checked, with every action. The
response goes to the person who acted.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request, approve, cost, logview, reject, rerun, result, stop
from odps_bot.commands import list as list_command
from odps_bot.commands import watch as watch_command
from odps_bot.input import find_run
from odps_bot.input.request import Surface
from odps_bot.input.slack_message.pieces import object_in
from odps_bot.interactions import (
    choose_statement,
    default_project,
    notify_me,
    refresh_home,
    request_file,
    show_sql,
    silence_alert,
)
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.deliveries import delivered
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import respond
from odps_bot.messages.alerts.alert import SILENCE_ALERT
from odps_bot.messages.home.app_home import CHOOSE_NOTIFY, CHOOSE_PROJECT, REFRESH, WRITE_SQL
from odps_bot.messages.home.run_lists import TURN_PAGE
from odps_bot.messages.replies.estimates import RUN_ESTIMATED
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW, WATCH_INSTANCE
from odps_bot.messages.replies.lists import SHOW_PAGE
from odps_bot.messages.replies.sent_again import RUN_ANYWAY
from odps_bot.messages.replies.statement_choice import OPEN_CHOICE
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
from odps_bot.messages.run.questions import (
    APPROVE_RUN,
    CONFIRM_COST,
    DECLINE_COST,
    REJECT_RUN,
    read_decision_value,
)
from odps_bot.runs import Run
from odps_bot.services import Services

#: Gets the value of a button, or of the option that was chosen.
Handler = Callable[[str, Request, Services], Answer]


def on_run(handle: Callable[[Run, Request, Services], Answer]) -> Handler:
    """Return a handler of values that are the id of a run which the person may see."""

    def handle_value(value: str, request: Request, services: Services) -> Answer:
        return handle(find_run.visible_run(value, request, services), request, services)

    return handle_value


def on_shown_run(handle: Callable[[Run, str, Request, Services], Answer]) -> Handler:
    """Return a handler of values that name a run and the digest of what was shown of it."""

    def handle_value(value: str, request: Request, services: Services) -> Answer:
        run_id, digest = read_decision_value(value)
        run = find_run.visible_run(run_id, request, services)
        return handle(run, digest, request, services)

    return handle_value


@dataclass(frozen=True)
class Action:
    """What a button or menu does."""

    handle: Handler
    #: Whether the response replaces the ephemeral message with the button; None: if its block is
    #: a question.
    replaces: bool | None = True


#: By action id up to a colon; the rest distinguishes the buttons of one message.
ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        STOP_RUN: Action(on_run(stop.stop)),
        SHOW_LOGVIEW: Action(on_run(logview.logview_of), replaces=None),
        SHOW_SQL: Action(on_run(show_sql.show_sql), replaces=False),
        SHOW_RESULT: Action(on_run(result.result_of), replaces=None),
        SEND_CSV: Action(on_run(request_file.send_csv), replaces=None),
        SEND_CHART: Action(on_run(request_file.send_chart), replaces=None),
        NOTIFY_ME: Action(on_run(notify_me.notify_me), replaces=None),
        RUN_AGAIN: Action(on_run(rerun.rerun), replaces=None),
        CONFIRM_RUN_AGAIN: Action(on_run(rerun.confirm)),
        RUN_ANYWAY: Action(rerun.run_anyway),
        LEAVE_IT: Action(on_run(rerun.leave_it)),
        CONFIRM_COST: Action(on_shown_run(approve.approve)),
        DECLINE_COST: Action(on_shown_run(reject.decline)),
        APPROVE_RUN: Action(on_shown_run(approve.approve)),
        REJECT_RUN: Action(on_shown_run(reject.ask_why)),
        RUN_ESTIMATED: Action(cost.run_estimated),
        OPEN_CHOICE: Action(choose_statement.open_choice, replaces=False),
        SHOW_PAGE: Action(list_command.show_page),
        SHOW_INSTANCE_LOGVIEW: Action(logview.logview_of_instance, replaces=False),
        WATCH_INSTANCE: Action(watch_command.watch_instance),
        SILENCE_ALERT: Action(silence_alert.silence_alert),
        WRITE_SQL: Action(lambda _value, request, services: run_modal_view(request, services)),
        REFRESH: Action(lambda _value, _request, _services: None),
        CHOOSE_PROJECT: Action(default_project.choose_project),
        CHOOSE_NOTIFY: Action(default_project.choose_notify),
        TURN_PAGE: Action(refresh_home.turn_page),
    }
)

_KNOWN = re.compile(rf"\A(?P<name>{'|'.join(ACTIONS)})(?::.*)?\Z")


def register(app: App, services: Services) -> None:
    """Register the listener to all actions."""

    @app.action(_KNOWN)
    def handle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = action_request(body, context)
        with delivered(click_id(body, request), services) as delivery:
            if not delivery.is_repeated:
                handle_first(body, request)
            ack()

    def handle_first(body: dict[str, Any], request: Request) -> None:
        element = body["actions"][0]
        name = element["action_id"].partition(":")[0]
        chosen = element.get("selected_option")
        answer = run_guarded(
            lambda: ACTIONS[name].handle((chosen or element)["value"], request, services),
            request,
            services,
            interaction=Interaction(
                what=name,
                typed=str(chosen["value"]) if chosen else "",
                about=str(element.get("value", "")),
            ),
        )
        # The acknowledgement of an action shows nothing, so the answer goes by the outbox.
        respond(answer, request, services)
        refresh_home.refresh_home(request, services)


def click_id(body: Mapping[str, Any], request: Request) -> str:
    """Return what repeated deliveries of one click have in common, fit for keys.

    Slack dates each click to the microsecond.
    """
    action = body["actions"][0]
    at = action.get("action_ts")
    if not at:
        return request.interaction_id
    container = object_in(body, "container")
    where = container.get("message_ts") or container.get("view_id")
    click = f"{request.team_id}:{request.user_id}:{where}:{action['action_id']}:{at}"
    return hashlib.sha256(click.encode(errors="replace")).hexdigest()[:24]


def action_request(body: dict[str, Any], context: BoltContext) -> Request:
    """Return who acted where; in the App Home there is neither channel nor response_url."""
    container = object_in(body, "container")
    thread_ts = container.get("thread_ts")
    actor = actor_of(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id=container.get("channel_id") or object_in(body, "channel").get("id") or "",
        user_id=body["user"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url") or "",
        surface=Surface.HOME if container.get("type") == "view" else Surface.ACTION,
        # A message that begins a thread is in the channel.
        thread_ts=thread_ts if thread_ts != container.get("message_ts") else None,
        answers_question=bool(container.get("is_ephemeral")) and _replaces(body["actions"][0]),
        is_external=actor.is_external,
        is_membership_unknown=actor.is_membership_unknown,
    )


def _replaces(element: Mapping[str, Any]) -> bool:
    replaces = ACTIONS[element["action_id"].partition(":")[0]].replaces
    is_question = str(element.get("block_id", "")).startswith(QUESTION)
    return is_question if replaces is None else replaces
