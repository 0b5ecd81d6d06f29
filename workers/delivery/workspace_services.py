"""Whose workspace an entry of the outbox is for: each is spoken to by its own token."""

from odps_bot.services import Services
from odps_bot.store.outbox import Entry, NotificationKind


def services_for_entry(entry: Entry, services: Services) -> Services:
    """Return the services by which the entry is told."""
    # Where there is but one workspace nothing need be read.
    if services.slack.installations is None:
        return services
    return services.of_team(_team_id(entry, services))


def _team_id(entry: Entry, services: Services) -> str:
    """Return the workspace's id; empty when what the entry is about is gone."""
    about = entry.about
    if entry.kind is NotificationKind.HOME:
        return about.partition(" ")[0]
    if entry.kind is NotificationKind.ALERT:
        subscription = services.stores.subscriptions.about(about)
        return subscription.team_id if subscription else ""
    if entry.kind in {NotificationKind.EPHEMERAL, NotificationKind.INQUIRY}:
        address = services.stores.ephemeral_replies.address(about)
        return address.team_id if address else ""
    run = services.stores.runs.get(about)
    return run.team_id if run else ""
