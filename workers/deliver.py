"""RQ job: tell Slack what waits in the outbox."""

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta

import msgspec

from odps_bot.messages import Message, answers
from odps_bot.messages.card import run_card
from odps_bot.messages.completion import completion_replies
from odps_bot.messages.progress import progress_reply
from odps_bot.messages.refusals import CANNOT_POST, NOTHING_SUBMITTED
from odps_bot.outbox import (
    EDIT_INTERVAL,
    Entry,
    EntryKind,
    SlackBusyError,
    SlackRefusedError,
    SlackUnreachableError,
)
from odps_bot.runs import Change, Run, RunState, Telling
from odps_bot.services import Services
from workers.answer_inquiry import answer_inquiry
from workers.post_once import PostedElsewhereError, post_once
from workers.process_services import services

log = logging.getLogger(__name__)

#: A claimed entry comes back after this when its deliverer dies.
LEASE = timedelta(seconds=60)
CLAIMED_AT_ONCE = 20

#: A job ends after this, so that a worker turns to the other queues.
ROUND = timedelta(seconds=10)

TRY_AGAIN = timedelta(seconds=5)
AFTER_A_FAULT = timedelta(minutes=1)

#: Slack refuses the message's blocks, not the place: a plainer form may do.
FORM_CODES = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
)

#: We may not speak where the run was asked for.
PLACE_CODES = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "user_not_in_channel",
    }
)


def deliver() -> None:
    """Tell what waits; RQ calls this by name."""
    deliver_all(services())


def deliver_all(services: Services) -> None:
    """Tell what is due, the most important first, for at most a round; safe to run twice."""
    end = services.clock() + ROUND
    while services.clock() < end:
        entries = services.outbox.claim(limit=CLAIMED_AT_ONCE, lease=LEASE)
        if not entries:
            return
        for entry in entries:
            _deliver(entry, services)


def _deliver(entry: Entry, services: Services) -> None:
    try:
        delay = TELLERS[entry.kind](entry.about, services)
    except SlackBusyError as error:
        delay = timedelta(seconds=error.retry_after_s)
        log.info("%s waits: %s", entry, error)
    except SlackUnreachableError as error:
        delay = TRY_AGAIN
        log.warning("%s waits: %s", entry, error)
    except PostedElsewhereError:
        delay = TRY_AGAIN
    except SlackRefusedError as error:
        delay = None
        log.error("%s is given up, Slack refused it: %s", entry, error)  # noqa: TRY400  -- no trace
    except Exception:
        delay = AFTER_A_FAULT
        log.exception("%s failed (ref %s)", entry, secrets.token_hex(4))
    if delay is None:
        services.outbox.finish(entry)
    else:
        services.outbox.postpone(entry, delay)


def post_card(run: Run, services: Services) -> bool:
    """Post the card of a run; return whether the run may go on.

    Where Slack lets us say nothing, a run that was not submitted yet is refused: False.
    Raises SlackBusyError or SlackUnreachableError when the card must wait.
    """
    message = run_card(run, now=services.clock())
    try:
        ts = post_once(EntryKind.CARD, run, run.channel_id, message, services)
    except PostedElsewhereError:
        return True
    except SlackRefusedError as error:
        if error.code not in PLACE_CODES:
            raise
        return _go_on_without_card(run, services)
    services.runs.note(run.run_id, card_ts=ts)
    return True


def _go_on_without_card(run: Run, services: Services) -> bool:
    now = services.clock()

    def decide(current: Run) -> Change:
        silent = msgspec.structs.replace(current, is_card_refused=True)
        if current.state is not RunState.ASKED:
            return Change(run=silent)
        text = f"{CANNOT_POST} {NOTHING_SUBMITTED}"
        refused = msgspec.structs.replace(
            silent, state=RunState.REFUSED, result_text=text, ended_at=now
        )
        return Change(run=refused, tell=(Telling.REFUSAL,))

    changed = services.runs.change(run.run_id, decide)
    services.jobs.deliver()
    return changed is not None and not changed.is_final


