"""Tell in a run's thread what must be decided, a long statement as a file, and who approved."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO

import msgspec

from odps_bot.messages import Message
from odps_bot.messages.run.questions import (
    FILE_REFUSED,
    decision_reply,
    file_comment,
    file_of_statement,
    question_reply,
)
from odps_bot.messages.run.refusals import NOTHING_SUBMITTED
from odps_bot.runs import Change, Run, RunState, Telling
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackRefusedError
from odps_bot.slack.fallbacks import send_first_accepted
from odps_bot.store.outbox import NotificationKind
from odps_bot.store.rate_limits import post_message_limit
from workers.delivery.post_once import post_once
from workers.delivery.run_messages import WAIT_FOR_CARD
from workers.files.share_file import ResultFile, share_once

log = logging.getLogger(__name__)

#: Slack shows a file a moment after it has been shared.
UNTIL_SHOWN = timedelta(seconds=3)


def tell_question(run_id: str, services: Services) -> timedelta | None:
    """Say what must be decided; what is too long for the card comes as a file, and then counts.

    Returns when to try again, or None when it is told. Safe to run twice.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.state is not RunState.AWAITING_DECISION or run.question_ts is not None:
        return None
    if run.is_card_refused:
        # There is no thread; that nobody could decide is told when the question expires.
        return None
    if run.question is None or run.card_ts is None:
        return WAIT_FOR_CARD
    wait = services.stores.rate_limiter.take(post_message_limit(run.channel_id))
    if wait is not None:
        return wait
    if not run.question.is_shown:
        return _show(run, services)
    ts = _reply(NotificationKind.QUESTION, run, question_reply(run), services)
    services.stores.runs.note(run_id, question_ts=ts)
    return None


def tell_decision(run_id: str, services: Services) -> timedelta | None:
    """Say who has approved. Returns when to try again, or None when it is told."""
    run = services.stores.runs.get(run_id)
    if run is None or run.decision is None or run.decision_ts is not None or run.card_ts is None:
        return None
    wait = services.stores.rate_limiter.take(post_message_limit(run.channel_id))
    if wait is not None:
        return wait
    ts = _reply(NotificationKind.DECISION, run, decision_reply(run), services)
    services.stores.runs.note(run_id, decision_ts=ts)
    return None


def _reply(kind: NotificationKind, run: Run, message: Message, services: Services) -> str:
    def post(form: Message) -> str:
        return post_once(kind, run, run.channel_id, form, services, thread_ts=run.reply_to)

    ts, _ = send_first_accepted(post, [message])
    return ts


def _show(run: Run, services: Services) -> timedelta | None:
    name, content = file_of_statement(run)
    try:
        ts = share_once(
            NotificationKind.QUESTION, run, name, services, make=partial(_file, run, name, content)
        )
    except SlackRefusedError as error:
        log.warning("cannot post the statement of run %s: %s", run.run_id, error)
        _end_unshown(run, services)
        return None
    if ts is None:
        return UNTIL_SHOWN

    def decide(current: Run) -> Change | None:
        if current.state is not RunState.AWAITING_DECISION or current.question is None:
            return None
        question = msgspec.structs.replace(current.question, is_shown=True)
        shown = msgspec.structs.replace(current, question=question, question_ts=ts)
        return Change(run=shown, tell=(Telling.CARD,))

    services.stores.runs.change(run.run_id, decide)
    return None


@contextmanager
def _file(run: Run, name: str, content: bytes) -> Iterator[ResultFile]:
    yield ResultFile(
        content=BytesIO(content),
        size_bytes=len(content),
        title=name,
        comment=file_comment(run),
    )


def _end_unshown(run: Run, services: Services) -> None:
    now = services.clock()

    def decide(current: Run) -> Change | None:
        if current.state is not RunState.AWAITING_DECISION:
            return None
        refused = msgspec.structs.replace(
            current,
            state=RunState.REFUSED,
            result_text=f"{FILE_REFUSED} {NOTHING_SUBMITTED}",
            ended_at=now,
        )
        return Change(run=refused, tell=(Telling.FINAL, Telling.REFUSAL))

    services.stores.runs.change(run.run_id, decide)
    services.jobs.deliver()
