"""Keeps other web pages out: a browser must have been sent here by this server itself."""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    # Not `no-referrer`: browsers then send forms with the origin `null`, as strangers' are.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def is_local(authority: str, *, host: str) -> bool:
    """Tell whether a Host header names this server rather than a page that was rebound to it.

    Names other than `localhost` and the configured host can be made to point here by anybody;
    addresses cannot.
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
    """Tell whether an Origin header names the server that was asked."""
    return origin in {f"http://{authority}", f"https://{authority}"}


def guard(host: str) -> Middleware:
    """Return the middleware for a server that listens on `host`."""

    @web.middleware
    async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if not is_local(request.host, host=host):
            return web.Response(status=403, text="This Host is not served here.\n")
        if origin is not None and not is_same_origin(origin, request.host):
            return web.Response(status=403, text="Other web pages are not served here.\n")
        return await handler(request)

    return refuse_strangers


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add to every answer what keeps it out of caches and foreign frames."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
