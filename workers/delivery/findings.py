"""Say in a run's thread what holds it up: one reply a finding, updated when that changes."""

import logging
from datetime import datetime, timedelta
from functools import partial

from odps_bot.messages.run.findings import finding_reply
from odps_bot.runs import Run, lifecycle
from odps_bot.runs.lifecycle.findings import MOST_REPLIES
from odps_bot.services import Services
from odps_bot.slack.errors import MessageGoneError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import UPDATE_INTERVAL
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT
from workers.delivery.cards import WAIT_FOR_CARD

log = logging.getLogger(__name__)

#: What replies about findings leave to cards and ends in the same channel.
RESERVE_OF_POSTS = 2


def deliver_finding(run_id: str, services: Services) -> timedelta | None:
    """Post the reply about what holds the run up, or update it.

    Returns when to try again, or None when it is delivered. Once the run has ended, nothing more is
    posted; the reply that there is says so.
    """
    run, now = services.stores.runs.get_with(run_id, services.time)
    if run is None or run.told_finding is None or _has_no_place(run):
        return None
    if run.finding_ts is not None:
        return _update(run, run.finding_ts, services, now=now)
    if run.is_final or run.finding_over_at is not None:
        return None
    if run.card_ts is None:
        return WAIT_FOR_CARD
    reply = run.finding_replies
    posted = services.slack.gateway.post_once(
        PostId(
            kind=NotificationKind.FINDING,
            subject_id=run_id,
            after=len(run.gone_cards) * MOST_REPLIES + reply - 1,
            since=run.requested_at,
        ),
        [finding_reply(run, now=now)],
        Place(run.channel_id, run.reply_to),
        reserve=RESERVE_OF_POSTS,
    )
    event = partial(lifecycle.finding_posted, reply=reply, ts=posted.ts)
    services.stores.runs.apply(run_id, event)
    return None


def _update(run: Run, ts: str, services: Services, *, now: datetime) -> timedelta | None:
    leases = services.stores.message_leases
    if not run.is_final and not leases.begin_update_interval(NotificationKind.FINDING, run.run_id):
        return UPDATE_INTERVAL
    try:
        services.slack.gateway.update(
            run.channel_id, ts, [finding_reply(run, now=now)], reserve=RESERVE_OF_BEST_EFFORT
        )
    except MessageGoneError as error:
        log.info("what holds run %s up is not shown any more: %s", run.name, error)
        services.stores.runs.note(run.run_id, is_finding_gone=True)
    return None


def _has_no_place(run: Run) -> bool:
    """Return whether there is no place for the reply, or not at present."""
    is_without_card = run.is_card_refused or run.has_lost_too_many_cards
    return is_without_card or run.is_finding_gone or run.card_closed_since is not None
