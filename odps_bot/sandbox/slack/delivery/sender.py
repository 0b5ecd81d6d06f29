"""The ways to an app have this in common."""

from typing import Any, Literal, Protocol

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]


class Sender(Protocol):
    """Hands something to the app and waits for its acknowledgement."""

    async def deliver(
        self, kind: EnvelopeKind, payload: dict[str, Any], *, attempt: int = 0, reason: str = ""
    ) -> Any:
        """Return what the app acknowledged with: a JSON value, a text, or None for nothing.

        `attempt` counts repetitions and `reason` is why there is one. Raises DeliveryFailedError.
        """
