"""Tell Slack of a run: its card, its progress, and the one reply at its end."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec

from odps_bot.messages import Message
from odps_bot.messages.run.card import run_cards
from odps_bot.messages.run.completion import completion_replies
from odps_bot.messages.run.progress import progress_reply
from odps_bot.messages.run.refusals import NOTHING_SUBMITTED, why_slack_refused
from odps_bot.runs import Change, Run, RunState, Telling
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackBusyError, SlackRefusedError, SlackUnreachableError
from odps_bot.slack.fallbacks import send_first_accepted
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.outbox import NotificationKind
from odps_bot.store.preferences import NotifyStyle
from odps_bot.store.rate_limits import UPDATE_LIMIT, post_message_limit
from workers.delivery.direct_messages import tell_directly
from workers.delivery.home import home_changed
from workers.delivery.post_once import post_once
from workers.polling.poll import follow

T = TypeVar("T")

log = logging.getLogger(__name__)

#: The form of the card that some Slacks refuse.
WITH_PLAN = "plan"

#: When to look again for a card that is not posted yet.
WAIT_FOR_CARD = timedelta(seconds=5)

#: A look that is as young as this needs no other before its card is edited.
FRESH = timedelta(seconds=4)

#: What the first words in a thread leave to cards and ends in the same channel.
RESERVE_OF_POSTS = 2

#: What cards of running runs leave to final ones.
RESERVE_OF_CARDS = 3


def post_card(run: Run, services: Services) -> bool:
    """Post the card of a run; return whether the run may go on.

    Where Slack lets us say nothing, a run that was not submitted yet is refused: False.
    Raises SlackBusyError, SlackUnreachableError or PostedElsewhereError when the card must wait.
    """
    try:
        ts = _post(
            NotificationKind.CARD,
            run,
            run.channel_id,
            _card_forms(run, services),
            services,
            thread_ts=run.thread_ts,
        )
    except SlackRefusedError as error:
        log.warning("cannot post the card of run %s: %s", run.run_id, error)
        return _go_on_without_card(run, error, services)
    services.stores.runs.card_posted(run, ts)
    return True


def _go_on_without_card(run: Run, error: SlackRefusedError, services: Services) -> bool:
    now = services.clock()

    def decide(current: Run) -> Change:
        silent = msgspec.structs.replace(current, is_card_refused=True)
        if current.state is not RunState.QUEUED:
            return Change(run=silent)
        text = f"{why_slack_refused(error.code)} {NOTHING_SUBMITTED}"
        refused = msgspec.structs.replace(
            silent, state=RunState.REFUSED, result_text=text, ended_at=now
        )
        return Change(run=refused, tell=(Telling.REFUSAL,))

    changed = services.stores.runs.change(run.run_id, decide)
    services.jobs.deliver()
    return changed is not None and not changed.is_final


def tell_card(run_id: str, services: Services) -> timedelta | None:
    """Post the card, or edit it because the run's state has changed.

    Returns when to try again, or None when it is told.
    """
    run = services.stores.runs.get(run_id)
    if run is None:
        return None
    home_changed(run, services)
    if run.is_card_refused:
        return None
    if run.card_ts is None:
        post_card(run, services)
        # An earlier post that was found again shows the run as it stood then.
        return timedelta(0)
    wait = services.stores.rate_limiter.take(
        UPDATE_LIMIT, reserve=0 if run.is_final else RESERVE_OF_CARDS
    )
    return _edit_card(run, services) if wait is None else wait


def tell_moved(run_id: str, services: Services) -> timedelta | None:
    """Edit the card because the run has moved; what it shows is asked for now.

    The caller has taken a token of `EDITS`. Returns when to try again, or None when it is told.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.is_final or run.card_ts is None or run.is_card_refused:
        return None
    if not services.stores.message_leases.may_update(NotificationKind.CARD_REFRESH, run_id):
        return UPDATE_INTERVAL
    if run.polled_at is None or services.clock() - run.polled_at > FRESH:
        follow(run_id, services, is_prompted=True)
        run = services.stores.runs.get(run_id)
        if run is None or run.is_final:
            return None
    _edit_card(run, services)
    return None


def _edit_card(run: Run, services: Services) -> timedelta | None:
    """Edit the card; return when to do it once more, because an older edit may come later."""
    if run.is_final:
        _edit_card_of(run, services)
        return services.stores.message_leases.update_under_way(run.run_id)
    services.stores.message_leases.begin_update(run.run_id)
    # Read again: who ends the run from here on knows of this edit.
    current = services.stores.runs.get(run.run_id)
    is_fate_open = False
    try:
        if current is not None and not current.is_final:
            _edit_card_of(run, services)
    except SlackUnreachableError as error:
        is_fate_open = error.may_have_happened
        raise
    finally:
        if not is_fate_open:
            _end_edit(run.run_id, services)
    return None


