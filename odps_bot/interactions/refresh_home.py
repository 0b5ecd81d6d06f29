"""Have a person's App Home published again, because they opened it or acted in it."""

import logging

from redis.exceptions import RedisError

from odps_bot.input.request import Request, Surface
from odps_bot.messages.home.run_lists import read_page_value
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind

log = logging.getLogger(__name__)


def publish_home(team_id: str, user_id: str, services: Services) -> None:
    """Let a worker publish the Home at once. Raises redis.RedisError."""
    services.stores.outbox.enqueue(NotificationKind.HOME, f"{team_id} {user_id}")
    services.jobs.deliver()


def turn_page(value: str, request: Request, services: Services) -> None:
    """Show another page of one of the lists; a forged page is ignored."""
    services.stores.homes.touch(
        request.team_id, request.user_id, now=services.clock(), turned=read_page_value(value)
    )


def refresh_home(request: Request, services: Services) -> None:
    """Publish the Home in which the person acted; elsewhere do nothing.

    Never raises: the action itself is done, and the Home shows its age.
    """
    if request.surface is not Surface.HOME:
        return
    team_id, user_id = request.team_id, request.user_id
    try:
        services.stores.homes.touch(team_id, user_id, now=services.clock())
        publish_home(team_id, user_id, services)
    except RedisError as error:
        log.warning("cannot publish the App Home again: %s", error)
