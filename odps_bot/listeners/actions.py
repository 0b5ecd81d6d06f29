"""Buttons and menus: one table of what each does.

A value is whatever somebody sent: it is parsed, and permissions are checked, with every action. The
response goes to the person who acted.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import (
    COMMANDS,
    Answer,
    Request,
    approve,
    board,
    cost,
    history,
    logview,
    reject,
    rerun,
    result,
    stop,
    why,
)
from odps_bot.commands import list as list_command
from odps_bot.commands import watch as watch_command
from odps_bot.input import find_run
from odps_bot.input.request import Surface
from odps_bot.input.slack_message.pieces import object_in
from odps_bot.interactions import (
    approver_preferences,
    choose_statement,
    default_project,
    edit_run,
    notify_me,
    refresh_home,
    refresh_run,
    request_file,
    run_otherwise,
    send_statement,
    show_sql,
    silence_alert,
    standing_approvals,
    stop_runs,
    worker_log,
)
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.deliveries import delivered
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import respond
from odps_bot.messages.alerts.alert import SILENCE_ALERT
from odps_bot.messages.board import END_BOARD, MOVE_BOARD
from odps_bot.messages.home.app_home import (
    CHOOSE_APPROVALS,
    CHOOSE_NOTIFY,
    CHOOSE_PROJECT,
    REFRESH,
    WRITE_SQL,
)
from odps_bot.messages.home.run_lists import TURN_PAGE
from odps_bot.messages.modals.modal_place import read_modal_place
from odps_bot.messages.replies.bulk_stop import LEAVE_RUNS, PREVIEW_STOP, STOP_RUNS
from odps_bot.messages.replies.estimates import RUN_ESTIMATED
from odps_bot.messages.replies.help import MY_RUNS, OPEN_HOME, RUN_SQL, SHOW_HELP
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW, WATCH_INSTANCE
from odps_bot.messages.replies.lists import SHOW_PAGE
from odps_bot.messages.replies.other_versions import unknown_button
from odps_bot.messages.replies.row_actions import (
    FOLLOW,
    INSTANCE_MENU,
    ROW,
    WHY,
    read_menu_value,
)
from odps_bot.messages.replies.sent_again import RUN_ANYWAY
from odps_bot.messages.replies.standing_approvals import REVOKE_APPROVAL
from odps_bot.messages.replies.statement_choice import OPEN_CHOICE
from odps_bot.messages.replies.why import REFRESH_WHY
from odps_bot.messages.run.buttons import (
    CONFIRM_RUN_AGAIN,
    EDIT_RUN,
    LEAVE_IT,
    NOTIFY_ME,
    QUESTION,
    REFRESH_RUN,
    RUN_AGAIN,
    SEND_CHART,
    SEND_CSV,
    SEND_STATEMENT,
    SHOW_HISTORY,
    SHOW_LOGVIEW,
    SHOW_RESULT,
    SHOW_SQL,
    SHOW_WHY,
    STOP_RUN,
)
from odps_bot.messages.run.destruction import CONFIRM_DESTRUCTION, DECLINE_DESTRUCTION
from odps_bot.messages.run.finding_buttons import RUN_WITH_HINT, RUN_WITH_QUOTA, WORKER_LOG
from odps_bot.messages.run.questions import (
    APPROVE_FOR,
    APPROVE_RUN,
    CONFIRM_COST,
    DECLINE_COST,
    REJECT_RUN,
    read_decision_value,
)
from odps_bot.runs import Run
from odps_bot.services import Services

log = logging.getLogger(__name__)

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
        run = find_run.decidable_run(run_id, request, services)
        return handle(run, digest, request, services)

    return handle_value


def act_on_instance(value: str, request: Request, services: Services) -> Answer:
    """Do what was chosen in the menu beside an instance of no run."""
    what, instance = read_menu_value(value)
    act = {FOLLOW: watch_command.watch_instance, WHY: why.why_of_value}.get(what)
    return (act or logview.logview_of_instance)(instance, request, services)


def show_decidable_sql(value: str, request: Request, services: Services) -> Answer:
    """Show the statement of a run that the person may see here, or is asked to approve."""
    return show_sql.show_sql(find_run.decidable_run(value, request, services), request, services)


def on_command(name: str) -> Handler:
    """Return a handler that does what the command does with nothing behind it."""

    def handle_value(_value: str, request: Request, services: Services) -> Answer:
        return COMMANDS[name].answer(request, services)

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
        PREVIEW_STOP: Action(stop_runs.preview),
        STOP_RUNS: Action(stop_runs.confirm),
        LEAVE_RUNS: Action(stop_runs.leave),
        SHOW_LOGVIEW: Action(on_run(logview.logview_of), replaces=None),
        SHOW_WHY: Action(why.why_of_value, replaces=None),
        REFRESH_WHY: Action(why.why_of_value),
        SHOW_SQL: Action(show_decidable_sql, replaces=False),
        SHOW_HISTORY: Action(on_run(history.history_of), replaces=None),
        SHOW_RESULT: Action(on_run(result.result_of), replaces=None),
        SEND_CSV: Action(on_run(request_file.send_csv), replaces=None),
        SEND_CHART: Action(on_run(request_file.send_chart), replaces=None),
        NOTIFY_ME: Action(on_run(notify_me.notify_me), replaces=None),
        REFRESH_RUN: Action(on_run(refresh_run.refresh_run)),
        RUN_AGAIN: Action(on_run(rerun.rerun), replaces=None),
        CONFIRM_RUN_AGAIN: Action(on_run(rerun.confirm)),
        EDIT_RUN: Action(on_run(edit_run.edit_run), replaces=False),
        WORKER_LOG: Action(worker_log.show_worker_log, replaces=False),
        RUN_WITH_HINT: Action(on_run(run_otherwise.run_with_hint), replaces=False),
        RUN_WITH_QUOTA: Action(on_run(run_otherwise.run_with_quota), replaces=False),
        SEND_STATEMENT: Action(on_run(send_statement.send_statement), replaces=False),
        RUN_ANYWAY: Action(rerun.run_anyway),
        LEAVE_IT: Action(on_run(rerun.leave_it)),
        CONFIRM_COST: Action(on_shown_run(approve.approve)),
        DECLINE_COST: Action(on_shown_run(reject.decline)),
        CONFIRM_DESTRUCTION: Action(on_shown_run(approve.approve)),
        DECLINE_DESTRUCTION: Action(on_shown_run(reject.decline)),
        APPROVE_RUN: Action(on_shown_run(approve.approve)),
        APPROVE_FOR: Action(on_shown_run(standing_approvals.approve_for)),
        REVOKE_APPROVAL: Action(standing_approvals.revoke),
        REJECT_RUN: Action(on_shown_run(reject.ask_why)),
        RUN_ESTIMATED: Action(cost.run_estimated),
        OPEN_CHOICE: Action(choose_statement.open_choice, replaces=False),
        SHOW_PAGE: Action(list_command.show_page),
        MOVE_BOARD: Action(board.move_board),
        END_BOARD: Action(board.end_board),
        SHOW_INSTANCE_LOGVIEW: Action(logview.logview_of_instance, replaces=False),
        WATCH_INSTANCE: Action(watch_command.watch_instance),
        INSTANCE_MENU: Action(act_on_instance),
        SILENCE_ALERT: Action(silence_alert.silence_alert),
        RUN_SQL: Action(
            lambda _value, request, services: run_modal_view(request, services), replaces=False
        ),
        MY_RUNS: Action(on_command("status"), replaces=False),
        OPEN_HOME: Action(lambda _value, _request, _services: None, replaces=False),
        SHOW_HELP: Action(on_command("help"), replaces=False),
        WRITE_SQL: Action(lambda _value, request, services: run_modal_view(request, services)),
        REFRESH: Action(lambda _value, _request, _services: None),
        CHOOSE_PROJECT: Action(default_project.choose_project),
        CHOOSE_NOTIFY: Action(default_project.choose_notify),
        CHOOSE_APPROVALS: Action(approver_preferences.choose_approvals),
        TURN_PAGE: Action(refresh_home.turn_page),
    }
)

_KNOWN = re.compile(rf"\A(?P<name>{'|'.join(ACTIONS)})(?::.*)?\Z")
_ANY = re.compile("")


def register(app: App, services: Services) -> None:
    """Register the listener to all actions, and one to those of another version of the app."""

    @app.action(_KNOWN)
    def handle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = action_request(body, context)
        with delivered(click_id(body, request), services) as delivery:
            if not delivery.is_repeated:
                handle_first(body, request)
            ack()

    @app.block_action(_ANY)
    def handle_unknown(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = action_request(body, context)
        element = body["actions"][0]
        log.warning("no listener for action %.80r: another version offers it", element["action_id"])
        services.metrics.ignored("block_actions", "no_listener")
        with delivered(click_id(body, request), services) as delivery:
            # The link of a button has opened all the same.
            if not delivery.is_repeated and "url" not in element:
                respond(unknown_button(), request, services)
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
    """Return who acted where; in a view there is no response_url, and a modal says its channel."""
    container = object_in(body, "container")
    view = object_in(body, "view")
    is_view = container.get("type") == "view"
    is_modal = is_view and view.get("type") == "modal"
    place = read_modal_place(str(view.get("private_metadata") or "") if is_modal else "")
    thread_ts = container.get("thread_ts") or place.thread_ts or None
    is_ephemeral = bool(container.get("is_ephemeral"))
    actor = actor_of(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id=container.get("channel_id")
        or object_in(body, "channel").get("id")
        or place.channel_id,
        user_id=body["user"]["id"],
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url") or "",
        surface=Surface.HOME if is_view and not is_modal else Surface.ACTION,
        is_in_modal=is_modal,
        # A message that begins a thread is in the channel.
        thread_ts=thread_ts if thread_ts != container.get("message_ts") else None,
        answers_question=is_ephemeral and _replaces(body["actions"][0]),
        is_ephemeral=is_ephemeral,
        is_external=actor.is_external,
        is_membership_unknown=actor.is_membership_unknown,
        app_id=str(body.get("api_app_id") or ""),
    )


def _replaces(element: Mapping[str, Any]) -> bool:
    action = ACTIONS.get(element["action_id"].partition(":")[0])
    block_id = str(element.get("block_id", ""))
    # The list stays, for what else is to be done with what it shows.
    if action is None or block_id.startswith(ROW):
        return False
    return block_id.startswith(QUESTION) if action.replaces is None else action.replaces
