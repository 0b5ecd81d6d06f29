"""Submitted modals: errors are shown in them, and none closes without a result."""

import re
from typing import Any

import msgspec
from slack_bolt import Ack, App, BoltContext

from odps_bot.commands import Answer, Request
from odps_bot.input.request import Surface
from odps_bot.input.slack_text import decode_entities
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import give
from odps_bot.listeners.run_modal import ModalFieldError, SubmittedModal, submit
from odps_bot.messages import Message
from odps_bot.messages.modals import run_modal
from odps_bot.messages.modals.run_modal import ModalContext
from odps_bot.services import Services

#: What of a longer explanation stands below a field.
ERROR_CHARACTERS = 500

_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}")
_TS = re.compile(r"\d{1,16}\.\d{1,9}")
_DRAFT = re.compile(r"[0-9a-f]{16}")


def register(app: App, services: Services) -> None:
    """Let `app` hear the run form."""

    @app.view(run_modal.RUN_MODAL)
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = _request(body, context)
        outcome = _Outcome()
        answer = run_guarded(
            lambda: outcome.of(body, request, services),
            request,
            services,
            asked=Interaction(what=run_modal.RUN_MODAL, typed=_typed(body)),
        )
        if outcome.errors:
            ack(response_action="errors", errors=outcome.errors)
        elif not outcome.is_accepted:
            ack(response_action="errors", errors={outcome.field: _in_plain_words(answer)})
        else:
            give(answer, outcome.request or request, services)
            ack()


class _Outcome:
    """What came of a submission, besides its answer."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.is_accepted = False
        self.field = run_modal.PROJECT  #: below which an error stands that concerns no field
        self.request: Request | None = None  #: as it was placed in a channel

    def of(self, body: dict[str, Any], request: Request, services: Services) -> Answer:
        """Submit the form; errors are raised, and those of its fields are kept."""
        form = read_form(body["view"])
        self.field = form.first_field
        self.request = form.placed(request)
        try:
            answer = submit(form, self.request, services)
        except ModalFieldError as error:
            self.errors = error.errors
            raise
        self.is_accepted = True
        return answer


def read_form(view: dict[str, Any]) -> SubmittedModal:
    """Return what was entered in the form. Raises ValueError for what no form of ours sends."""
    values = {
        name: entry
        for entries in view.get("state", {}).get("values", {}).values()
        for name, entry in entries.items()
    }

    def entered(name: str, key: str = "value") -> Any:
        return values.get(name, {}).get(key)

    files = entered(run_modal.FILE, "files") or []
    return SubmittedModal(
        context=_context(view.get("private_metadata") or "{}"),
        project=(entered(run_modal.PROJECT, "selected_option") or {}).get("value", ""),
        sql=entered(run_modal.SQL) or "",
        file=files[0] if files else None,
        is_estimate=bool(entered(run_modal.ESTIMATE, "selected_options")),
        priority=(entered(run_modal.PRIORITY, "selected_option") or {}).get("value", ""),
        quota=(entered(run_modal.QUOTA) or "").strip(),
        hints=entered(run_modal.HINTS) or "",
        notify=tuple(entered(run_modal.NOTIFY, "selected_users") or ())[: run_modal.MOST_NOTIFIED],
        place=entered(run_modal.PLACE, "selected_conversation") or "",
    )


def _context(metadata: str) -> ModalContext:
    context = msgspec.json.decode(metadata, type=ModalContext)
    for value, shape in (
        (context.channel_id, _CHANNEL),
        (context.thread_ts, _TS),
        (context.draft_id, _DRAFT),
    ):
        if value and not shape.fullmatch(value):
            raise ValueError("the modal's private_metadata isn't ours")
    return context


def _request(body: dict[str, Any], context: BoltContext) -> Request:
    actor = actor_of(body, context)
    return Request(
        team_id=actor.team_id,
        channel_id="",
        user_id=body["user"]["id"],
        trigger_id=body.get("trigger_id") or "",
        surface=Surface.FORM,
        is_external=actor.is_external,
        deduplication_key=body["view"]["id"],
    )


def _typed(body: dict[str, Any]) -> str:
    """Return the statement that was entered, for the audit trail."""
    try:
        return read_form(body["view"]).sql
    except (ValueError, KeyError, AttributeError, TypeError):
        return ""


def _in_plain_words(answer: Answer) -> str:
    """Return a message as plain text, for where markup doesn't work."""
    said = answer.text if isinstance(answer, Message) else "Something went wrong on my side."
    words = decode_entities(re.sub(r":[a-z_]+: ?|[`*]", "", said))
    return words[:ERROR_CHARACTERS]
