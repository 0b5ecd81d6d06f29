"""Hands what Slack delivers to Bolt, and makes the acknowledgement of Bolt's response."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse

from odps_bot.slack.socket_mode.messages import Envelope

#: Slack tells a person that a request failed when it was not acknowledged for three seconds. One
#: that we have not begun by then is left alone, so that nothing runs that was reported as failed.
BEGINS_WITHIN = timedelta(seconds=2.5)

#: Slack delivers an envelope once; only proxies and faults could deliver one again soon after.
MOST_REMEMBERED = 1_000


def acknowledge(app: App, envelope: Envelope) -> str | None:
    """Have the app handle a request; return its acknowledgement, or None if it takes it for wrong.

    What is not acknowledged is reported to the person as failed, and events are delivered again.
    """
    headers: dict[str, str | Sequence[str]] = {}
    if envelope.retry_attempt is not None:
        headers["x-slack-retry-num"] = str(envelope.retry_attempt)
    if envelope.retry_reason is not None:
        headers["x-slack-retry-reason"] = envelope.retry_reason
    request = BoltRequest(mode="socket_mode", body=envelope.payload, headers=headers)
    response = app.dispatch(request)
    if response.status != HTTPStatus.OK:
        return None
    content = _content(response) if envelope.takes_response else None
    says = {"envelope_id": envelope.id}
    return json.dumps(says if content is None else {**says, "payload": content})


def _content(response: BoltResponse) -> Mapping[str, Any] | None:
    body = response.body
    if not body:
        return None
    content_type = next(iter(response.headers.get("content-type", [])), "")
    if content_type.startswith("application/json"):
        parsed: Mapping[str, Any] = json.loads(body)
        return parsed
    return {"text": body}


class RecentEnvelopes:
    """The envelopes of the last minutes with their acknowledgements. Threads may share it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str | None] = OrderedDict()
        self._turn = threading.Lock()

    def begin(self, envelope_id: str) -> bool:
        """Return whether the envelope is new."""
        with self._turn:
            if envelope_id in self._known:
                return False
            self._known[envelope_id] = None
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
            return True

    def finish(self, envelope_id: str, acknowledgement: str | None) -> None:
        """Keep the acknowledgement; without one the envelope may be handled anew."""
        with self._turn:
            if acknowledgement is None:
                self._known.pop(envelope_id, None)
            elif envelope_id in self._known:
                self._known[envelope_id] = acknowledgement

    def acknowledgement(self, envelope_id: str) -> str | None:
        """Return the acknowledgement of an envelope that was handled."""
        with self._turn:
            return self._known.get(envelope_id)
