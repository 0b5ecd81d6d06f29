"""Post a message once, whatever dies in between."""

import logging
from datetime import timedelta

from odps_bot.messages import Message
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackBusyError, SlackRefusedError, SlackUnreachableError
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.message_leases import PostState
from odps_bot.store.outbox import NotificationKind
from odps_bot.store.rate_limits import post_message_limit

log = logging.getLogger(__name__)


class PostedElsewhereError(Exception):
    """Another worker is posting this very message, or died while it did."""


def post_once(
    kind: NotificationKind,
    run: Run,
    channel_id: str,
    message: Message,
    services: Services,
    *,
    thread_ts: str | None = None,
) -> str:
    """Post a message of a run, see `post_labelled`."""
    label = {"run_id": run.run_id, "kind": str(kind)}
    return post_labelled(
        kind, run.run_id, channel_id, message, services, label=label, thread_ts=thread_ts
    )


def post_labelled(
    kind: NotificationKind,
    about: str,
    channel_id: str,
    message: Message,
    services: Services,
    *,
    label: dict[str, str],
    thread_ts: str | None = None,
) -> str:
    """Post `message` and return its ts; a message that an earlier try has posted is found again.

    `kind` and `about` name the one message that is posted, and so does its `label` in Slack.
    Raises PostedElsewhereError, and the SlackErrors of posting.
    """
    posting = services.stores.message_leases.begin_post(kind, about)
    if posting is PostState.IN_PROGRESS:
        raise PostedElsewhereError
    if posting is PostState.UNKNOWN:
        found = _find(channel_id, thread_ts, label, services)
        if found is not None:
            return found
    try:
        ts = services.slack.messages.post(channel_id, message, thread_ts=thread_ts, label=label)
    except SlackUnreachableError as error:
        if not error.may_have_happened:
            services.stores.message_leases.end_post(kind, about)
        raise
    except (SlackBusyError, SlackRefusedError) as error:
        services.stores.message_leases.end_post(kind, about)
        if isinstance(error, SlackBusyError):
            pause = timedelta(seconds=error.retry_after_s)
            services.stores.rate_limiter.pause(post_message_limit(channel_id), pause)
        raise
    services.stores.audit.record(posted(kind, channel_id, run_id=label.get("run_id", "")))
    return ts


def posted(what: str, channel_id: str, *, run_id: str) -> AuditLine:
    """Return the line of the audit trail about a message that Slack has taken."""
    return AuditLine(kind=AuditKind.NOTIFICATION, what=what, channel_id=channel_id, run_id=run_id)


def _find(
    channel_id: str, thread_ts: str | None, label: dict[str, str], services: Services
) -> str | None:
    try:
        return services.slack.messages.find(channel_id, thread_ts=thread_ts, label=label)
    except SlackRefusedError as error:
        # Told twice is better than never told.
        log.warning("cannot look for an earlier post: %s", error)
        return None
