"""Deliver what waits in the outbox, the most important first."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import BEST_EFFORT, DELIVERED, Entry
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT
from workers.delivery.alerts import deliver_alert
from workers.delivery.cards import (
    RESERVE_OF_CARDS,
    deliver_card,
    deliver_card_refresh,
)
from workers.delivery.completion import deliver_completion
from workers.delivery.entries import CONCURRENCY, LEASE, ROUND, Handler, handle
from workers.delivery.ephemeral import deliver_refusal, deliver_reply
from workers.delivery.home import deliver_home
from workers.delivery.progress import deliver_progress
from workers.delivery.questions import deliver_decision, deliver_question
from workers.delivery.result_files import enqueue_file

#: What is delivered here: all but inquiries, which MaxCompute must be asked for.
HANDLERS: dict[NotificationKind, Handler] = {
    NotificationKind.EPHEMERAL: deliver_reply,
    NotificationKind.REFUSAL: deliver_refusal,
    NotificationKind.COMPLETION: deliver_completion,
    NotificationKind.FINAL: deliver_card,
    NotificationKind.QUESTION: deliver_question,
    NotificationKind.DECISION: deliver_decision,
    NotificationKind.ALERT: deliver_alert,
    NotificationKind.CSV: partial(enqueue_file, kind=NotificationKind.CSV),
    NotificationKind.CHART: partial(enqueue_file, kind=NotificationKind.CHART),
    NotificationKind.HOME: deliver_home,
    NotificationKind.CARD: deliver_card,
    NotificationKind.CARD_REFRESH: deliver_card_refresh,
    NotificationKind.PROGRESS: deliver_progress,
}

#: What takes an update of those that Slack allows, and the rest of what is guaranteed.
UPDATED = (NotificationKind.FINAL, NotificationKind.CARD)
POSTED = tuple(kind for kind in DELIVERED if kind not in {*UPDATED, *BEST_EFFORT})


def deliver_all(services: Services) -> None:
    """Deliver what is due for at most a round; safe to run twice."""
    end = services.clock() + ROUND
    with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="sender") as senders:
        while services.clock() < end:
            entries = _claim_guaranteed(services)
            if entries:
                list(senders.map(partial(_deliver, services=services), entries))
            elif not _deliver_best_effort(services):
                return


def _claim_guaranteed(services: Services) -> list[Entry]:
    """Take what is guaranteed; of what needs an update no more than there are updates.

    More would only be put off, time and again, all that wait. With several workspaces each has its
    own limit, which is known only when an entry is handled: then the gateway alone keeps to it.
    """
    entries = services.stores.outbox.claim(limit=CONCURRENCY, lease=LEASE, kinds=POSTED)
    left = services.slack.gateway.updates_left()
    kinds = UPDATED if left > RESERVE_OF_CARDS else (NotificationKind.FINAL,)
    room = min(CONCURRENCY - len(entries), left)
    if room > 0:
        entries += services.stores.outbox.claim(limit=room, lease=LEASE, kinds=kinds)
    return entries


def _deliver_best_effort(services: Services) -> bool:
    """Deliver one thing that may be dropped, if updates can be spared; return whether one was."""
    if not services.stores.outbox.is_due(BEST_EFFORT):
        return False
    if services.slack.gateway.updates_left() <= RESERVE_OF_BEST_EFFORT:
        return False
    # In turn, so that neither cards nor threads wait for ever.
    kinds = BEST_EFFORT if services.clock().second % 2 else tuple(reversed(BEST_EFFORT))
    entries = services.stores.outbox.claim(limit=1, lease=LEASE, kinds=kinds)
    for entry in entries:
        _deliver(entry, services)
    return bool(entries)


def _deliver(entry: Entry, services: Services) -> None:
    handle(entry, HANDLERS[entry.kind], services)
