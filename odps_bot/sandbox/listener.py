"""The listening socket of an aiohttp server that leaves no connection open when it stops."""

import asyncio
import socket

from aiohttp import web

_BACKLOG = 128

#: After `accept`, asyncio creates the transport in the next iteration of its loop and announces the
#: connection to the server in the one after that.
_ITERATIONS_TO_CONNECT = 3


class Listener:
    """Accepts connections for a server from `start` until `stop`, in the server's event loop."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None

    async def start(self, runner: web.BaseRunner) -> int:
        """Listen and return the port. Raises OSError when it is taken."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.create_server((self._host, self._port), family=family, backlog=_BACKLOG)
        listening.setblocking(False)
        self._socket = listening
        await web.SockSite(runner, listening).start()
        port: int = listening.getsockname()[1]
        return port

    async def stop(self) -> None:
        """Stop accepting; the server knows every accepted connection when this returns.

        A connection that is accepted while asyncio closes the server would stay open forever.
        """
        if self._socket is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket = None
        for _ in range(_ITERATIONS_TO_CONNECT):
            await asyncio.sleep(0)
