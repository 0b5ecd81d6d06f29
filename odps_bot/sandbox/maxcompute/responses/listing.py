"""Lists of a project's instances, by page."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.documents import document, element, elements, http_date, text
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter
from odps_bot.sandbox.maxcompute.view import view_of

MAX_ITEMS = 1_000
_STATUSES = {"Running", "Suspended", "Terminated"}


async def list_instances(context: Context, call: Call) -> Response:
    """Return one page, oldest first, with a marker for the next."""
    instances, marker, limit = page(
        call, context.instances.of(context.project(call.names["project"]))
    )
    return document(
        element(
            "Instances",
            element("Marker", text(marker)),
            element("MaxItems", str(limit)),
            *map(_item, instances),
        )
    )


def page(call: Call, instances: Sequence[Instance]) -> tuple[Sequence[Instance], str, int]:
    """Return the requested page, the marker of the next, and the page size."""
    limit = _max_items(call.query.get("maxitems"))
    chosen = [instance for instance in instances if _is_wanted(instance, call)]
    if marker := call.query.get("marker"):
        last = _read_marker(marker)
        chosen = [instance for instance in chosen if instance.id > last]
    chosen.sort(key=lambda instance: instance.id)
    shown = chosen[:limit]
    following = b64encode(f"{shown[-1].id}*".encode()).decode() if len(chosen) > limit else ""
    return shown, following, limit


def _is_wanted(instance: Instance, call: Call) -> bool:
    query = call.query
    if (status := query.get("status")) is not None:
        if status not in _STATUSES:
            raise invalid_parameter(f"status '{status}' is not one of {sorted(_STATUSES)}")
        if instance.status != status:
            return False
    quota = query.get("quotaIndex") or query.get("quotaindex")
    if quota and view_of(instance, call.now).moment.group.name.lower() != quota.lower():
        return False
    if query.get("onlyowner") == "yes" and instance.owner != call.caller.owner:
        return False
    if (job_name := query.get("jobname")) and instance.submission.job_name != job_name:
        return False
    return _is_in_range(instance, query.get("daterange"))


def _is_in_range(instance: Instance, date_range: str | None) -> bool:
    """Return whether an instance began in `from:to`, in epoch seconds; both can be empty."""
    if not date_range:
        return True
    start, _, end = date_range.partition(":")
    began = instance.created_at.timestamp()
    try:
        return (not start or began >= int(start)) and (not end or began <= int(end))
    except ValueError as error:
        raise invalid_parameter(f"daterange '{date_range}' is not `from:to`") from error


def _max_items(given: str | None) -> int:
    if not given:
        return MAX_ITEMS
    if not given.isdecimal() or not given.isascii():
        raise invalid_parameter(f"maxitems '{given}' is not a number")
    return min(max(int(given), 1), MAX_ITEMS)


def _read_marker(marker: str) -> str:
    try:
        return b64decode(marker, validate=True).decode().rstrip("*")
    except ValueError as error:
        raise invalid_parameter(f"marker '{marker}' is malformed") from error


def _item(instance: Instance) -> str:
    return elements(
        "Instance",
        [
            ("Name", instance.id),
            ("Owner", instance.owner),
            ("Status", instance.status),
            ("StartTime", http_date(instance.created_at)),
            *([("EndTime", http_date(instance.ended_at))] if instance.is_terminated else []),
        ],
    )
