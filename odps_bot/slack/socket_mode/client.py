"""Keeps several connections to Slack, and handles what they deliver.

`plan.py` decides when to open one. Each `disconnect` of Slack has its successor opened first; the
old one carries requests until Slack closes it.
"""

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

from slack_bolt import App

from odps_bot.operations.metrics import Metrics
from odps_bot.slack.api.calls import attempt
from odps_bot.slack.errors import UNREADABLE, UnreachableError
from odps_bot.slack.socket_mode import plan as plans
from odps_bot.slack.socket_mode.connection import Connection
from odps_bot.slack.socket_mode.envelopes import BEGINS_WITHIN, RecentEnvelopes, acknowledge
from odps_bot.slack.socket_mode.messages import Disconnect, Envelope, Hello, Message
from odps_bot.slack.socket_mode.plan import Phase, Plan
from odps_bot.slack.troubles import Trouble, TroubleLog, trouble_of_start

log = logging.getLogger(__name__)

#: Requests that are handled at the same time.
THREADS = 16

#: The supervisor looks at least so often.
TURN = timedelta(seconds=1)

#: After this Slack has told the person that the request failed.
ACKNOWLEDGED_WITHIN = timedelta(seconds=3)

METHOD = "apps.connections.open"


class SocketModeClient:
    """The connections of one process. Its threads begin with `start` and end with `close`."""

    def __init__(
        self,
        app: App,
        app_token: str,
        *,
        connections: int,
        metrics: Metrics | None = None,
        mark_alive: Callable[[], None] = lambda: None,
        monotonic_s: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Handle requests by `app`; `mark_alive` is called about every second."""
        self._app = app
        self._app_token = app_token
        self._metrics = metrics
        self._mark_alive = mark_alive
        self._monotonic_s = monotonic_s
        self._chance = chance
        self._plan = Plan(wanted=connections)
        self._connections: dict[int, Connection] = {}
        #: Acknowledgements for which no connection is open, and when they are of no use any more.
        self._homeless: list[tuple[float, str]] = []
        self._envelopes = RecentEnvelopes()
        self._troubles = TroubleLog()
        self._turn = threading.Condition()
        self._is_stopping = False
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="slack-request")
        self._supervisor = threading.Thread(target=self._supervise, name="slack", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._supervisor.start()

    def wait_for_outcome(self, stop: threading.Event) -> Trouble | None:
        """Wait until a connection is open, or `stop` is set; return the trouble if there is one."""
        with self._turn:
            while not (self._plan.is_connected or self._plan.trouble or stop.is_set()):
                self._turn.wait(TURN.total_seconds())
            return None if self._plan.is_connected else self._plan.trouble

    @property
    def open_connections(self) -> int:
        """How many connections can deliver requests."""
        return self._plan.count(Phase.OPEN, Phase.LEAVING)

    def problem(self) -> str | None:
        """Return why Slack can't deliver requests, or None."""
        if self._is_stopping:
            return "stopping"
        plan = self._plan
        if plan.is_connected:
            return None
        return f"is not connected: {plan.trouble}" if plan.trouble else "is not connected yet"

    def close(self, within: timedelta) -> None:
        """Acknowledge what was delivered, then close the connections."""
        until_s = self._monotonic_s() + within.total_seconds()
        with self._turn:
            self._is_stopping = True
            remaining = [(self._connections[n], link) for n, link in self._plan.links.items()]
            self._turn.notify_all()
        for connection, link in remaining:
            connection.abandon() if link.phase is Phase.OPENING else connection.finish()
        for connection, _ in remaining:
            connection.join(until_s - self._monotonic_s())
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._turn:
            self._drop_late_acknowledgements(math.inf)

    # -- what comes next ---------------------------------------------------------------------

    def _supervise(self) -> None:
        with self._turn:
            while not self._is_stopping:
                now_s = self._monotonic_s()
                step = plans.next_step(self._plan, now_s)
                for number in step.abandons:
                    self._set_plan(plans.ended(self._plan, number, None, now_s, self._chance()))
                for number in step.finishes:
                    self._connections[number].finish()
                for _ in range(step.opens):
                    self._open(now_s)
                self._drop_late_acknowledgements(now_s)
                self._mark_alive()
                self._turn.wait(min(step.wait_s, TURN.total_seconds()))

    def _open(self, now_s: float) -> None:
        self._plan, number = plans.started(self._plan, now_s)
        try:
            connection = Connection(
                number,
                ask_address=self._ask_address,
                on_message=self._on_message,
                on_end=self._on_end,
                monotonic_s=self._monotonic_s,
            )
            connection.start()
        except (OSError, RuntimeError) as error:
            # The process may have no more files or threads.
            trouble = trouble_of_start(error)
            self._set_plan(plans.ended(self._plan, number, trouble, now_s, self._chance()))
        else:
            self._connections[number] = connection

    def _ask_address(self) -> str:
        response = attempt(
            METHOD, lambda: self._app.client.apps_connections_open(app_token=self._app_token)
        )
        address: Any = response.get("url")
        if not isinstance(address, str) or not address.startswith(("ws://", "wss://")):
            raise UnreachableError(METHOD, UNREADABLE, reason="the response has no address")
        return address

    def _set_plan(self, plan: Plan) -> None:
        """Take the plan, let go of what is no longer in it, and log what went wrong."""
        before, self._plan = self._plan, plan
        for number in [n for n in self._connections if n not in plan.links]:
            self._connections.pop(number).abandon()
        if plan.trouble is not None and plan.failures > before.failures:
            self._log_trouble(plan.trouble)
        is_complete = plan.count(Phase.OPEN) >= plan.wanted
        if is_complete and plan.trouble is None and self._troubles.clear():
            log.info("All %d connections to Slack are open again", plan.wanted)
        self._turn.notify_all()

    def _log_trouble(self, trouble: Trouble) -> None:
        self._count(trouble.code)
        if not self._troubles.is_new(trouble, self._monotonic_s()):
            return
        is_deaf = trouble.needs_somebody and not self._plan.is_connected
        log.log(
            logging.ERROR if is_deaf else logging.WARNING,
            "Socket Mode: %s. Open connections: %d of %d; the bot tries again in growing pauses",
            trouble,
            self.open_connections,
            self._plan.wanted,
        )

    # -- what connections report -------------------------------------------------------------

    def _on_message(self, connection: Connection, message: Message) -> None:
        match message:
            case Hello():
                self._greeted(connection)
            case Disconnect(reason):
                self._announced(connection, reason)
            case Envelope():
                # RuntimeError: too late, the process ends.
                with suppress(RuntimeError):
                    self._pool.submit(self._handle, connection, message, self._monotonic_s())

    def _greeted(self, connection: Connection) -> None:
        with self._turn:
            self._set_plan(plans.greeted(self._plan, connection.number, self._monotonic_s()))
            homeless, self._homeless = self._homeless, []
        self._count("opened")
        log.debug("connection %d to Slack is open", connection.number)
        for deadline_s, text in homeless:
            self._send(connection, text, deadline_s)

    def _announced(self, connection: Connection, reason: str) -> None:
        log.info("Slack is about to close a connection (%s); another one takes its place", reason)
        self._count(reason)
        with self._turn:
            now_s, chance = self._monotonic_s(), self._chance()
            self._set_plan(plans.announced(self._plan, connection.number, reason, now_s, chance))

    def _on_end(self, connection: Connection, trouble: Trouble | None) -> None:
        unsent = connection.take_unsent()
        with self._turn:
            link = self._plan.links.get(connection.number)
            if trouble is not None and link is not None and link.phase is Phase.OPEN:
                log.info("%s; another connection takes its place", trouble.cause)
            if not self._is_stopping:
                now_s, chance = self._monotonic_s(), self._chance()
                plan = plans.ended(self._plan, connection.number, trouble, now_s, chance)
                self._set_plan(plan)
        for text in unsent:
            deadline_s = self._monotonic_s() + ACKNOWLEDGED_WITHIN.total_seconds()
            self._send(None, text, deadline_s)

    # -- requests ----------------------------------------------------------------------------

    def _handle(self, connection: Connection, envelope: Envelope, arrived_s: float) -> None:
        try:
            if self._monotonic_s() - arrived_s > BEGINS_WITHIN.total_seconds():
                self._count("begun_too_late")
                log.warning("%s was not begun in time: it is left alone", envelope.kind)
            elif self._envelopes.begin(envelope.id):
                text = None
                try:
                    text = acknowledge(self._app, envelope)
                finally:
                    self._envelopes.finish(envelope.id, text)
                self._send_if_any(connection, text, arrived_s)
            else:
                text = self._envelopes.acknowledgement(envelope.id)
                self._send_if_any(connection, text, arrived_s)
        except Exception:
            log.exception("%s could not be handled", envelope.kind)
        finally:
            connection.answered(envelope.id)

    def _send_if_any(self, connection: Connection, text: str | None, arrived_s: float) -> None:
        if text is not None:
            self._send(connection, text, arrived_s + ACKNOWLEDGED_WITHIN.total_seconds())

    def _send(self, connection: Connection | None, text: str, deadline_s: float) -> None:
        """Send by the connection that delivered, or by another one if it is gone, or later."""
        if connection is not None and connection.send(text):
            return
        with self._turn:
            # Those that Slack is about to close come last.
            usable = [
                self._connections[number]
                for phase in (Phase.OPEN, Phase.LEAVING)
                for number, link in self._plan.links.items()
                if link.phase is phase
            ]
            if not any(other.send(text) for other in usable):
                self._homeless.append((deadline_s, text))

    def _drop_late_acknowledgements(self, now_s: float) -> None:
        late = [one for one in self._homeless if one[0] <= now_s]
        for one in late:
            self._homeless.remove(one)
            self._count("acknowledgement_lost")
            log.warning(
                "an acknowledgement could not be sent in time: Slack tells the person that the"
                " request failed, although it was handled"
            )

    def _count(self, event: str) -> None:
        if self._metrics is not None:
            self._metrics.slack_connection_event(event)
