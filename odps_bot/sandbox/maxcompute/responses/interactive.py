"""Interactive quotas (MaxQA): their connections, and what they take.

The requests are those of PyODPS (`odps/models/session/v2.py`) and of the Java SDK
(`sqa/v2/SQLExecutorImpl`, `Quota`). Which codes refusals have is not documented: those of MCQA 1
are taken, from `SQLExecutorConstants` of the Java SDK.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import document, element, text
from odps_bot.sandbox.maxcompute.instances import DEFAULT_QUOTA
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import (
    ServiceError,
    invalid_parameter,
    no_such_instance,
    no_such_object,
)
from odps_bot.sandbox.maxcompute.submission import Submission
from odps_bot.sandbox.maxcompute.timing import INTERACTIVE

CONNECTION_HEADER = "x-odps-mcqa-conn"
COOKIE_HEADER = "x-odps-mcqa-query-cookie"
_FALLBACK_HEADER = "x-odps-fallback-infos"
#: What the Java SDK asks below `/mcqa` alone, while an instance runs.
_OF_RUNNING = frozenset({"status", "instancestatus", "stop"})


@dataclass(frozen=True)
class Way:
    """How a submission is carried out."""

    is_interactive: bool
    headers: Mapping[str, str] = field(default_factory=dict)


ORDINARY = Way(is_interactive=False)


async def connection(context: Context, call: Call) -> Response:
    """Return the connection to an interactive quota: the project's, unless one is named."""
    context.project(call.query.get("project", ""))
    name = call.query.get("quota") or next(iter(context.interactive_quotas), "")
    if name not in context.interactive_quotas:
        raise no_such_object(f"interactive quota '{name}'")
    info = {"connInfo": _connection_to(name), "quotaNickName": name, "quotaType": "FUXI_VW"}
    return text_response(json.dumps(info), content_type="application/json")


async def quota_group(context: Context, call: Call) -> Response:
    """Return a quota; the header of an interactive one names the connection to it."""
    name = call.names["quota"]
    is_interactive = name in context.interactive_quotas
    if not is_interactive and name != DEFAULT_QUOTA:
        raise no_such_object(f"quota '{name}'")
    values = {
        "Name": name,
        "Nickname": name,
        "IsEnabled": "true",
        "ResourceSystemType": "FUXI_VW" if is_interactive else "FUXI_OFFLINE",
        "Status": "ON",
        "Region": context.region,
        "TenantId": "1",
    }
    root = element("Quota", *(element(tag, text(value)) for tag, value in values.items()))
    return document(root, **({CONNECTION_HEADER: _connection_to(name)} if is_interactive else {}))


def check_way(context: Context, call: Call, operation: str) -> None:
    """Raise `ServiceError` for a request about an instance that took the wrong way.

    An interactive instance that runs is not known beside `/mcqa`, where nothing is listed.
    """
    if call.is_interactive:
        _check_connection(context, call)
        if operation == "list":
            raise no_such_object("resource below /mcqa")
    elif operation in _OF_RUNNING:
        instance = context.instance(call.names["project"], call.names["instance_id"])
        if instance.is_interactive and not instance.is_terminated:
            raise no_such_instance(instance.id)


def admission(call: Call, submission: Submission) -> Way:
    """Return how a submission below `/mcqa` is carried out; raises `ServiceError`."""
    if not call.headers.get(CONNECTION_HEADER):
        raise invalid_parameter(f"the header {CONNECTION_HEADER} is missing")
    allows_fallback = _allows_fallback(call)
    refusal = _refusal(submission)
    if refusal is None:
        return Way(is_interactive=True, headers={COOKIE_HEADER: secrets.token_hex(8)})
    if allows_fallback:
        return ORDINARY
    raise refusal


def _refusal(submission: Submission) -> ServiceError | None:
    """Return why an interactive quota does not take it: it takes queries, DML and DDL only.

    https://www.alibabacloud.com/help/en/maxcompute/user-guide/query-acceleration-maxqa-operation-guide
    """
    planned = _planned(submission)
    is_sql = all(task.kind == "SQL" for task in submission.tasks)
    if submission.xflow is not None or not is_sql or planned == "unsupported":
        return _not_here("ODPS-1850001", "Unsupported feature - not a query, DML or DDL statement")
    if planned == "full":
        return _not_here("ODPS-1830001", "Resource not enough - the interactive quota is full")
    if planned == "upgrading":
        return _not_here("ODPS-1840001", "Session unavailable - the service is being upgraded")
    return no_such_object("interactive quota") if planned == "absent" else None


def _planned(submission: Submission) -> str:
    return submission.task.settings.get(INTERACTIVE, "").strip().lower()


def _not_here(code: str, message: str) -> ServiceError:
    return ServiceError(400, code, f"{code}: {message}.")


def _allows_fallback(call: Call) -> bool:
    given = call.headers.get(_FALLBACK_HEADER)
    if given is None:
        return False
    try:
        infos = json.loads(given)
    except (ValueError, RecursionError):
        infos = None
    if not isinstance(infos, dict) or not infos.keys() <= {"Fallback", "FallbackQuota"}:
        raise invalid_parameter(f"the header {_FALLBACK_HEADER} is malformed")
    return infos.get("Fallback") == "true"


def _check_connection(context: Context, call: Call) -> None:
    given = call.headers.get(CONNECTION_HEADER, "")
    if given and given not in map(_connection_to, context.interactive_quotas):
        raise invalid_parameter(f"the header {CONNECTION_HEADER} names no connection")


def _connection_to(quota: str) -> str:
    return "sandbox-" + hashlib.sha256(quota.encode()).hexdigest()[:16]
