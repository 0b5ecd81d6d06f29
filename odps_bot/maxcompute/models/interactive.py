"""What the service says of interactive quotas. Pure.

PyODPS: `odps/models/session/v2.py`, `odps/models/quota.py`; the Java SDK: `Quota`.
"""

from odps_bot.maxcompute import wire
from odps_bot.maxcompute.errors import MalformedResponseError

#: The type of an interactive quota; one of MCQA 1.5, which has it too, says so by a tag.
_INTERACTIVE_TYPE = "FUXI_VW"
_FORMER_VERSION = "mcqaVersion"


def parse_connection(body: bytes) -> str | None:
    """Parse the response to `/connection/mcqa`; None: the quota isn't interactive.

    Raises MalformedResponseError.
    """
    found = wire.parse_json_object(body)
    quota_type = found.get("quotaType")
    if isinstance(quota_type, str) and quota_type.upper() not in {"", _INTERACTIVE_TYPE}:
        return None
    connection = found.get("connInfo")
    if not isinstance(connection, str) or not wire.is_sendable(connection):
        raise MalformedResponseError("The response names no connection.")
    return connection


def parse_is_interactive(body: bytes) -> bool:
    """Parse the response to `/quotas/NAME`. Raises MalformedResponseError."""
    root = wire.parse_xml(body)
    tags = {entry.get("key", "") for entry in root.iterfind("UserDefinedTag/entry")}
    quota_type = wire.text_at(root, "ResourceSystemType") or ""
    return quota_type.upper() == _INTERACTIVE_TYPE and _FORMER_VERSION not in tags
