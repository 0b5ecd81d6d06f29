"""A statement that the same person has sent a moment ago: it is not run twice by mistake."""

import hashlib
import json
from datetime import datetime

from odps_bot.input.request import Request
from odps_bot.messages import Message
from odps_bot.messages.replies.sent_again import sent_again, sent_just_now
from odps_bot.runs import Run, RunState
from odps_bot.services import Services
from odps_bot.sql.classification import classify
from odps_bot.sql.fingerprint import text_fingerprint
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.sent_statements import Sent


def sending(run: Run, services: Services) -> Pipelined[Sent]:
    """Return what records that the run's statement was sent, and names the run."""
    return services.stores.sent_statements.sending(
        run.team_id, run.user_id, _digest(run), run_id=run.run_id
    )


class SentAgainError(Exception):
    """A run would only repeat `first`; None: that one is being stored at this moment."""

    def __init__(self, first: Run | None) -> None:
        super().__init__(first.name if first else "")
        self.first = first


def refuse_repetition(run: Run, first_id: str, services: Services) -> None:
    """Raise SentAgainError if the run would only repeat the one with the id `first_id`.

    What was refused, has failed or was stopped is sent again on purpose, and so is a query that has
    ended.
    """
    while first_id != run.run_id:
        first = services.stores.runs.get_readable(first_id)
        if first is None or _is_wanted(first):
            raise SentAgainError(first)
        # Of several that are sent at once in place of the first, one is it.
        first_id = services.stores.sent_statements.replace(
            run.team_id, run.user_id, _digest(run), run_id=run.run_id, first_id=first_id
        )


def not_sent(run: Run, services: Services) -> None:
    """Forget that the statement was sent: the run was not stored."""
    services.stores.sent_statements.forget(
        run.team_id, run.user_id, _digest(run), run_id=run.run_id
    )


def sent_again_answer(first: Run | None, request: Request, *, now: datetime) -> Message:
    """Return the answer: where the first run is, and a button that runs it again all the same."""
    if first is None:
        return sent_just_now()
    return sent_again(first, now=now, question_id=request.interaction_id)


def _is_wanted(first: Run) -> bool:
    if first.stop_requested_at is not None:
        return False
    if not first.is_final:
        return True
    may_have_changed_data = not classify(first.sql, first.hints).is_read
    return first.state in {RunState.SUCCEEDED, RunState.UNKNOWN} and may_have_changed_data


def _digest(run: Run) -> str:
    """Return the same for what is the same: the statement, its project and its settings."""
    parts: list[object] = [run.project, sorted(run.hints.items()), run.priority]
    settings = json.dumps(parts if run.interactive is None else [*parts, run.interactive])
    what = f"{text_fingerprint(run.sql)}:{settings}"
    return hashlib.sha256(what.encode(errors="replace")).hexdigest()[:16]
