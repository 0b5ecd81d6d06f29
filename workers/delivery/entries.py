"""Handle claimed entries of the outbox: acknowledged when done, put off while they must wait."""

import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from odps_bot.operations.logs import logged_about
from odps_bot.services import Services
from odps_bot.slack.errors import (
    PostInProgressError,
    RateLimitedError,
    RefusedError,
    SlackError,
)
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.codec import CorruptRecordError
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Entry

log = logging.getLogger(__name__)

#: A claimed entry comes back after this when whoever handles it dies.
LEASE = timedelta(seconds=60)

#: So many entries are handled side by side: each waits for the network most of its time.
CONCURRENCY = 8

#: A job ends after this, so that a worker turns to the other queues.
ROUND = timedelta(seconds=3)

AFTER_A_FAULT = timedelta(minutes=1)

#: What leaves an audit line here, once it is sent. What is posted leaves one when Slack has taken
#: it, and an inquiry when its answer is sent.
AUDITED = frozenset({NotificationKind.EPHEMERAL, NotificationKind.REFUSAL, NotificationKind.FINAL})

#: Outcomes in the audit trail.
SENT = "sent"
FAILED = "failed"

#: Handles the subject of an entry; returns when to try again, or None when it is done.
Handler: TypeAlias = Callable[[str, Services], timedelta | None]


def handle(entry: Entry, handler: Handler, services: Services) -> bool:
    """Handle one entry; whatever goes wrong is put off or given up, and never raised.

    Returns whether something else is to be delivered now. Raises redis.RedisError.
    """
    with logged_about(entry=str(entry)), services.stores.audit.held() as lines:
        delay, outcome = _try(entry, handler, services)
        if delay is not None:
            return services.stores.outbox.requeue(entry, delay, lines)
        if entry.kind in AUDITED or outcome != SENT:
            audit(entry.kind, entry.subject_id, outcome, services)
        return services.stores.outbox.ack(entry, lines)


def audit(kind: NotificationKind, subject_id: str, outcome: str, services: Services) -> None:
    """Record in the audit trail what has become of a notification."""
    services.stores.audit.record(
        AuditLine(kind=AuditKind.NOTIFICATION, what=kind, outcome=outcome, run_id=subject_id)
    )


def _try(entry: Entry, handler: Handler, services: Services) -> tuple[timedelta | None, str]:
    """Return when to try again, or None and the outcome."""
    try:
        return handler(entry.subject_id, services_for_entry(entry, services)), SENT
    except RefusedError as error:
        log.error("gave up delivery of %s, Slack refused it: %s", entry, error)  # noqa: TRY400  -- no trace
    except SlackError as error:
        is_usual = isinstance(error, RateLimitedError | PostInProgressError)
        log.log(
            logging.DEBUG if is_usual else logging.WARNING,
            "delivery of %s deferred: %s",
            entry,
            error,
        )
        return error.retry_after, ""
    except CorruptRecordError as error:
        log.error("gave up delivery of %s, its record is corrupt: %s", entry, error)  # noqa: TRY400  -- likewise
    except Exception:
        log.exception("delivery of %s failed (ref %s)", entry, secrets.token_hex(4))
        return AFTER_A_FAULT, ""
    return None, FAILED


def services_for_entry(entry: Entry, services: Services) -> Services:
    """Return the services of the workspace that the entry is for: each has its own token."""
    # Where there is but one workspace nothing need be read.
    if services.slack.installations is None:
        return services
    return services.of_team(_team_id(entry, services))


def _team_id(entry: Entry, services: Services) -> str:
    """Return the workspace's id; empty when the entry's subject is gone."""
    subject_id = entry.subject_id
    if entry.kind in {NotificationKind.HOME, NotificationKind.BOARD}:
        return subject_id.partition(" ")[0]
    if entry.kind is NotificationKind.ALERT:
        subscription = services.stores.subscriptions.get(subject_id)
        return subscription.team_id if subscription else ""
    if entry.kind in {NotificationKind.EPHEMERAL, NotificationKind.INQUIRY}:
        address = services.stores.ephemeral_replies.address(subject_id)
        return address.team_id if address else ""
    run = services.stores.runs.get(subject_id.partition(" ")[0])
    return run.team_id if run else ""
