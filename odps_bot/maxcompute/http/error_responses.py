"""Answers that say no, read into errors. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from odps_bot.maxcompute.errors import ApiError, MalformedResponseError, api_error
from odps_bot.maxcompute.wire import parse_http_date, parse_json_object, parse_xml

#: A page of HTML in an error would flood whoever reads it.
_SHOWN_CHARACTERS = 300

_SKEW_CODES = frozenset({"RequestTimeTooSkewd", "RequestTimeTooSkewed"})
_SKEW_ODPS_CODE = "ODPS-0410031"
_SOUND_YEARS = range(2000, 3000)
_SERVER_TIME = re.compile(r"now_date:\s*([0-9T:.-]+)Z")

#: How a service says that it knows only version 2 of the signature, as PyODPS reads it.
_V4_REJECTIONS = re.compile(
    r"invalid or missing|need ak v3 support|accesskey acl denied|ODPS-0410051", re.IGNORECASE
)


def parse_error_response(
    http_status: int, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> ApiError:
    """Read an answer that says no, whether its body is XML, JSON, HTML or nothing."""
    fields = _error_fields(body)
    message = fields.get("Message") or _excerpt(body) or "The answer says no more."
    return api_error(
        message,
        http_status=http_status,
        code=fields.get("Code"),
        request_id=headers.get("x-odps-request-id") or fields.get("RequestId"),
        retry_after=_retry_after(headers.get("Retry-After"), now=now),
        location=headers.get("Location"),
    )


def is_v4_rejected(error: ApiError) -> bool:
    """Return whether the service may know only version 2 of the signature."""
    return bool(_V4_REJECTIONS.search(f"{error.code} {error.message}"))


def is_clock_skew(error: ApiError) -> bool:
    """Return whether the service says that our clock is off."""
    return error.code in _SKEW_CODES or error.odps_code == _SKEW_ODPS_CODE


def server_time(error: ApiError, headers: Mapping[str, str]) -> datetime | None:
    """Return the service's time if it refuses ours; None for other errors, or when not told."""
    if not is_clock_skew(error):
        return None
    told = _SERVER_TIME.search(error.message)
    try:
        if told is None:
            instant = parse_http_date(headers.get("Date"))
        else:
            instant = datetime.fromisoformat(told[1]).replace(tzinfo=UTC)
    except (ValueError, MalformedResponseError):
        return None
    # Nonsense must not lead us to the end of Python's calendar.
    return instant if instant is not None and instant.year in _SOUND_YEARS else None


def _error_fields(body: bytes) -> dict[str, str]:
    """Return what of Code, Message and RequestId can be found."""
    try:
        if body.lstrip().startswith(b"{"):
            found = parse_json_object(body)
            return {name: str(value).strip() for name, value in found.items() if value}
        root = parse_xml(body)
    except MalformedResponseError:
        return {}
    return {element.tag: (element.text or "").strip() for element in root}


def _excerpt(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _retry_after(text: str | None, *, now: datetime) -> timedelta | None:
    """Read seconds or a date; what is neither is as good as nothing."""
    try:
        if text and (seconds := text.strip()).isdecimal():
            return timedelta(seconds=int(seconds[:10]))
        until = parse_http_date(text)
    except MalformedResponseError:
        return None
    return max(until - now, timedelta()) if until else None
