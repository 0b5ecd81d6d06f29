"""Delivers to the app, logs the outcome, and retries events that were not acknowledged."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from odps_bot.sandbox.slack.delivery.sender import EnvelopeKind, Sender
from odps_bot.sandbox.slack.errors import DeliveryFailedError
from odps_bot.sandbox.slack.traffic import Exchange, summarize
from odps_bot.sandbox.slack.workspace import Workspace

#: https://docs.slack.dev/apis/events-api#error-handling
EVENT_RETRIES = (timedelta(), timedelta(minutes=1), timedelta(minutes=5))


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The outcome of an action of a person.

    `error` is Slack's error code, `ack` the content of the acknowledgement, `elapsed` how long it
    took. `ts` is the timestamp of an ordinary message. What the client itself refused has
    `details`, such as the `errors` to show under the fields of a modal.
    """

    ok: bool
    error: str | None = None
    ack: Any = None
    elapsed: timedelta = timedelta()
    ts: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class Dispatcher:
    """Starts all exchanges from Slack to the app."""

    def __init__(
        self,
        workspace: Workspace,
        sender: Sender,
        *,
        event_retries: Sequence[timedelta] = EVENT_RETRIES,
    ) -> None:
        """Deliver by `sender`; retry an event after each of `event_retries`."""
        self._workspace = workspace
        self._sender = sender
        self._event_retries = event_retries
        self._events: set[asyncio.Task[None]] = set()
        self._in_flight: set[asyncio.Task[Any]] = set()
        self._delivering = asyncio.Event()
        self._delivering.set()

    async def deliver(self, kind: EnvelopeKind, payload: dict[str, Any]) -> Delivery:
        """Deliver a command or a click once."""
        delivery, _ = await self._attempt(kind, payload)
        return delivery

    def send_event(self, payload: dict[str, Any]) -> None:
        """Deliver an event in the background, with up to three retries."""
        task = asyncio.create_task(self._deliver_event(payload))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def pause(self) -> None:
        """Hold back new deliveries and return when none is in flight.

        Events that are still being retried are dropped.
        """
        self._delivering.clear()
        await self.close()
        while self._in_flight:
            await asyncio.wait(set(self._in_flight))

    def resume(self) -> None:
        """Deliver what was held back and what follows."""
        self._delivering.set()

    async def close(self) -> None:
        """Drop events that are still being retried."""
        events = list(self._events)
        for task in events:
            task.cancel()
        await asyncio.gather(*events, return_exceptions=True)

    async def _deliver_event(self, payload: dict[str, Any]) -> None:
        delivery, reason = await self._attempt("events_api", payload)
        for attempt, pause in enumerate(self._event_retries, start=1):
            if delivery.ok or reason == "no_retry":
                return
            await asyncio.sleep(pause.total_seconds())
            delivery, reason = await self._attempt(
                "events_api", payload, attempt=attempt, reason=reason
            )

    async def _attempt(
        self, kind: EnvelopeKind, payload: dict[str, Any], *, attempt: int = 0, reason: str = ""
    ) -> tuple[Delivery, str]:
        await self._delivering.wait()
        started, error, ack, why = time.monotonic(), None, None, ""
        in_flight = asyncio.ensure_future(
            self._sender.deliver(kind, payload, attempt=attempt, reason=reason)
        )
        self._in_flight.add(in_flight)
        in_flight.add_done_callback(self._in_flight.discard)
        try:
            ack = await in_flight
        except DeliveryFailedError as failure:
            error, why = failure.code, failure.reason
        elapsed = timedelta(seconds=time.monotonic() - started)
        delivery = Delivery(ok=error is None, error=error, ack=ack, elapsed=elapsed)
        self._note(kind, payload, delivery)
        return delivery, why

    def _note(self, kind: EnvelopeKind, payload: dict[str, Any], delivery: Delivery) -> None:
        with self._workspace.changing():
            self._workspace.traffic.add(
                Exchange(
                    at=self._workspace.clock(),
                    direction="out",
                    kind="event",
                    method=_name(kind, payload),
                    http_status=None,
                    ok=delivery.ok,
                    error=delivery.error,
                    summary=_summarize_payload(payload),
                    elapsed=delivery.elapsed,
                    request=payload,
                    response=delivery.ack,
                )
            )


def _name(kind: EnvelopeKind, payload: dict[str, Any]) -> str:
    if kind == "events_api":
        return str(payload["event"]["type"])
    return str(payload.get("type", "slash_command"))


def _summarize_payload(payload: dict[str, Any]) -> str:
    if "command" in payload:
        return summarize(payload | {"channel": payload["channel_id"], "user": payload["user_id"]})
    inner: dict[str, Any] = payload.get("event") or next(iter(payload.get("actions", [])), {})
    user = payload.get("user", {}).get("id")
    return summarize({"user": user} | {k: v for k, v in inner.items() if isinstance(v, str)})
