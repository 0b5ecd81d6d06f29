"""The HTTP server: reads requests, calls the handlers and applies planned faults."""

import asyncio
import logging
import secrets
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote, unquote_plus

from aiohttp import web

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.maxcompute.access import check_readable
from odps_bot.sandbox.maxcompute.calls import ANONYMOUS, Call, Caller, Response
from odps_bot.sandbox.maxcompute.documents import error_response, json_error_response
from odps_bot.sandbox.maxcompute.faults import Fault, Faults
from odps_bot.sandbox.maxcompute.odd_records import with_odd_fields
from odps_bot.sandbox.maxcompute.operations import BASE_PATH, Form, find_operation
from odps_bot.sandbox.maxcompute.recorder import MAX_BODY_BYTES, RecordedRequest, Recorder
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.handlers import HANDLERS
from odps_bot.sandbox.maxcompute.responses.logview import error_page
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, body_too_large

_log = logging.getLogger(__name__)

#: SQL can have 2 MB, and XML makes it longer.
MAX_REQUEST_BYTES = 8 * 1024 * 1024


class Server:
    """Handles requests; all state is in the context."""

    def __init__(
        self,
        context: Context,
        *,
        faults: Faults,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._context = context
        self._faults = faults
        self._recorder = recorder
        self._clock = clock

    def replace_context(self, context: Context) -> None:
        """Switch to another context; requests in progress finish in the old one."""
        self._context = context

    def application(self) -> web.Application:
        """Return the application to serve."""
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
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
        operation, names = find_operation(method, path, query)
        exchange.operation, exchange.form = operation.name, operation.form
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
        )
        return await HANDLERS[operation.name](self._context, call)

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
            await self._send_chunks(stream, response.chunks)
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
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise body_too_large(MAX_REQUEST_BYTES) from error


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
