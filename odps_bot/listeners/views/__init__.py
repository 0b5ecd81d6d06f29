"""Modals that are submitted: one table of what reads each."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request
from odps_bot.input.request import Surface
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.deliveries import delivered
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import respond
from odps_bot.listeners.views.reject_modal import Rejection
from odps_bot.listeners.views.run_modal import RunSubmission
from odps_bot.messages.modals.run_modal import RUN_MODAL
from odps_bot.messages.replies.other_versions import UNKNOWN_FORM, unknown_form
from odps_bot.messages.run.questions import REJECT_MODAL
from odps_bot.services import Services

log = logging.getLogger(__name__)


class Submission(Protocol):
    """A modal that was submitted."""

    request: Request  #: by whom; once it is submitted, also where

    @property
    def interaction(self) -> Interaction:
        """What the audit trail calls it."""

    def submit(self, services: Services) -> Answer:
        """Do what was asked for. Raises CommandError, and ModalFieldError for its fields."""

    def errors(self, answer: Answer) -> dict[str, str]:
        """Return what to say below fields, by their blocks, if the modal has to stay open."""


#: By callback id.
VIEWS: Mapping[str, Callable[[dict[str, Any], Request], Submission]] = MappingProxyType(
    {RUN_MODAL: RunSubmission, REJECT_MODAL: Rejection}
)


def register(app: App, services: Services) -> None:
    """Register the listener to each modal, and one to those of another version of the app."""
    for callback_id, read in VIEWS.items():
        app.view(callback_id)(_listener(read, services))

    @app.view(re.compile(""))
    def refuse_unknown(ack: Ack, view: dict[str, Any]) -> None:
        log.warning("no listener for modal %.80r: another version offers it", view["callback_id"])
        services.metrics.ignored("view_submission", "no_listener")
        # What was entered stays to be copied.
        fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
        if fields:
            ack(response_action="errors", errors={fields[0]: UNKNOWN_FORM})
        else:
            ack(response_action="update", view=unknown_form())


def _listener(
    read: Callable[[dict[str, Any], Request], Submission], services: Services
) -> Callable[..., None]:
    def handle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = view_request(body, context)
        with delivered(request.interaction_id, services) as delivery:
            errors = {} if delivery.is_repeated else submit(read(body["view"], request))
            # Whoever sees an error may submit the same again.
            delivery.is_done = not errors
            if errors:
                ack(response_action="errors", errors=errors)
            elif body["view"].get("previous_view_id"):
                # What it was pushed onto has served its purpose, too.
                ack(response_action="clear")
            else:
                ack()

    def submit(submission: Submission) -> dict[str, str]:
        answer = run_guarded(
            lambda: submission.submit(services),
            submission.request,
            services,
            interaction=submission.interaction,
        )
        errors = submission.errors(answer)
        if not errors:
            respond(answer, submission.request, services)
        return errors

    return handle


def view_request(body: dict[str, Any], context: BoltContext) -> Request:
    """Return who has submitted; where the card goes is in the modal."""
    actor = actor_of(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id="",
        user_id=body["user"]["id"],
        trigger_id=body.get("trigger_id") or "",
        surface=Surface.MODAL,
        is_external=actor.is_external,
        is_membership_unknown=actor.is_membership_unknown,
        deduplication_key=submission_key(body["view"]),
    )


def submission_key(view: Mapping[str, Any]) -> str:
    """Return what repeated deliveries of a submission have in common.

    A modal that stays open with an error has the same id when it is submitted with other input.
    """
    entered = json.dumps(view.get("state"), sort_keys=True)
    return f"{view.get('id', '')}:{hashlib.sha256(entered.encode()).hexdigest()[:16]}"