def _tell_card(run_id: str, services: Services) -> timedelta | None:
    run = services.runs.get(run_id)
    if run is None or run.is_card_refused:
        return None
    if run.card_ts is None:
        post_card(run, services)
        return None
    return _edit(EntryKind.CARD, run, run.card_ts, run_card(run, now=services.clock()), services)


def _tell_progress(run_id: str, services: Services) -> timedelta | None:
    run = services.runs.get(run_id)
    if run is None or run.is_card_refused or not run.milestones:
        return None
    if run.progress_ts is not None:
        return _edit(EntryKind.PROGRESS, run, run.progress_ts, progress_reply(run), services)
    if run.is_final:
        return None
    if run.card_ts is None:
        return TRY_AGAIN
    ts = post_once(
        EntryKind.PROGRESS,
        run,
        run.channel_id,
        progress_reply(run),
        services,
        thread_ts=run.card_ts,
    )
    services.runs.note(run_id, progress_ts=ts)
    return None


def _edit(
    kind: EntryKind, run: Run, message_ts: str, message: Message, services: Services
) -> timedelta | None:
    held = services.holds.pause_left("chat.update")
    if held is not None:
        return held
    if not run.is_final and not services.holds.may_edit(kind, run.run_id):
        return EDIT_INTERVAL
    try:
        services.slack.edit(run.channel_id, message_ts, message)
    except SlackBusyError as error:
        services.holds.pause("chat.update", timedelta(seconds=error.retry_after_s))
        raise
    return None


def _tell_completion(run_id: str, services: Services) -> timedelta | None:
    run = services.runs.get(run_id)
    if run is None or not run.is_final or run.completion_ts is not None:
        return None
    if run.card_ts is None and not run.is_card_refused:
        return TRY_AGAIN
    ts = _post_completion(run, services)
    services.runs.note(run_id, completion_ts=ts)
    return None


def _post_completion(run: Run, services: Services) -> str:
    """Post the reply in the best form and the nearest place that Slack allows."""
    channel_id, thread_ts = run.channel_id, run.card_ts
    if run.is_card_refused:
        channel_id, thread_ts = run.user_id, None
    forms = completion_replies(run, now=services.clock())
    while True:
        try:
            return post_once(
                EntryKind.COMPLETION, run, channel_id, forms[0], services, thread_ts=thread_ts
            )
        except SlackRefusedError as error:
            if error.code in FORM_CODES and len(forms) > 1:
                forms.pop(0)
            elif error.code in PLACE_CODES and channel_id != run.user_id:
                channel_id, thread_ts = run.user_id, None
            else:
                raise


def _tell_refusal(run_id: str, services: Services) -> timedelta | None:
    run = services.runs.get(run_id)
    if run is None:
        return None
    message = answers.refusal(run)
    url = services.private_answers.url(run_id)
    try:
        if url is None:
            services.slack.whisper(run.channel_id, run.user_id, message)
        else:
            services.slack.answer(url, message)
    except SlackRefusedError:
        services.slack.post(run.user_id, message, thread_ts=None, label={"run_id": run_id})
    return None


def _tell_answer(ask_id: str, services: Services) -> timedelta | None:
    message = services.private_answers.answer(ask_id)
    url = services.private_answers.url(ask_id)
    if message is not None and url is not None:
        services.slack.answer(url, message)
    return None


def _tell_inquiry(ask_id: str, services: Services) -> timedelta | None:
    inquiry = services.private_answers.inquiry(ask_id)
    url = services.private_answers.url(ask_id)
    if inquiry is not None and url is not None:
        services.slack.answer(url, answer_inquiry(inquiry, services))
    return None


TELLERS: dict[EntryKind, Callable[[str, Services], timedelta | None]] = {
    EntryKind.ANSWER: _tell_answer,
    EntryKind.INQUIRY: _tell_inquiry,
    EntryKind.REFUSAL: _tell_refusal,
    EntryKind.COMPLETION: _tell_completion,
    EntryKind.CARD: _tell_card,
    EntryKind.PROGRESS: _tell_progress,
}
