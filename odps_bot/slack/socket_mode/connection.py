"""One WebSocket to Slack, served by one thread: it alone reads and writes.

TLS connections of Python do not bear a thread that writes while another reads.
"""

import logging
import math
import selectors
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any

import websocket

from odps_bot.slack.errors import SlackError
from odps_bot.slack.socket_mode.messages import Envelope, Message, read_message
from odps_bot.slack.troubles import (
    SILENT,
    Trouble,
    trouble_of_error,
    trouble_of_handshake,
    trouble_of_loss,
)

log = logging.getLogger(__name__)

#: For each step of connecting: TCP, TLS, a proxy, HTTP. Who opens has a deadline for the whole.
STEP_TIMEOUT = timedelta(seconds=8)

#: A frame that stops in its middle holds up neither pings nor acknowledgements for longer.
READ_TIMEOUT = timedelta(seconds=1)

#: Slack reads what we send, or the connection is of no use.
SEND_TIMEOUT = timedelta(seconds=5)

#: Nothing was received for so long: a ping is sent, and without a sign of life within as long
#: again the connection is given up.
PING_AFTER = timedelta(seconds=5)

#: Slack confirms a Close at once, or not at all, and leaves TCP open.
CLOSES_WITHIN = timedelta(seconds=1)

#: A closing connection waits so long for the acknowledgement of what it has delivered.
FINISHES_WITHIN = timedelta(seconds=3)

#: The largest message that is taken, headers included; Slack's largest are views of 250 KB.
MESSAGE_BYTES = 4_000_000

_WAKE = b"\0"

#: Gets the connection and a message, or the trouble with which it has ended, or None.
OnMessage = Callable[["Connection", Message], None]
OnEnd = Callable[["Connection", Trouble | None], None]


class _WebSocket(websocket.WebSocket):
    """Reads for no longer than it may, also when a byte comes now and then; then it goes on.

    It takes no endless message, in one frame or in many.
    """

    def __init__(self) -> None:
        super().__init__()
        self._until_s = math.inf
        self._taken_bytes = 0

    def read_within(self, time: timedelta) -> None:
        """Have WebSocketTimeoutException raised by what is not read by then."""
        self.settimeout(time.total_seconds())
        self._until_s = monotonic() + time.total_seconds()

    def taken(self) -> None:
        """Say that a frame is complete: the next message may be as large as the last."""
        if self.cont_frame.cont_data is None:
            self._taken_bytes = 0

    def _recv(self, bufsize: int) -> Any:
        if monotonic() >= self._until_s:
            raise websocket.WebSocketTimeoutException("a frame comes byte by byte")
        received = super()._recv(bufsize)  # type: ignore[no-untyped-call]
        self._taken_bytes += len(received)
        if self._taken_bytes > MESSAGE_BYTES:
            raise websocket.WebSocketPayloadException("a message is too large")
        return received


