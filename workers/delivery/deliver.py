"""Deliver what waits in the outbox, the most important first."""

import time
from datetime import timedelta
from functools import partial

from odps_bot.services import Services
from odps_bot.slack.time_limit import time_limit
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import BEST_EFFORT, DELIVERED, Entry, Share
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT, UPDATE_LIMIT
from workers.delivery.alerts import deliver_alert
from workers.delivery.approvers import deliver_approvers
from workers.delivery.boards import RESERVE_OF_BOARDS, deliver_board
from workers.delivery.cards import (
    RESERVE_OF_CARDS,
    deliver_card,
    deliver_card_refresh,
)
from workers.delivery.completion import deliver_completion
from workers.delivery.entries import LEASE, ROUND, Handler, handle
from workers.delivery.ephemeral import deliver_refusal, deliver_reply
from workers.delivery.findings import deliver_finding
from workers.delivery.home import deliver_home
from workers.delivery.progress import deliver_progress
from workers.delivery.questions import deliver_decision, deliver_question, deliver_reminder
from workers.delivery.result_files import enqueue_file
from workers.delivery.senders import InlineSenders, Senders
from workers.delivery.statement_files import deliver_statement

#: What is delivered here: all but inquiries, which MaxCompute must be asked for.
HANDLERS: dict[NotificationKind, Handler] = {
    NotificationKind.EPHEMERAL: deliver_reply,
    NotificationKind.REFUSAL: deliver_refusal,
    NotificationKind.COMPLETION: deliver_completion,
    NotificationKind.FINAL: deliver_card,
    # Its buttons are what people wait for, or may no longer press.
    NotificationKind.QUESTION_CARD: partial(deliver_card, reserve=0),
    NotificationKind.QUESTION: deliver_question,
    NotificationKind.DECISION: deliver_decision,
    NotificationKind.REMINDER: deliver_reminder,
    NotificationKind.APPROVERS: deliver_approvers,
    NotificationKind.ALERT: deliver_alert,
    NotificationKind.CSV: partial(enqueue_file, kind=NotificationKind.CSV),
    NotificationKind.CHART: partial(enqueue_file, kind=NotificationKind.CHART),
    NotificationKind.STATEMENT: deliver_statement,
    NotificationKind.HOME: deliver_home,
    NotificationKind.BOARD: deliver_board,
    NotificationKind.CARD: deliver_card,
    NotificationKind.CARD_REFRESH: deliver_card_refresh,
    NotificationKind.FINDING: deliver_finding,
    NotificationKind.PROGRESS: deliver_progress,
}

INLINE = InlineSenders()

#: Their responses, or the lack of them, are those of whatever is behind a response_url.
REPLIES = (NotificationKind.EPHEMERAL, NotificationKind.REFUSAL)

#: What takes an update of those that Slack allows, and the rest of what is guaranteed.
UPDATED = (
    NotificationKind.FINAL,
    NotificationKind.QUESTION_CARD,
    NotificationKind.BOARD,
    NotificationKind.CARD,
)
POSTED = tuple(kind for kind in DELIVERED if kind not in {*REPLIES, *UPDATED, *BEST_EFFORT})

#: So many of these are sent side by side, so that most senders are left to others.
REPLIES_AT_ONCE = 6
BEST_EFFORT_AT_ONCE = 4

#: Most are posts, which take no update: they need not wait until there are any.
FINDINGS = (NotificationKind.FINDING,)
REFRESHES = tuple(kind for kind in BEST_EFFORT if kind not in FINDINGS)
FINDINGS_AT_ONCE = 2

#: No call to Slack begins later than this after an entry was claimed: the last one is over before
#: the lease is.
SEND_WITHIN = timedelta(seconds=40)


def deliver_all(services: Services, senders: Senders = INLINE) -> None:
    """Have what is due sent, as far as senders are free; whoever is slow is not waited for.

    Senders that are done sooner go on for at most a round. Safe to run twice.
    """
    begun = None
    while True:
        is_more_due = False
        with senders.turn() as free:
            until_s = time.monotonic() + SEND_WITHIN.total_seconds()
            entries = _claim(free, senders, services) if free > 0 else []
            # Otherwise nothing is left: no need to ask for the time.
            if begun is None and entries and len(entries) == free:
                begun = services.clock()
            for entry in entries:
                send = partial(_deliver, entry, services, until_s)
                is_more_due |= senders.send(entry.kind, send, go_on=services.jobs.deliver)
        if not is_more_due or not entries:
            return
        now = services.clock()
        begun = begun or now
        if now - begun >= ROUND:
            services.jobs.deliver()
            return


def _claim(free: int, senders: Senders, services: Services) -> list[Entry]:
    """Claim what is most important, and of what needs an update no more than there are updates.

    More would only be put off, time and again, all that wait. With several workspaces each has its
    own limit, which is known only when an entry is sent: then the gateway alone keeps to it.
    """
    return services.stores.outbox.claim_shares(
        (
            Share(kinds=REPLIES, most=REPLIES_AT_ONCE - senders.busy_with(REPLIES)),
            Share(kinds=POSTED),
            Share(kinds=UPDATED[:2], updates_left=0),
            Share(kinds=UPDATED[2:3], updates_left=RESERVE_OF_BOARDS),
            Share(kinds=UPDATED[3:], updates_left=RESERVE_OF_CARDS),
            Share(kinds=FINDINGS, most=FINDINGS_AT_ONCE - senders.busy_with(FINDINGS)),
            Share(
                kinds=tuple(reversed(REFRESHES)),
                most=BEST_EFFORT_AT_ONCE - senders.busy_with(REFRESHES),
                updates_left=RESERVE_OF_BEST_EFFORT,
                is_in_turn=True,
            ),
        ),
        limit=free,
        lease=LEASE,
        update_limit=UPDATE_LIMIT if services.slack.installations is None else None,
    )


def _deliver(entry: Entry, services: Services, until_s: float) -> bool:
    # From when it was claimed: Redis may have been slow to say so, or all senders busy.
    with time_limit(timedelta(seconds=until_s - time.monotonic())):
        return handle(entry, HANDLERS[entry.kind], services)
