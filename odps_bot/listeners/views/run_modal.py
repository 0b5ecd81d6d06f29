"""The run modal as it was submitted: what is wrong is shown in it, and it never closes silently."""

import re
from typing import Any

from odps_bot.commands import Answer, Request
from odps_bot.input.slack_text import decode_entities
from odps_bot.listeners.error_boundary import Interaction, ModalFieldError
from odps_bot.listeners.views.submit_run import SubmittedModal, submit
from odps_bot.messages import Message
from odps_bot.messages.modals import run_modal
from odps_bot.messages.modals.run_modal import ModalContext
from odps_bot.services import Services
from odps_bot.store.codec import decode

#: What of a longer explanation is shown below a field.
ERROR_CHARACTERS = 500

_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}")
_TS = re.compile(r"\d{1,16}\.\d{1,9}")
_DRAFT = re.compile(r"[0-9a-f]{16}")
_RUN = re.compile(r"[0-9a-f]{24}")
_USER = re.compile(r"[A-Z0-9]{2,30}")


class RunSubmission:
    """The modal, and its outcome."""

    def __init__(self, view: dict[str, Any], request: Request) -> None:
        self._view = view
        self._errors: dict[str, str] = {}
        self._is_accepted = False
        self._field = run_modal.PROJECT  #: below which an error is shown that concerns no field
        self.request = request

    @property
    def interaction(self) -> Interaction:
        """What the audit trail calls it, with the statement that was entered."""
        try:
            sql = read_modal(self._view).sql
        except (ValueError, KeyError, AttributeError, TypeError):
            sql = ""
        return Interaction(what=run_modal.RUN_MODAL, typed=sql)

    def submit(self, services: Services) -> Answer:
        """Start the run or its estimate; errors are raised, and those of fields are kept."""
        modal = read_modal(self._view)
        self._field = modal.first_field
        self.request = modal.placed(self.request)
        try:
            answer = submit(modal, self.request, services)
        except ModalFieldError as error:
            self._errors = error.errors
            raise
        self._is_accepted = True
        return answer

    def errors(self, answer: Answer) -> dict[str, str]:
        """Return what to say below fields; `answer` is below the first where it says why not."""
        if self._errors or self._is_accepted:
            return self._errors
        return {self._field: _in_plain_words(answer)}


def read_modal(view: dict[str, Any]) -> SubmittedModal:
    """Return what was entered. Raises ValueError for what our modal doesn't send.

    A field that Slack leaves out, or sends as null, is empty.
    """
    values = {
        name: entry
        for entries in _object(_object(view.get("state")).get("values")).values()
        for name, entry in _object(entries).items()
    }

    def entered(name: str, key: str = "value") -> Any:
        return _object(values.get(name)).get(key)

    context = _context(view.get("private_metadata") or "{}")
    files = [file for file in entered(run_modal.FILE, "files") or () if isinstance(file, dict)]
    kept_priority = "" if context.priority is None else str(context.priority)
    notify = entered(run_modal.NOTIFY, "selected_users") or context.notify
    return SubmittedModal(
        context=context,
        project=_object(entered(run_modal.PROJECT, "selected_option")).get("value") or "",
        sql=entered(run_modal.SQL) or "",
        file=files[0] if files else None,
        old_text=entered(run_modal.OLD_TEXT) or "",
        new_text=entered(run_modal.NEW_TEXT) or "",
        is_everywhere=bool(entered(run_modal.EVERYWHERE, "selected_options")),
        is_estimate=bool(entered(run_modal.ESTIMATE, "selected_options")),
        priority=_object(entered(run_modal.PRIORITY, "selected_option")).get("value")
        or kept_priority,
        interactive=_chosen_way(entered(run_modal.INTERACTIVE, "selected_option"), context),
        quota=(entered(run_modal.QUOTA) or "").strip(),
        hints=entered(run_modal.HINTS) or "",
        notify=tuple(notify)[: run_modal.MOST_NOTIFIED],
        channel_id=entered(run_modal.PLACE, "selected_conversation") or "",
    )


def _chosen_way(option: Any, context: ModalContext) -> bool | None:
    value = _object(option).get("value")
    return value == "yes" if value in ("yes", "no") else context.interactive


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _context(metadata: str) -> ModalContext:
    context = decode(metadata, ModalContext)
    for value, shape in (
        (context.channel_id, _CHANNEL),
        (context.thread_ts, _TS),
        (context.draft_id, _DRAFT),
        (context.edited_run_id, _RUN),
        (context.place_id, _CHANNEL),
        *((user_id, _USER) for user_id in context.notify),
    ):
        if value and not shape.fullmatch(value):
            raise ValueError("the metadata of the modal is not ours")
    return context


def _in_plain_words(answer: Answer) -> str:
    """Return a message as plain text, for where markup doesn't work."""
    text = answer.text if isinstance(answer, Message) else "Something went wrong on my side."
    words = decode_entities(re.sub(r":[a-z_]+: ?|[`*]", "", text))
    return words[:ERROR_CHARACTERS]
