"""The HTTP server: reads requests, calls the handlers and applies planned faults."""

import asyncio
import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote, unquote_plus

from aiohttp import web

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.maxcompute.access import check_readable
from odps_bot.sandbox.maxcompute.calls import ANONYMOUS, Call, Caller, Response
from odps_bot.sandbox.maxcompute.documents import error_response, json_error_response
from odps_bot.sandbox.maxcompute.faults import Fault, Faults
from odps_bot.sandbox.maxcompute.odd_records import with_odd_fields
from odps_bot.sandbox.maxcompute.openapi.application import OpenApi
from odps_bot.sandbox.maxcompute.operations import (
    BASE_PATH,
    Form,
    check_parameters,
    find_operation,
    split_interactive,
)
from odps_bot.sandbox.maxcompute.recorder import MAX_BODY_BYTES, RecordedRequest, Recorder
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.handlers import HANDLERS
from odps_bot.sandbox.maxcompute.responses.interactive import check_way
from odps_bot.sandbox.maxcompute.responses.logview import error_page
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, body_too_large, malformed_body
from odps_bot.sandbox.maxcompute.stream_faults import DroppedError

_log = logging.getLogger(__name__)

#: SQL can have 2 MB, and XML makes it longer.
MAX_REQUEST_BYTES = 8 * 1024 * 1024
#: A block of rows that is uploaded through the tunnel.
MAX_BLOCK_BYTES = 64 * 1024 * 1024


