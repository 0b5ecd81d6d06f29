"""RQ job: tell Slack what waits in the outbox."""

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from odps_bot.messages.replies import ephemeral
from odps_bot.operations.logs import logged_about
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.replies.result_requests import is_asked_for
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackBusyError, SlackRefusedError, SlackUnreachableError
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.codec import CorruptRecordError
from odps_bot.store.outbox import BEST_EFFORT, GUARANTEED, Entry, NotificationKind
from odps_bot.store.rate_limits import UPDATE_LIMIT
from workers.delivery.alerts import tell_notice
from workers.delivery.ephemeral import answer_person
from workers.delivery.home import home_changed, publish_home
from workers.delivery.post_once import PostedElsewhereError
from workers.delivery.questions import tell_decision, tell_question
from workers.delivery.run_messages import (
    RESERVE_OF_CARDS,
    tell_card,
    tell_completion,
    tell_moved,
    tell_progress,
)
from workers.delivery.workspace_services import services_for_entry
from workers.queries.inquiry import answer_inquiry
from workers.submission.charge import account

log = logging.getLogger(__name__)

#: A claimed entry comes back after this when its deliverer dies.
LEASE = timedelta(seconds=60)

#: So many messages are sent side by side: each waits for Slack most of its time.
SENDERS = 8

#: What takes an edit of those that Slack allows, and the rest of what is promised.
EDITED = (NotificationKind.FINAL, NotificationKind.CARD)
POSTED = tuple(kind for kind in GUARANTEED if kind not in EDITED)

#: What progress leaves to cards whose state has changed.
RESERVE_OF_DROPPABLE = 10

#: What leaves an audit line here, once it is told; what is posted does when Slack has taken it.
AUDITED = frozenset(
    {
        NotificationKind.EPHEMERAL,
        NotificationKind.REFUSAL,
        NotificationKind.INQUIRY,
        NotificationKind.FINAL,
    }
)

#: A job ends after this, so that a worker turns to the other queues.
ROUND = timedelta(seconds=3)

TRY_AGAIN = timedelta(seconds=5)
AFTER_A_FAULT = timedelta(minutes=1)

#: The job that sends a file may have been lost with its worker.
UNTIL_PROMPTED_AGAIN = timedelta(minutes=2)


def deliver_all(services: Services) -> None:
    """Tell what is due, the most important first, for at most a round; safe to run twice."""
    end = services.clock() + ROUND
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="sender") as senders:
        while services.clock() < end:
            entries = _claim_promised(services)
            if entries:
                list(senders.map(partial(_deliver, services=services), entries))
            elif not _deliver_droppable(services):
                return


def _claim_promised(services: Services) -> list[Entry]:
    """Take what is promised; of what needs an edit no more than there are edits.

    More would only be put off, time and again, all that wait.
    """
    entries = services.stores.outbox.claim(limit=SENDERS, lease=LEASE, kinds=POSTED)
    left = services.stores.rate_limiter.left(UPDATE_LIMIT)
    kinds = EDITED if left > RESERVE_OF_CARDS else (NotificationKind.FINAL,)
    room = min(SENDERS - len(entries), left)
    if room > 0:
        entries += services.stores.outbox.claim(limit=room, lease=LEASE, kinds=kinds)
    return entries


def _deliver_droppable(services: Services) -> bool:
    """Tell one thing that may be dropped, if edits can be spared; return whether one was told."""
    if not services.stores.outbox.is_due(BEST_EFFORT):
        return False
    if services.stores.rate_limiter.take(UPDATE_LIMIT, reserve=RESERVE_OF_DROPPABLE) is not None:
        return False
    # In turn, so that neither cards nor threads wait for ever.
    kinds = BEST_EFFORT if services.clock().second % 2 else tuple(reversed(BEST_EFFORT))
    entries = services.stores.outbox.claim(limit=1, lease=LEASE, kinds=kinds)
    for entry in entries:
        _deliver(entry, services)
    return bool(entries)


def _deliver(entry: Entry, services: Services) -> None:
    with logged_about(entry=str(entry)):
        _tell(entry, services)


