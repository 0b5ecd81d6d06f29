"""Protection against other web pages: DNS rebinding and cross-origin requests are refused."""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    # Not `no-referrer`: browsers would then send forms with the origin `null`.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def is_local(authority: str, *, host: str) -> bool:
    """Return whether a Host header names this server rather than a name rebound to it.

    Anybody can point other names than `localhost` and the configured host to this address; IP
    addresses are safe.
    """
    name = urlsplit(f"//{authority}").hostname or ""
    if name in {"localhost", host}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_same_origin(origin: str, authority: str) -> bool:
    """Return whether an Origin header names the requested server."""
    return origin in {f"http://{authority}", f"https://{authority}"}


def guard(host: str) -> Middleware:
    """Return the middleware for a server on `host`."""

    @web.middleware
    async def refuse_other_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if not is_local(request.host, host=host):
            return web.Response(status=403, text="This host is not served here.\n")
        if origin is not None and not is_same_origin(origin, request.host):
            return web.Response(status=403, text="Requests from other web pages are refused.\n")
        return await handler(request)

    return refuse_other_origins


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add headers to every response that prevent caching and framing."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