class Connection:
    """Delivers Slack's messages, and sends acknowledgements from any thread."""

    def __init__(
        self,
        number: int,
        *,
        ask_address: Callable[[], str],
        on_message: OnMessage,
        on_end: OnEnd,
        monotonic_s: Callable[[], float] = monotonic,
    ) -> None:
        """Prepare it; `ask_address` returns a new one of Slack's, or raises SlackError."""
        self.number = number
        self._ask_address = ask_address
        self._on_message = on_message
        self._on_end = on_end
        self._monotonic_s = monotonic_s
        self._socket = _WebSocket()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._reader, selectors.EVENT_READ)
        self._turn = threading.Lock()
        self._outgoing: deque[str] = deque()
        self._unanswered: set[str] = set()
        self._is_open = False
        self._is_abandoned = False
        self._finishes_at_s: float | None = None
        self._heard_at_s = self._pinged_at_s = 0.0
        self._thread = threading.Thread(target=self._run, name=f"slack-{number}", daemon=True)

    def start(self) -> None:
        """Open it, in its thread. Raises RuntimeError when there can be none."""
        try:
            self._thread.start()
        except RuntimeError:
            self._release()
            raise

    def send(self, text: str) -> bool:
        """Send a text; return False if the connection can't take it any more."""
        with self._turn:
            if not self._is_open:
                return False
            self._outgoing.append(text)
        self._wake()
        return True

    def answered(self, envelope_id: str) -> None:
        """Say that an envelope needs nothing more: its acknowledgement was given to `send`."""
        with self._turn:
            self._unanswered.discard(envelope_id)
        self._wake()

    def finish(self) -> None:
        """Close it once all that it has delivered is acknowledged, or that takes too long."""
        with self._turn:
            if self._finishes_at_s is None:
                self._finishes_at_s = self._monotonic_s() + FINISHES_WITHIN.total_seconds()
        self._wake()

    def abandon(self) -> None:
        """Give it up: what it does is of no interest any more."""
        self._is_abandoned = True
        # Its own thread may let go of the socket at the same time.
        if (sock := self._socket.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._wake()

    def join(self, timeout_s: float) -> None:
        """Wait until its thread has ended."""
        self._thread.join(max(0.0, timeout_s))

    def take_unsent(self) -> list[str]:
        """Return, once, what was accepted by `send` and not sent when the connection ended."""
        with self._turn:
            unsent = list(self._outgoing)
            self._outgoing.clear()
        return unsent

    def _run(self) -> None:
        trouble: Trouble | None = None
        try:
            trouble = self._open() or self._serve()
        except Exception as error:
            log.exception("a connection to Slack has ended by a fault of ours")
            trouble = trouble_of_loss(error)
        finally:
            with self._turn:
                self._is_open = False
            self._socket.shutdown()  # type: ignore[no-untyped-call]
            self._on_end(self, trouble)
            self._release()

    def _open(self) -> Trouble | None:
        try:
            address = self._ask_address()
            if not self._is_abandoned:
                timeout_s = STEP_TIMEOUT.total_seconds()
                self._socket.connect(address, timeout=timeout_s)  # type: ignore[no-untyped-call]
        except SlackError as error:
            return trouble_of_error(error)
        except (OSError, ValueError, websocket.WebSocketException) as error:
            return trouble_of_handshake(error, getattr(error, "status_code", None))
        self._heard_at_s = self._pinged_at_s = self._monotonic_s()
        with self._turn:
            self._is_open = not self._is_abandoned
        return None

    def _serve(self) -> Trouble | None:
        """Return when either side has closed it, or why it was lost."""
        try:
            if self._socket.sock is not None:
                self._selector.register(self._socket.sock, selectors.EVENT_READ)
            return self._exchange()
        except (OSError, ValueError, websocket.WebSocketException) as error:
            return trouble_of_loss(error)

    def _exchange(self) -> Trouble | None:
        while not self._is_abandoned:
            self._flush()
            if self._may_close():
                self._close()
                return None
            if self._wait_readable() and not self._read():
                return None
            now_s = self._monotonic_s()
            if now_s - max(self._heard_at_s, self._pinged_at_s) < PING_AFTER.total_seconds():
                continue
            if self._pinged_at_s > self._heard_at_s:
                return SILENT
            self._pinged_at_s = now_s
            self._send(websocket.ABNF.OPCODE_PING, "")
        return None

    def _flush(self) -> None:
        while True:
            with self._turn:
                text = self._outgoing[0] if self._outgoing else None
            if text is None:
                return
            self._send(websocket.ABNF.OPCODE_TEXT, text)
            with self._turn:
                self._outgoing.popleft()

    def _send(self, opcode: int, text: str) -> None:
        self._socket.settimeout(SEND_TIMEOUT.total_seconds())
        self._socket.send(text.encode(), opcode)

    def _may_close(self) -> bool:
        """Return whether to close now; from then on nothing more is accepted."""
        with self._turn:
            if self._finishes_at_s is None or self._outgoing:
                return False
            is_late = self._monotonic_s() >= self._finishes_at_s
            if self._unanswered and not is_late:
                return False
            self._is_open = False
            return True

    def _close(self) -> None:
        # What Slack sends from now on can't be acknowledged, and so is not handled either.
        self._socket.read_within(CLOSES_WITHIN)
        self._socket.close(timeout=int(CLOSES_WITHIN.total_seconds()))

    def _wait_readable(self) -> bool:
        """Wait for Slack, for something to send, or for the time of the next ping."""
        sock = self._socket.sock
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return True
        found = self._selector.select(READ_TIMEOUT.total_seconds())
        readable = [key.fileobj for key, _ in found]
        if self._reader in readable:
            self._reader.recv(4096)
        return sock in readable

    def _read(self) -> bool:
        """Take what has arrived; return whether the connection goes on."""
        self._socket.read_within(READ_TIMEOUT)
        # Parts of a frame are a sign of life as well.
        self._heard_at_s = self._monotonic_s()
        try:
            opcode, data = self._socket.recv_data(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return True
        self._socket.taken()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return False
        if opcode == websocket.ABNF.OPCODE_TEXT:
            self._take(data.decode(errors="replace"))
        return True

    def _take(self, text: str) -> None:
        message = read_message(text)
        if message is None:
            # Not what it says: each holds the app's verification token.
            log.debug("Slack sent a message that is not known, of %d characters", len(text))
            return
        if isinstance(message, Envelope):
            with self._turn:
                self._unanswered.add(message.id)
        self._on_message(self, message)

    def _wake(self) -> None:
        with suppress(OSError):
            self._writer.send(_WAKE)

    def _release(self) -> None:
        self._selector.close()
        self._reader.close()
        self._writer.close()
