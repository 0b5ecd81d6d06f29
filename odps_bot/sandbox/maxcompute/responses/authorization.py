"""Queries about permissions, which have no instances."""

import json
import secrets
from dataclasses import replace

from odps_bot.sandbox.maxcompute.access import owner_of
from odps_bot.sandbox.maxcompute.accounts import account_number
from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.documents import document, element, text
from odps_bot.sandbox.maxcompute.permission_queries import carry_out
from odps_bot.sandbox.maxcompute.permissions import Permissions
from odps_bot.sandbox.maxcompute.responses.context import Context, SlowQuery
from odps_bot.sandbox.maxcompute.service_errors import malformed_body, no_such_object
from odps_bot.sandbox.maxcompute.submission import read_xml

#: So often a query that takes long is still running when it is asked about.
_TIMES_RUNNING = 1


async def run(context: Context, call: Call) -> Response:
    """Carry out a query about permissions; what takes long is asked about later, by its id."""
    project = context.project(call.names["project"])
    root = read_xml(call.body)
    query = " ".join((root.findtext("Query") or "").split()).rstrip("; ")
    if root.tag != "Authorization" or not query:
        raise malformed_body("an Authorization with a Query is expected")
    is_json = (root.findtext("ResponseInJsonFormat") or "").strip().lower() == "true"
    _check_settings(root.findtext("Settings"))
    if query.lower() == "whoami":
        # As JSON in any case: odpscmd asks for text, and reads JSON.
        return _answer(
            json.dumps({"DisplayName": call.caller.owner, "ID": account_number(call.caller.owner)})
        )
    answer = carry_out(query, _permissions(context, project), caller=call.caller.owner)
    lines = "\n".join(answer.lines)
    result = json.dumps({"Result": list(answer.lines)}) if is_json else lines
    if not answer.is_slow:
        return _answer(result)
    query_id = secrets.token_hex(12)
    context.slow_queries[project, query_id] = SlowQuery(result=result, asked=0)
    return replace(_answer(query_id), http_status=201)


async def status(context: Context, call: Call) -> Response:
    """Return how a query that takes long is doing."""
    project, query_id = context.project(call.names["project"]), call.names["query_id"]
    query = context.slow_queries.get((project, query_id))
    if query is None:
        raise no_such_object(f"authorization query '{query_id}'")
    context.slow_queries[project, query_id] = replace(query, asked=query.asked + 1)
    word = "Running" if query.asked < _TIMES_RUNNING else "Terminated"
    result = query.result if word == "Terminated" else ""
    return document(
        element("AuthorizationQuery", element("Result", text(result)), element("Status", word))
    )


def _answer(result: str) -> Response:
    return document(element("Authorization", element("Result", text(result))))


def _permissions(context: Context, project: str) -> Permissions:
    if project not in context.permissions:
        owners = [owner_of(key_id) for key_id in context.access.key_ids]
        context.permissions[project] = Permissions(project, users=owners)
    return context.permissions[project]


def _check_settings(typed: str | None) -> None:
    if not typed:
        return
    try:
        settings = json.loads(typed)
    except (ValueError, RecursionError) as error:
        raise malformed_body(f"Settings are not JSON: {error}") from error
    if not isinstance(settings, dict):
        raise malformed_body("Settings must be a JSON object")
