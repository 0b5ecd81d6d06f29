"""views.*: modals and home tabs (https://docs.slack.dev/surfaces/modals)."""

import json
from collections.abc import Mapping
from typing import Any

from odps_bot.sandbox.slack.block_kit import Problem, check_view, fill_in_ids
from odps_bot.sandbox.slack.errors import SlackError, invalid
from odps_bot.sandbox.slack.input_values import read_input
from odps_bot.sandbox.slack.triggers import Trigger
from odps_bot.sandbox.slack.view_state import StateValues, stateful_elements
from odps_bot.sandbox.slack.views import View
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.workspace import Workspace

MAX_VIEW_BYTES = 250_000


def open_(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """views.open: open a modal after an interaction."""
    view = read_view(workspace, arguments, kind="modal")
    trigger = workspace.triggers.exchange(arguments.required("trigger_id"))
    opened = workspace.views.open(trigger.user_id, _shown_to(workspace, view, trigger))
    publish_view_event(workspace, "view_opened", opened, trigger.user_id)
    return {"ok": True, "view": opened}


def push(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """views.push: push a modal onto the open one."""
    view = read_view(workspace, arguments, kind="modal")
    trigger = workspace.triggers.exchange(arguments.required("trigger_id"))
    pushed = workspace.views.push(trigger.user_id, _shown_to(workspace, view, trigger))
    publish_view_event(workspace, "view_opened", pushed, trigger.user_id)
    return {"ok": True, "view": pushed}


def update(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """views.update: replace the content of an open modal."""
    if external_id := arguments.text("external_id"):
        current = workspace.views.find_external(external_id)
    else:
        current = workspace.views.find_open(arguments.required("view_id"))
    view = read_view(workspace, arguments, kind="modal")
    expected_hash = arguments.text("hash") or None
    updated = workspace.views.update(current, view, expected_hash=expected_hash)
    publish_view_event(workspace, "view_updated", updated, workspace.views.owner(updated["id"]))
    return {"ok": True, "view": updated}


def publish(workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """views.publish: set a person's home tab."""
    if not workspace.app.has_home_tab:
        raise SlackError("not_enabled")
    user_id = arguments.required("user_id")
    if user_id not in workspace.people or workspace.people[user_id].is_bot:
        raise SlackError("user_not_found")
    view = read_view(workspace, arguments, kind="home")
    expected_hash = arguments.text("hash") or None
    published = workspace.views.publish(user_id, view, expected_hash=expected_hash)
    publish_view_event(workspace, "home_published", published, user_id)
    return {"ok": True, "view": published}


def read_view(workspace: Workspace, arguments: Arguments, *, kind: str) -> View:
    """Return the view in a call, with ids filled in.

    Raises SlackError: `invalid_arguments` with what is wrong, `view_too_large`.
    """
    view: View | None = arguments.structure("view", dict, error="invalid_arguments")
    if view is None:
        raise invalid("invalid_arguments", ["missing required field: view"])
    if len(json.dumps(view).encode()) > MAX_VIEW_BYTES:
        raise SlackError("view_too_large")
    problems = check_view(view)
    if not problems and view["type"] != kind:
        problems = [Problem(f"unsupported type: {view['type']}", "/view/type")]
    if problems:
        raise invalid("invalid_arguments", problems)
    team_id = workspace.team.id
    blocks = fill_in_ids(view["blocks"])
    return view | {"team_id": team_id, "app_installed_team_id": team_id, "blocks": blocks}


def _shown_to(workspace: Workspace, view: View, trigger: Trigger) -> View:
    """Return a view with the person's workspace and `default_to_current_conversation` applied."""
    values: StateValues = {}
    for block, element in stateful_elements(view["blocks"]):
        if element.get("default_to_current_conversation") and trigger.channel_id:
            is_many = element["type"].startswith("multi_")
            entry = read_input(element, [trigger.channel_id] if is_many else trigger.channel_id)
            entries = values.setdefault(block["block_id"], {})
            entries[element["action_id"]] = {"type": element["type"], **entry}
    team_id = workspace.people[trigger.user_id].team.id
    return view | {"state": {"values": values}, "team_id": team_id}


def publish_view_event(workspace: Workspace, kind: str, view: View, user_id: str) -> None:
    """Publish a change of a view to the person who sees it."""
    with workspace.changing():
        workspace.event_stream.publish({"type": kind, "view": view}, audience={user_id})
