"""The documents of tunnel sessions."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import http_date
from odps_bot.sandbox.maxcompute.engine.catalog import Column

#: Of open sessions of a kind; the oldest is closed for a new one.
MAX_SESSIONS = 200


def session_document(
    call: Call,
    *,
    opened_at: datetime,
    owner: str,
    columns: Iterable[Column],
    partition_columns: Iterable[Column] = (),
    content: Mapping[str, object],
) -> Response:
    """Return a session, with what its kind has besides."""
    document = {
        "Initiated": http_date(opened_at),
        "Owner": owner,
        "Schema": {
            "IsVirtualView": False,
            "columns": [_column(column) for column in columns],
            "partitionKeys": [_column(column) for column in partition_columns],
        },
        "QuotaName": call.query.get("quotaName", ""),
        **content,
    }
    return text_response(json.dumps(document), content_type="application/json")


def _column(column: Column) -> dict[str, object]:
    return {"name": column.name, "type": str(column.type), "nullable": True, "comment": ""}