def _end_edit(run_id: str, services: Services) -> None:
    """Have the end told again, if there was one meanwhile: it may have come before the edit."""
    services.stores.message_leases.end_update(run_id)
    run = services.stores.runs.get(run_id)
    if run is not None and run.is_final:
        services.stores.outbox.enqueue(NotificationKind.FINAL, run_id)


def _edit_card_of(run: Run, services: Services) -> None:
    if run.card_ts is not None:
        _edit(run.channel_id, run.card_ts, _card_forms(run, services), services)


def _card_forms(run: Run, services: Services) -> list[Message]:
    """Return the forms of the card that are worth a try, best first."""
    forms = run_cards(run, now=services.clock())
    is_plan_refused = len(forms) > 1 and services.stores.unsupported_blocks.is_refused(WITH_PLAN)
    return forms[1:] if is_plan_refused else forms


def tell_progress(run_id: str, services: Services) -> timedelta | None:
    """Post or edit the milestones.

    The caller has taken a token of `EDITS`. Returns when to try again, or None when they are told.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.is_card_refused or not run.milestones:
        return None
    if run.progress_ts is not None:
        if not run.is_final and not services.stores.message_leases.may_update(
            NotificationKind.PROGRESS, run_id
        ):
            return UPDATE_INTERVAL
        _edit(run.channel_id, run.progress_ts, [progress_reply(run)], services)
        return None
    if run.is_final:
        return None
    if run.card_ts is None:
        return WAIT_FOR_CARD
    ts = _post(
        NotificationKind.PROGRESS,
        run,
        run.channel_id,
        [progress_reply(run)],
        services,
        thread_ts=run.reply_to,
    )
    services.stores.runs.note(run_id, progress_ts=ts)
    return None


def tell_completion(run_id: str, services: Services) -> timedelta | None:
    """Post the reply at the end, in the nearest place that Slack allows."""
    run = services.stores.runs.get(run_id)
    if run is None or not run.is_final or run.completion_ts is not None:
        return None
    if run.card_ts is None and not run.is_card_refused:
        return WAIT_FOR_CARD
    services.stores.runs.note(run_id, completion_ts=_post_completion(run, services))
    return None


def _post_completion(run: Run, services: Services) -> str:
    style = services.stores.preferences.get(run.team_id, run.user_id).notify
    forms = completion_replies(run, now=services.clock(), notify=style)
    if not run.is_card_refused:
        for thread_ts in (run.reply_to, None):
            try:
                ts = _post(
                    NotificationKind.COMPLETION,
                    run,
                    run.channel_id,
                    forms,
                    services,
                    thread_ts=thread_ts,
                )
            except SlackRefusedError as error:
                log.warning("posting the end of run %s elsewhere: %s", run.run_id, error)
            else:
                if style is NotifyStyle.DIRECT:
                    tell_directly(run, ts, services)
                return ts
    return _post(NotificationKind.COMPLETION, run, run.user_id, forms, services)


def _post(
    kind: NotificationKind,
    run: Run,
    channel_id: str,
    forms: Sequence[Message],
    services: Services,
    *,
    thread_ts: str | None = None,
) -> str:
    """Post the first of the forms whose blocks Slack takes, at worst without any."""
    # One token for all forms: what Slack refuses has cost nobody a message.
    reserve = RESERVE_OF_POSTS if kind is NotificationKind.PROGRESS else 0
    wait = services.stores.rate_limiter.take(post_message_limit(channel_id), reserve=reserve)
    if wait is not None:
        raise SlackBusyError("chat.postMessage", retry_after_s=wait.total_seconds())

    def post(form: Message) -> str:
        return post_once(kind, run, channel_id, form, services, thread_ts=thread_ts)

    return _in_some_form(post, forms, services)


def _edit(channel_id: str, message_ts: str, forms: Sequence[Message], services: Services) -> None:
    """Replace a message by the first of the forms whose blocks Slack takes, at worst by text."""

    def edit(form: Message) -> None:
        services.slack.messages.edit(channel_id, message_ts, form)

    try:
        _in_some_form(edit, forms, services)
    except SlackBusyError as error:
        services.stores.rate_limiter.pause(UPDATE_LIMIT, timedelta(seconds=error.retry_after_s))
        raise


def _in_some_form(say: Callable[[Message], T], forms: Sequence[Message], services: Services) -> T:
    """Say it in the first form that Slack takes; a plan that it refuses is not tried for a day."""
    said, refused = send_first_accepted(say, forms)
    is_plainer = 0 < refused < len(forms)
    if is_plainer and any(block["type"] == "plan" for block in forms[refused - 1].blocks):
        services.stores.unsupported_blocks.remember(WITH_PLAN)
    return said