def _tell(entry: Entry, services: Services) -> None:
    outcome = "told"
    try:
        delay = TELLERS[entry.kind](entry.about, services_for_entry(entry, services))
    except SlackBusyError as error:
        delay = timedelta(seconds=error.retry_after_s)
        log.debug("delivery of %s deferred: %s", entry, error)
    except SlackUnreachableError as error:
        delay = TRY_AGAIN
        log.warning("delivery of %s deferred: %s", entry, error)
    except PostedElsewhereError:
        delay = TRY_AGAIN
    except SlackRefusedError as error:
        delay, outcome = None, "given up"
        log.error("gave up delivery of %s, Slack refused it: %s", entry, error)  # noqa: TRY400  -- no trace
    except CorruptRecordError as error:
        delay, outcome = None, "given up"
        log.error("gave up delivery of %s, its record is corrupt: %s", entry, error)  # noqa: TRY400  -- likewise
    except Exception:
        delay = AFTER_A_FAULT
        log.exception("delivery of %s failed (ref %s)", entry, secrets.token_hex(4))
    if delay is not None:
        services.stores.outbox.requeue(entry, delay)
        return
    services.stores.outbox.ack(entry)
    if entry.kind in AUDITED or outcome != "told":
        services.stores.audit.record(
            AuditLine(
                kind=AuditKind.NOTIFICATION, what=entry.kind, outcome=outcome, run_id=entry.about
            )
        )


def _tell_final(run_id: str, services: Services) -> timedelta | None:
    """Account for the run, which is over, and edit its card for the last time."""
    account(run_id, services)
    return tell_card(run_id, services)


def _tell_refusal(run_id: str, services: Services) -> timedelta | None:
    run = services.stores.runs.get(run_id)
    if run is None:
        return None
    home_changed(run, services)
    address = services.stores.ephemeral_replies.address(run_id) or Address(
        user_id=run.user_id,
        channel_id=run.channel_id,
        thread_ts=run.thread_ts,
        team_id=run.team_id,
    )
    answer_person(address, ephemeral.refusal(run), services)
    return None


def _tell_answer(interaction_id: str, services: Services) -> timedelta | None:
    forms = services.stores.ephemeral_replies.answer(interaction_id)
    address = services.stores.ephemeral_replies.address(interaction_id)
    if forms and address is not None:
        answer_person(address, forms[0], services, plainer=forms[1:])
    return None


def _tell_inquiry(interaction_id: str, services: Services) -> timedelta | None:
    inquiry = services.stores.ephemeral_replies.inquiry(interaction_id)
    address = services.stores.ephemeral_replies.address(interaction_id)
    if inquiry is None or address is None:
        return None
    answer = answer_inquiry(interaction_id, inquiry, services)
    if isinstance(answer, timedelta):
        return answer
    answer_person(address, answer[0], services, plainer=answer[1:])
    return None


def _prompt_file(kind: NotificationKind, run_id: str, services: Services) -> timedelta | None:
    """Have a job of its own send the file, and look again until somebody has been told."""
    run = services.stores.runs.get(run_id)
    is_awaited = is_asked_for(kind, run_id, ephemeral_replies=services.stores.ephemeral_replies)
    if run is None or not is_awaited:
        return None
    services.jobs.send_file(kind, run_id)
    return UNTIL_PROMPTED_AGAIN


#: Each returns when to try again, or None when it is told.
TELLERS: dict[NotificationKind, Callable[[str, Services], timedelta | None]] = {
    NotificationKind.EPHEMERAL: _tell_answer,
    NotificationKind.REFUSAL: _tell_refusal,
    NotificationKind.COMPLETION: tell_completion,
    NotificationKind.FINAL: _tell_final,
    NotificationKind.QUESTION: tell_question,
    NotificationKind.DECISION: tell_decision,
    NotificationKind.INQUIRY: _tell_inquiry,
    NotificationKind.ALERT: tell_notice,
    NotificationKind.CSV: partial(_prompt_file, NotificationKind.CSV),
    NotificationKind.CHART: partial(_prompt_file, NotificationKind.CHART),
    NotificationKind.HOME: publish_home,
    NotificationKind.CARD: tell_card,
    NotificationKind.CARD_REFRESH: tell_moved,
    NotificationKind.PROGRESS: tell_progress,
}
