"""The interface of the two ways to deliver to an app."""

from typing import Any, Literal, Protocol

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]


class Sender(Protocol):
    """Delivers a payload to the app and waits for its acknowledgement."""

    async def deliver(
        self, kind: EnvelopeKind, payload: dict[str, Any], *, attempt: int = 0, reason: str = ""
    ) -> Any:
        """Return the content of the acknowledgement: a JSON value, a text, or None.

        `attempt` counts retries, and `reason` is why there is one. Raises DeliveryFailedError.
        """
