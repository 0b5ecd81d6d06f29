"""The modal in which a rejection is explained; the response goes to where the run's card is."""

from dataclasses import replace
from typing import Any

from odps_bot.commands import Answer, Request, reject
from odps_bot.input import find_run
from odps_bot.listeners.error_boundary import Interaction
from odps_bot.messages.run.questions import REASON, REJECT_MODAL, read_decision_value
from odps_bot.services import Services


class Rejection:
    """The modal as it was submitted."""

    def __init__(self, view: dict[str, Any], request: Request) -> None:
        self._view = view
        self._value = str(view.get("private_metadata", ""))
        self.request = request

    @property
    def interaction(self) -> Interaction:
        """What the audit trail calls it."""
        return Interaction(what=REJECT_MODAL, about=self._value)

    def submit(self, services: Services) -> Answer:
        """Reject the run. Raises CommandError when that cannot be done."""
        run_id, digest = read_decision_value(self._value)
        run = find_run.remembered_run(run_id, self.request, services)
        self.request = replace(self.request, channel_id=run.channel_id, thread_ts=run.thread_ts)
        entered: Any = self._view
        for name in ("state", "values", REASON, REASON, "value"):
            entered = entered.get(name) if isinstance(entered, dict) else None
        reason = str(entered or "")
        return reject.reject(run, digest, self.request, services, reason=reason)

    def errors(self, _answer: Answer) -> dict[str, str]:
        """Return nothing: the modal closes, and the answer is an ephemeral message."""
        return {}
