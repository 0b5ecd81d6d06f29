"""The tables of a project."""

import re

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.documents import document, element, text
from odps_bot.sandbox.maxcompute.engine.catalog import Table
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter

#: Of a page.
_MAX_TABLES = 1_000
_NUMBER = re.compile(r"[1-9]\d{0,8}")


async def tables(context: Context, call: Call) -> Response:
    """Return a page of the tables of a project by name; the marker is the last name of a page."""
    query = call.query
    given = query.get("maxitems") or str(_MAX_TABLES)
    if not _NUMBER.fullmatch(given):
        raise invalid_parameter(f"maxitems '{given}' is no number of tables")
    size = min(int(given), _MAX_TABLES)
    listed = [
        table
        for table in context.engine.tables(context.project(call.names["project"]))
        if table.name > query.get("marker", "")
        and table.name.startswith(query.get("name", "").lower())
        and query.get("owner", table.owner) == table.owner
        and query.get("type", table_type(table)).upper() == table_type(table)
    ]
    page = listed[:size]
    root = element(
        "Tables",
        element("Marker", text(page[-1].name) if len(listed) > size else ""),
        element("MaxItems", text(size)),
        *(_table(table) for table in page),
    )
    return document(root)


def table_type(table: Table) -> str:
    """Return the kind of a table in the service's words."""
    return "VIRTUAL_VIEW" if table.is_view else "MANAGED_TABLE"


def _table(table: Table) -> str:
    facts = (
        ("Name", table.name),
        ("Owner", table.owner),
        ("Type", table_type(table)),
        ("Comment", table.comment),
    )
    return element("Table", *(element(name, text(fact)) for name, fact in facts))
