"""Buttons of open questions, and the form in which a rejection is explained.

Their values name a run and what was shown of it, so that nobody decides on what they did not see.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request, approve, reject
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Surface
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.click_request import click_request
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import give
from odps_bot.messages.run.questions import (
    APPROVE_RUN,
    CONFIRM_COST,
    DECLINE_COST,
    REASON,
    REJECT_MODAL,
    REJECT_RUN,
)
from odps_bot.runs import Run
from odps_bot.services import Services

#: Gets the run, the digest of what was shown, who clicked, and the services.
Click = Callable[[Run, str, Request, Services], Answer]

CLICKS: Mapping[str, Click] = MappingProxyType(
    {
        CONFIRM_COST: approve.approve,
        DECLINE_COST: reject.decline,
        APPROVE_RUN: approve.approve,
        REJECT_RUN: reject.ask_why,
    }
)

_VALUE = re.compile(r"(?P<run_id>[0-9a-f]{1,64}):(?P<digest>[0-9a-f]{16})")


def register(app: App, services: Services) -> None:
    """Let `app` hear these buttons and the form."""
    for action_id, click in CLICKS.items():
        app.action(action_id)(_listener(action_id, click, services))

    @app.view(REJECT_MODAL)
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        outcome = _Rejection(body, context)
        answer = run_guarded(
            lambda: outcome.of(services), outcome.request, services, asked=outcome.asked
        )
        ack()
        give(answer, outcome.request, services)


def _listener(action_id: str, click: Click, services: Services) -> Callable[..., None]:
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        # The ack of a click shows nothing, so the answer takes the way of the outbox.
        request = click_request(body, context)
        value = str(body["actions"][0].get("value", ""))
        answer = run_guarded(
            lambda: _answer(click, request, value, services),
            request,
            services,
            asked=Interaction(what=action_id, about=_run_id(value)),
        )
        ack()
        give(answer, request, services)

    return hear


def _run_id(value: str) -> str:
    return value.partition(":")[0]


def _answer(click: Click, request: Request, value: str, services: Services) -> Answer:
    run, digest = _shown(value, request, services)
    if not request.sees(run):
        raise DeniedError(
            "This run belongs to another channel. Nothing was changed.",
            detail="its card is in another channel",
            project=run.project,
        )
    return click(run, digest, request, services)


def _shown(value: str, request: Request, services: Services) -> tuple[Run, str]:
    """Return the run that a value names, and the digest of what was shown of it."""
    found = _VALUE.fullmatch(value)
    run = services.stores.runs.get(found["run_id"]) if found else None
    if found is None or run is None or run.team_id != request.team_id:
        raise CommandError("I no longer have a record of this run. Nothing was changed.")
    return run, found["digest"]


class _Rejection:
    """A form that was submitted; its answer goes to where the run's card stands."""

    def __init__(self, body: dict[str, Any], context: BoltContext) -> None:
        actor = actor_of(body, context)
        self._view: dict[str, Any] = body["view"]
        self.request = Request(
            team_id=actor.team_id,
            channel_id="",
            user_id=body["user"]["id"],
            surface=Surface.FORM,
            is_external=actor.is_external,
            deduplication_key=self._view["id"],
        )

    @property
    def asked(self) -> Interaction:
        """What the audit trail calls it."""
        return Interaction(what=REJECT_MODAL, about=_run_id(self._value))

    @property
    def _value(self) -> str:
        return str(self._view.get("private_metadata", ""))

    def of(self, services: Services) -> Answer:
        """Reject the run. Raises CommandError when that cannot be done."""
        run, digest = _shown(self._value, self.request, services)
        self.request = replace(self.request, channel_id=run.channel_id, thread_ts=run.thread_ts)
        entered = self._view.get("state", {}).get("values", {}).get(REASON, {}).get(REASON, {})
        reason = str(entered.get("value") or "")
        return reject.reject(run, digest, self.request, services, reason=reason)
