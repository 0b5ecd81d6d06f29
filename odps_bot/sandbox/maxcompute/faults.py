"""Fault injection: the errors and delays of real networks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from odps_bot.sandbox.maxcompute.calls import Response
from odps_bot.sandbox.maxcompute.documents import error_response
from odps_bot.sandbox.maxcompute.operations import OPERATION_NAMES
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, invalid_token, no_permission
from odps_bot.sandbox.maxcompute.stream_faults import (
    CutStream,
    ServerMetrics,
    StreamFault,
    WrongByte,
    bomb,
)

#: The operations that say how an instance is doing: what a client polls.
POLLS = frozenset({"status", "instancestatus", "taskstatus"})

#: The operations that send rows, which a client can ask for in either form.
DOWNLOADS = frozenset({"tunnel_data", "tunnel_arrow"})

Kind = Literal[
    "response",
    "reset_before",
    "reset_after",
    "hang",
    "slow_bytes",
    "truncated",
    "odd_record",
    "not_held",
    "ignored_arrow",
    "stream",
]
_REQUEST_ID = "5583C0893F7EC2D353"
_HTML = (
    "<html><head><title>{status}</title></head>"
    "<body><center><h1>{status}</h1></center><hr><center>nginx</center></body></html>"
)


@dataclass(frozen=True)
class Fault:
    """A fault; created by the functions below."""

    kind: Kind
    #: Of `response`: the response that is sent instead; the request is not carried out.
    response: Response | None = None
    #: Of `hang`: the delay before the connection drops; of `slow_bytes`: between two bytes.
    pause: timedelta = timedelta(0)
    #: Of `odd_record`: the texts of fields by name, and the record that has them.
    fields: Mapping[str, str | None] = field(default_factory=dict)
    record: int = 0
    #: Of `stream`: what becomes of the rows of a download.
    stream: StreamFault | None = None


def http_error(
    http_status: int, body: str | None = None, *, content_type: str = "text/html"
) -> Fault:
    """Respond with an HTTP error; the default body is a web server's error page."""
    text = _HTML.format(status=http_status) if body is None else body
    return Fault("response", Response(http_status, text.encode(), content_type))


def refuse(http_status: int, code: str, message: str) -> Fault:
    """Respond with an error of the service."""
    error = ServiceError(http_status, code, message)
    return Fault("response", error_response(error, request_id=_REQUEST_ID))


def forbid(action: str = "odps:Read", resource: str = "projects/sandbox/instances/*") -> Fault:
    """Respond with 403: the account lacks a permission."""
    error = no_permission(action, resource)
    return Fault("response", error_response(error, request_id=_REQUEST_ID))


def expire_token() -> Fault:
    """Respond with 401: the security token has expired."""
    error = invalid_token("the security token is invalid or has expired")
    return Fault("response", error_response(error, request_id=_REQUEST_ID))


def throttle(retry_after: timedelta | None = None) -> Fault:
    """Respond with 429, and with a Retry-After header (whole seconds) if given."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>RequestQuotaExceeded</Code>'
        "<Message><![CDATA[The request quota of the project is exceeded.]]></Message>"
        "<RequestId>sandbox</RequestId><HostId>sandbox</HostId></Error>"
    )
    headers = (
        {} if retry_after is None else {"Retry-After": str(round(retry_after.total_seconds()))}
    )
    return Fault("response", Response(429, body.encode(), headers=headers))


def reset_before() -> Fault:
    """Drop the connection; the request is not carried out."""
    return Fault("reset_before")


def reset_after() -> Fault:
    """Carry out the request and drop the connection instead of responding."""
    return Fault("reset_after")


def hang(duration: timedelta) -> Fault:
    """Drop the connection after `duration`; the request is not carried out."""
    return Fault("hang", pause=duration)


def not_held() -> Fault:
    """Respond at once where the service would wait for the end of the instance."""
    return Fault("not_held")


def slow_bytes(between: timedelta = timedelta(milliseconds=20)) -> Fault:
    """Send the real response byte by byte."""
    return Fault("slow_bytes", pause=between)


def truncated_xml() -> Fault:
    """Send the first half of the real body as if it were complete."""
    return Fault("truncated")


def odd_record(fields: Mapping[str, str | None], *, record: int = 0) -> Fault:
    """Send the real response with odd texts in some fields of one record, see `odd_records`."""
    return Fault("odd_record", fields=dict(fields), record=record)


def refuse_arrow() -> Fault:
    """Refuse Arrow, as a service that has none; plan it for the operation `tunnel_arrow`."""
    return refuse(405, "MethodNotAllowed", "The tunnel has no Arrow.")


def ignore_arrow() -> Fault:
    """Send rows where Arrow was asked for, as a service that does not know the parameter."""
    return Fault("ignored_arrow")


def wrong_byte(place: int) -> Fault:
    """Change a bit of one byte of a download; plan it for `DOWNLOADS`.

    In Arrow, the checksum of the first piece begins at byte 4 + 65,536.
    """
    return Fault("stream", stream=WrongByte(place))


def cut_stream(after_bytes: int, *, is_dropped: bool = False) -> Fault:
    """End a download after some bytes as if it were complete, or drop the connection there."""
    return Fault("stream", stream=CutStream(after_bytes, is_dropped=is_dropped))


def server_metrics(text: str) -> Fault:
    """Send metrics of the service in the footer of rows; plan it for `tunnel_data`."""
    return Fault("stream", stream=ServerMetrics(text))


def deflate_bomb(size_bytes: int, *, beginning: bytes = b"") -> Fault:
    """Send a beginning and zeros, a thousandth of their size on the wire."""
    return Fault("response", bomb(size_bytes, beginning))


@dataclass
class _PlannedFault:
    fault: Fault
    matches: Callable[[str, str, str], bool]
    left: int


class Faults:
    """The planned faults; can be used from any thread."""

    def __init__(self) -> None:
        self._planned: list[_PlannedFault] = []

    def add(
        self,
        fault: Fault,
        *,
        operation: str | Iterable[str] | None = None,
        when: Callable[[str, str], bool] | None = None,
        times: int = 1,
    ) -> None:
        """Plan a fault for the next `times` matching requests.

        `operation` is a name of `operations.OPERATIONS` (status, submit …), or several, such as
        `POLLS`; `when` gets method and path. Both must match; with neither, every request matches.
        """
        named = (
            {operation} if isinstance(operation, str) else frozenset(operation or OPERATION_NAMES)
        )
        if unknown := named - OPERATION_NAMES:
            raise ValueError(f"unknown operation {min(unknown)!r}")

        def matches(name: str, method: str, path: str) -> bool:
            return name in named and (when is None or when(method, path))

        self._planned.append(_PlannedFault(fault, matches, times))

    def clear(self) -> None:
        """Remove all planned faults."""
        self._planned.clear()

    def take(self, operation: str, method: str, path: str) -> Fault | None:
        """Return the fault for this request, if any, and count it."""
        for planned in list(self._planned):
            if planned.left > 0 and planned.matches(operation, method, path):
                planned.left -= 1
                if planned.left == 0 and planned in self._planned:
                    self._planned.remove(planned)
                return planned.fault
        return None
