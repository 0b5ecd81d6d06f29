"""The algorithms of a project: which there are, and one of them."""

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.documents import document, element, elements, http_date
from odps_bot.sandbox.maxcompute.engine.samples import CREATED_AT
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.listing import MAX_ITEMS
from odps_bot.sandbox.maxcompute.service_errors import no_such_xflow
from odps_bot.sandbox.maxcompute.xflow import LIBRARY, algorithms_of

_OWNER = "ALIYUN$sandbox@example.com"
#: The Java SDK looks for the first name in a list, PyODPS for the second.
_NAMES_IN_LISTS = ("xflow", "odpsalgo")


async def list_xflows(context: Context, call: Call) -> Response:
    """Return the algorithms of a project, all on one page."""
    names = _algorithms(context, call)
    if call.query.get("owner", _OWNER) != _OWNER:
        names = ()
    return document(
        element(
            "xflows",
            element("Marker"),
            element("MaxItems", str(MAX_ITEMS)),
            *(elements(tag, _facts(name)) for tag in _NAMES_IN_LISTS for name in names),
        )
    )


async def xflow(context: Context, call: Call) -> Response:
    """Return one algorithm; what it does is nobody's to read."""
    wanted = call.names["xflow"]
    for name in _algorithms(context, call):
        if name.lower() == wanted.lower():
            return document(
                elements("xflow", _facts(name)),
                **{
                    "x-odps-owner": _OWNER,
                    "x-odps-creation-time": http_date(CREATED_AT),
                    "Last-Modified": http_date(CREATED_AT),
                },
            )
    raise no_such_xflow(call.names["project"], wanted)


def _algorithms(context: Context, call: Call) -> tuple[str, ...]:
    project = call.names["project"].lower()
    return algorithms_of(project if project == LIBRARY else context.project(project))


def _facts(name: str) -> list[tuple[str, str]]:
    created = http_date(CREATED_AT)
    return [
        ("Name", name),
        ("Owner", _OWNER),
        ("CreationTime", created),
        ("LastModifiedTime", created),
    ]
