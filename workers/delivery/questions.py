"""Tell in a run's thread what must be decided, a long statement as a file, and who approved."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO

from odps_bot.messages import Message
from odps_bot.messages.run.questions import (
    decision_reply,
    file_comment,
    file_of_statement,
    question_reply,
    reminder_reply,
)
from odps_bot.policy.approvers import is_group
from odps_bot.runs import Outcome, ReasonCode, Run, RunState, lifecycle
from odps_bot.services import Services
from odps_bot.slack.errors import RefusedError
from odps_bot.slack.posts import NewFile, Place, PostId
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.approvers import asked_directly
from workers.delivery.cards import WAIT_FOR_CARD

log = logging.getLogger(__name__)

#: What is posted of each question: a run may have two.
_OF_EACH_QUESTION = frozenset({NotificationKind.QUESTION, NotificationKind.REMINDER})


def deliver_question(run_id: str, services: Services) -> timedelta | None:
    """Post what must be decided; a statement too long for the card is shared as a file first.

    Returns when to try again, or None when it is posted. Safe to run twice.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.state is not RunState.AWAITING_DECISION or run.question_ts is not None:
        return None
    if run.is_card_refused:
        # There is no thread; the expiry of the question says that nobody could decide.
        return None
    if run.question is None or run.card_ts is None:
        return WAIT_FOR_CARD
    if not run.question.is_shown:
        _show(run, services)
        return None
    reply = question_reply(run, not_mentioned=_asked_directly(run, services))
    ts = _reply(NotificationKind.QUESTION, run, reply, services)
    event = partial(lifecycle.question_posted, question=run.question, ts=ts)
    services.stores.runs.apply(run_id, event)
    return None


def deliver_reminder(run_id: str, services: Services) -> timedelta | None:
    """Post that the question expires soon. Returns when to try again, or None when it is posted."""
    run = services.stores.runs.get(run_id)
    if run is None or run.state is not RunState.AWAITING_DECISION or run.card_ts is None:
        return None
    _reply(NotificationKind.REMINDER, run, reminder_reply(run), services)
    return None


def _asked_directly(run: Run, services: Services) -> list[str]:
    """Return the named approvers who are not mentioned, because they get a direct message."""
    named = run.question.named_approvers if run.question else ()
    return asked_directly(run, [one for one in named if not is_group(one)], services)


def deliver_decision(run_id: str, services: Services) -> timedelta | None:
    """Post who has approved. Returns when to try again, or None when it is posted."""
    run = services.stores.runs.get(run_id)
    if run is None or run.decision is None or run.decision_ts is not None or run.card_ts is None:
        return None
    ts = _reply(NotificationKind.DECISION, run, decision_reply(run), services)
    services.stores.runs.note(run_id, decision_ts=ts)
    return None


def _post_id(kind: NotificationKind, run: Run) -> PostId:
    # A second person may be asked, and reminded, once the requester has said yes.
    is_second = kind in _OF_EACH_QUESTION and run.consent is not None
    return PostId(kind=kind, subject_id=run.run_id, after=int(is_second), since=run.requested_at)


def _reply(kind: NotificationKind, run: Run, message: Message, services: Services) -> str:
    post_id = _post_id(kind, run)
    place = Place(run.channel_id, run.reply_to)
    return services.slack.gateway.post_once(post_id, [message], place).ts


def _show(run: Run, services: Services) -> None:
    name, content = file_of_statement(run)
    comment = file_comment(run, not_mentioned=_asked_directly(run, services))
    try:
        ts = services.slack.gateway.share_file_once(
            _post_id(NotificationKind.QUESTION, run),
            name,
            Place(run.channel_id, run.reply_to),
            make=partial(_file, comment, name, content),
            after_ts=run.card_ts,
        )
    except RefusedError as error:
        log.warning("cannot post the statement of run %s: %s", run.run_id, error)
        _end_unshown(run, error, services)
        return
    services.stores.runs.apply(run.run_id, partial(lifecycle.show_question, ts=ts))


@contextmanager
def _file(comment: str, name: str, content: bytes) -> Iterator[NewFile]:
    yield NewFile(
        content=BytesIO(content),
        size_bytes=len(content),
        title=name,
        comment=comment,
    )


def _end_unshown(run: Run, error: RefusedError, services: Services) -> None:
    event = partial(
        lifecycle.refuse,
        if_still=RunState.AWAITING_DECISION,
        why=Outcome(reason=ReasonCode.FILE_REFUSED, detail=error.code),
        now=services.clock(),
    )
    services.stores.runs.apply(run.run_id, event)
    services.jobs.deliver()
