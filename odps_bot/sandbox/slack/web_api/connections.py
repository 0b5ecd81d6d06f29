"""apps.connections.open and blocks.validate."""

from collections.abc import Mapping
from typing import Any

from odps_bot.sandbox.slack.app import APP_ID
from odps_bot.sandbox.slack.block_kit import Problem, check_blocks, check_view
from odps_bot.sandbox.slack.errors import SlackError, invalid
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.workspace import Workspace


def open_connection(workspace: Workspace, _arguments: Arguments) -> Mapping[str, Any]:
    """apps.connections.open: the URL of a WebSocket for one connection."""
    address = workspace.base_url.replace("http://", "ws://", 1)
    ticket = workspace.socket_tickets.issue()
    return {"ok": True, "url": f"{address}/link/?ticket={ticket}&app_id={APP_ID}"}


def validate_blocks(_workspace: Workspace, arguments: Arguments) -> Mapping[str, Any]:
    """blocks.validate: check blocks, a message or a view without sending them."""
    blocks = arguments.structure("blocks", list, error="invalid_arguments")
    message = arguments.structure("message", dict, error="invalid_arguments")
    view = arguments.structure("view", dict, error="invalid_arguments")
    if blocks is not None:
        code, problems = "invalid_blocks", check_blocks(blocks, surface="message")
    elif message is not None:
        content = message.get("blocks", [])
        code, problems = "invalid_message", check_blocks(content, surface="message")
    elif view is not None:
        code, problems = "invalid_view", check_view(view)
    else:
        raise invalid("invalid_arguments", ["one of blocks, message and view is required"])
    if problems:
        raise SlackError(code, errors=[_describe(problem) for problem in problems])
    return {"ok": True}


def _describe(problem: Problem) -> dict[str, Any]:
    code = problem.message.partition(":")[0].replace("`", "").replace(" ", "_")
    return {"code": code, "message": problem.message, "pointer": problem.pointer}
