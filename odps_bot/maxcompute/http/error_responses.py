"""Error responses, parsed into errors. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from odps_bot.maxcompute.error_documents import read_error_document
from odps_bot.maxcompute.errors import ApiError, MalformedResponseError, api_error
from odps_bot.maxcompute.wire import parse_http_date

#: A whole HTML page would make an error unreadable.
_MAX_SHOWN_CHARACTERS = 300

_SKEW_CODES = frozenset({"RequestTimeTooSkewd", "RequestTimeTooSkewed"})
_SKEW_ODPS_CODE = "ODPS-0410031"
_PLAUSIBLE_YEARS = range(2000, 3000)
_SERVER_TIME = re.compile(r"now_date:\s*([0-9T:.-]+)Z")

#: How a service says that it supports only version 2 of the signature, according to PyODPS.
_V4_REJECTIONS = re.compile(
    r"invalid or missing|need ak v3 support|accesskey acl denied|ODPS-0410051", re.IGNORECASE
)


def parse_error_response(
    http_status: int, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> ApiError:
    """Parse an error response, whether its body is XML, JSON, HTML or empty."""
    found = read_error_document(body)
    message = found.message or _excerpt(body) or "The response has no message."
    return api_error(
        message,
        http_status=http_status,
        code=found.code,
        request_id=headers.get("x-odps-request-id") or found.request_id,
        retry_after=_retry_after(headers.get("Retry-After"), now=now),
        location=headers.get("Location"),
    )


def is_v4_rejected(error: ApiError) -> bool:
    """Return whether the service may support only version 2 of the signature."""
    return bool(_V4_REJECTIONS.search(f"{error.code} {error.message}"))


def is_clock_skew(error: ApiError) -> bool:
    """Return whether the service rejected our clock."""
    return error.code in _SKEW_CODES or error.odps_code == _SKEW_ODPS_CODE


def server_time(error: ApiError, headers: Mapping[str, str]) -> datetime | None:
    """Return the service's time if it rejected ours and said so; None otherwise."""
    if not is_clock_skew(error):
        return None
    stated = _SERVER_TIME.search(error.message)
    try:
        if stated is None:
            instant = parse_http_date(headers.get("Date"))
        else:
            instant = datetime.fromisoformat(stated[1]).replace(tzinfo=UTC)
    except (ValueError, MalformedResponseError):
        return None
    # A nonsensical year must not reach the limits of Python's calendar.
    return instant if instant is not None and instant.year in _PLAUSIBLE_YEARS else None


def _excerpt(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else text[:_MAX_SHOWN_CHARACTERS] + "…"


def _retry_after(text: str | None, *, now: datetime) -> timedelta | None:
    """Parse seconds or a date; ignore anything else."""
    try:
        if text and (seconds := text.strip()).isdecimal():
            return timedelta(seconds=int(seconds[:10]))
        until = parse_http_date(text)
    except MalformedResponseError:
        return None
    return max(until - now, timedelta()) if until else None