class Server:
    """Handles requests; all state is in the context."""

    def __init__(
        self,
        context: Context,
        *,
        faults: Faults,
        recorder: Recorder,
        clock: Clock,
        openapi_refused: set[str],
    ) -> None:
        self._context = context
        self._openapi = OpenApi(
            lambda: self._context, access=context.access, refused=openapi_refused, clock=clock
        )
        self._faults = faults
        self._recorder = recorder
        self._clock = clock

    def replace_context(self, context: Context) -> None:
        """Switch to another context; requests in progress finish in the old one."""
        self._context = context

    def application(self) -> web.Application:
        """Return the application to serve."""
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        self._openapi.add_routes(application.router)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw_path, _, raw_query = request.raw_path.partition("?")
        pairs = list(_pairs(raw_query))
        exchange = _Exchange(request, raw_path, pairs, self._clock())
        response = await self._respond(exchange)
        fault = exchange.fault
        is_dropped = fault is not None and fault.kind in {"reset_before", "reset_after", "hang"}
        self._recorder.add(exchange.record(None if is_dropped else response.http_status))
        if is_dropped:
            return _drop(request)
        if fault is not None and fault.kind == "truncated":
            response = Response(
                response.http_status,
                response.body[: len(response.body) // 2],
                response.content_type,
                response.headers,
            )
        if fault is not None and fault.stream is not None and response.chunks is not None:
            response = replace(response, chunks=fault.stream.applied(response.chunks))
        if fault is not None and fault.kind == "odd_record":
            response = with_odd_fields(response, fault.fields, number=fault.record)
        return await self._send(request, response, exchange)

    async def _respond(self, exchange: "_Exchange") -> Response:
        try:
            return await self._carry_out(exchange)
        except ServiceError as error:
            return _error_response(error, exchange)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001  -- a server responds with 500 and continues
            _log.exception("The sandbox's MaxCompute failed to handle %s", exchange.path)
            failure = ServiceError(500, "InternalServerError", "ODPS-0420153: the sandbox failed")
            return _error_response(failure, exchange)

    async def _carry_out(self, exchange: "_Exchange") -> Response:
        query = dict(exchange.pairs)
        method, path = exchange.request.method, unquote(exchange.path)
        exchange.body = await _read_body(exchange.request)
        resource, is_interactive = split_interactive(path)
        operation, names = find_operation(method, resource, query)
        exchange.operation, exchange.form = operation.name, operation.form
        check_parameters(operation, query)
        exchange.fault = self._faults.take(operation.name, method, path)
        if (early := await _early_response(exchange.fault)) is not None:
            return early
        caller = ANONYMOUS if operation.form == "html" else self._caller(exchange)
        check_readable(caller, method=method, resource=path.partition("projects/")[2])
        call = Call(
            method=method,
            names=names,
            query=query,
            headers=exchange.headers,
            body=exchange.body,
            caller=caller,
            now=exchange.at,
            origin=f"http://{exchange.request.host}",
            may_be_held=exchange.fault is None or exchange.fault.kind != "not_held",
            is_interactive=is_interactive,
        )
        check_way(self._context, call, operation.name)
        has_no_arrow = exchange.fault is not None and exchange.fault.kind == "ignored_arrow"
        name = operation.name.replace("_arrow", "_data") if has_no_arrow else operation.name
        return await HANDLERS[name](self._context, call)

    def _caller(self, exchange: "_Exchange") -> Caller:
        return self._context.access.authenticate(
            method=exchange.request.method,
            path=exchange.path,
            query=exchange.pairs,
            headers=exchange.headers,
            base_path=BASE_PATH,
        )

    async def _send(
        self, request: web.Request, response: Response, exchange: "_Exchange"
    ) -> web.StreamResponse:
        headers = {"x-odps-request-id": exchange.request_id, **response.headers}
        fault = exchange.fault
        if response.chunks is None and (fault is None or fault.kind != "slow_bytes"):
            reply = web.Response(
                status=response.http_status,
                body=response.body,
                headers={**headers, "Content-Type": response.content_type},
            )
            reply.enable_compression()
            return reply
        stream = web.StreamResponse(
            status=response.http_status, headers={**headers, "Content-Type": response.content_type}
        )
        await stream.prepare(request)
        if response.chunks is not None:
            try:
                await self._send_chunks(stream, response.chunks)
            except DroppedError:
                _drop(request)
                return stream
        elif fault is not None:
            for byte in response.body:
                await stream.write(bytes([byte]))
                await asyncio.sleep(fault.pause.total_seconds())
        await stream.write_eof()
        return stream

    async def _send_chunks(self, stream: web.StreamResponse, chunks: Iterator[bytes]) -> None:
        while (
            chunk := await self._context.lifecycles.run_in_thread(lambda: next(chunks, None))
        ) is not None:
            await stream.write(chunk)


class _Exchange:
    """A request that is being handled, and what is known about it."""

    def __init__(
        self, request: web.Request, path: str, pairs: list[tuple[str, str]], at: datetime
    ) -> None:
        self.request = request
        self.path = path
        self.pairs = pairs
        self.at = at
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        self.request_id = secrets.token_hex(12).upper()
        self.operation = ""
        self.form: Form = "xml"
        self.fault: Fault | None = None
        self.body = b""

    def record(self, http_status: int | None) -> RecordedRequest:
        return RecordedRequest(
            method=self.request.method,
            path=self.path,
            query=dict(self.pairs),
            at=self.at,
            http_status=http_status,
            operation=self.operation,
            headers=self.headers,
            body=self.body[:MAX_BODY_BYTES],
        )


def _error_response(error: ServiceError, exchange: _Exchange) -> Response:
    if exchange.form == "html":
        return error_page(error)
    if exchange.form == "json":
        return json_error_response(error, request_id=exchange.request_id)
    return error_response(error, request_id=exchange.request_id)


async def _early_response(fault: Fault | None) -> Response | None:
    """Return the response of a fault that prevents a request from being carried out."""
    if fault is None:
        return None
    if fault.kind == "hang":
        await asyncio.sleep(fault.pause.total_seconds())
    if fault.kind in {"hang", "reset_before"}:
        return Response()
    return fault.response


async def _read_body(request: web.Request) -> bytes:
    is_block = request.method == "PUT" and not request.path.startswith(BASE_PATH + "/")
    limit = MAX_BLOCK_BYTES if is_block else MAX_REQUEST_BYTES
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise body_too_large(limit)
    except (ConnectionError, web.RequestPayloadError) as error:
        raise malformed_body("the body ends early, or is not encoded as it says") from error
    return bytes(body)


def _drop(request: web.Request) -> web.Response:
    """Drop the connection; the returned response is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _pairs(raw_query: str) -> Iterator[tuple[str, str]]:
    for part in raw_query.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield unquote_plus(name), unquote_plus(value)
