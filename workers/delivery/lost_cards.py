"""Cards that Slack lets nobody update: a new one is posted, or the channel is tried again later.

A card that was deleted, or whose edit window has closed, is gone for good. In an archived channel,
or one that the bot was removed from, it is updated to its newest state once that place is open
again. Slack has events for that, which need scopes to see all channels; a try now and then is
enough.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from odps_bot.runs import Run, lifecycle
from odps_bot.services import Services
from odps_bot.slack.errors import MessageGoneError, PlaceError
from odps_bot.store import keys

log = logging.getLogger(__name__)

#: Between two tries in a closed channel: a share of how long it has been closed.
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = keys.closed_channel.life
PAUSE_BY_AGE = 0.25

#: A channel that was closed for so long is not tried any more.
PATIENCE = timedelta(days=14)

AT_ONCE = timedelta(0)


def wait_for_channel(run: Run, services: Services, *, now: datetime) -> timedelta | None:
    """Return how long the card has to wait for its channel, 0: not at all; None: given up."""
    if run.card_closed_since is None:
        return AT_ONCE
    if now - run.card_closed_since >= PATIENCE:
        log.warning("the card of run %s keeps a former state: its channel is closed", run.name)
        return None
    return services.stores.closed_channels.wait(run.channel_id)


def update_refused(
    run: Run, error: PlaceError, services: Services, *, now: datetime
) -> timedelta | None:
    """Record that the card was not updated, and have done what helps.

    Returns when to try again; None: this card never.
    """
    ts = run.card_ts or ""
    if isinstance(error, MessageGoneError):
        if services.stores.runs.apply(run.run_id, partial(lifecycle.card_gone, ts=ts)):
            log.warning("the card of run %s can't be updated any more: %s", run.name, error)
            services.jobs.deliver()
        if run.card_closed_since is not None:
            services.stores.closed_channels.reopen(run.channel_id)
        return None
    closed = partial(lifecycle.card_closed, ts=ts, now=now)
    if services.stores.runs.apply(run.run_id, closed):
        log.warning("the card of run %s can't be updated for now: %s", run.name, error)
    age = now - (run.card_closed_since or now)
    pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, age * PAUSE_BY_AGE))
    services.stores.closed_channels.close(run.channel_id, pause=pause)
    return pause


def was_updated(run: Run, services: Services) -> None:
    """Record that the channel is open again, if it was closed."""
    if run.card_closed_since is not None:
        services.stores.closed_channels.reopen(run.channel_id)
        services.stores.runs.apply(run.run_id, lifecycle.card_open)
