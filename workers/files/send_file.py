"""Send a run's result into its thread, as a file or a chart."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from odps_bot.services import Services
from odps_bot.slack.errors import PostInProgressError, RateLimitedError, SlackError
from odps_bot.store.notification_kind import NotificationKind
from workers.files.chart import send_chart
from workers.files.csv_file import send_csv

log = logging.getLogger(__name__)

SENDERS: Mapping[str, Callable[[str, Services], timedelta | None]] = MappingProxyType(
    {NotificationKind.CSV: send_csv, NotificationKind.CHART: send_chart}
)


def send(kind: str, run_id: str, services: Services) -> None:
    """Send the result, and schedule another try if it must wait; safe to run twice.

    When this job is lost, the entry in the outbox prompts another.
    """
    entry = services.stores.outbox.find(NotificationKind(kind), run_id)
    run = services.stores.runs.get(run_id)
    services = services.of_team(run.team_id) if run else services
    try:
        delay = SENDERS[kind](run_id, services)
    except SlackError as error:
        is_usual = isinstance(error, RateLimitedError | PostInProgressError)
        level = logging.DEBUG if is_usual else logging.WARNING
        log.log(level, "posting the %s of run %s deferred: %s", kind, run_id, error)
        delay = error.retry_after
    if delay is not None:
        services.jobs.send_file(kind, run_id, after=delay)
        return
    _show_on_card(kind, run_id, services)
    if entry is not None:
        services.stores.outbox.ack(entry)


def _show_on_card(kind: str, run_id: str, services: Services) -> None:
    """Update the card: it names the file in the thread in place of the button."""
    run = services.stores.runs.get(run_id)
    if (
        run is not None
        and (run.csv_ts if kind == NotificationKind.CSV else run.chart_ts) is not None
    ):
        services.stores.outbox.enqueue(NotificationKind.FINAL, run_id)
        services.jobs.deliver()
