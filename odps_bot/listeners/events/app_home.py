"""The App Home: opened, and clicked on; a worker publishes it."""

import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import Ack, App, BoltContext, BoltResponse

from odps_bot.commands import Answer, Request
from odps_bot.input.request import Surface
from odps_bot.interactions import default_project
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.listeners.actor import actor_of
from odps_bot.listeners.click_request import click_request
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.listeners.respond import give
from odps_bot.messages.home.app_home import (
    CHOOSE_NOTIFY,
    CHOOSE_PROJECT,
    REFRESH,
    WRITE_SQL,
)
from odps_bot.messages.home.run_lists import TURN_PAGE, read_page_value
from odps_bot.services import Services
from odps_bot.store.homes import HomeList
from odps_bot.store.outbox import NotificationKind

log = logging.getLogger(__name__)

#: Gets what was chosen, or the button's value; it is checked there: it may be an invention.
Click = Callable[[str, Request, Services], Answer]


def register(app: App, services: Services) -> None:
    """Let `app` hear the App Home; the buttons of runs are heard as everywhere else."""
    app.event("app_home_opened")(_opened(services))
    for action_id, click in _CLICKS.items():
        app.action(action_id)(_clicked(action_id, click, services))
    app.action(re.compile(rf"{TURN_PAGE}:.*\Z"))(_turned(services))


def show_again(
    request: Request, services: Services, *, turned: tuple[HomeList, int] | None = None
) -> None:
    """Publish the Home in which the person clicked again; elsewhere do nothing.

    Never raises: the action itself is done, and the Home shows its age.
    """
    if request.surface is not Surface.HOME:
        return
    team_id, user_id = request.team_id, request.user_id
    try:
        services.stores.homes.touch(team_id, user_id, now=services.clock(), turned=turned)
        _publish(team_id, user_id, services)
    except RedisError as error:
        log.warning("cannot publish the App Home again: %s", error)


def _opened(services: Services) -> Callable[..., BoltResponse | None]:
    def hear(body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        actor, user_id = actor_of(body, context), body["event"]["user"]
        # People of other workspaces have no role unless they are named.
        is_unknown = actor.is_external and user_id not in services.rules.users
        if body["event"].get("tab") != "home" or is_unknown:
            return None
        try:
            services.stores.homes.open(actor.team_id, user_id, now=services.clock())
            _publish(actor.team_id, user_id, services)
        except RedisError as error:
            log.warning("cannot publish the App Home: %s", error)
            # Slack delivers the event again later.
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return None

    return hear


def _publish(team_id: str, user_id: str, services: Services) -> None:
    services.stores.outbox.enqueue(NotificationKind.HOME, f"{team_id} {user_id}")
    services.jobs.deliver()


def _clicked(action_id: str, click: Click, services: Services) -> Callable[..., None]:
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        request = click_request(body, context)
        value = _chosen(body["actions"][0])
        answer = run_guarded(
            lambda: click(value, request, services),
            request,
            services,
            asked=Interaction(what=action_id, typed=value),
        )
        ack()
        give(answer, request, services)
        show_again(request, services)

    return hear


def _turned(services: Services) -> Callable[..., None]:
    def hear(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        turned = read_page_value(_chosen(body["actions"][0]))
        show_again(click_request(body, context), services, turned=turned)

    return hear


def _chosen(action: dict[str, Any]) -> str:
    return str((action.get("selected_option") or action).get("value") or "")


def _write_sql(_value: str, request: Request, services: Services) -> Answer:
    return run_modal_view(request, services)


def _refresh(_value: str, _request: Request, _services: Services) -> Answer:
    return None


_CLICKS: dict[str, Click] = {
    WRITE_SQL: _write_sql,
    REFRESH: _refresh,
    CHOOSE_PROJECT: default_project.choose_project,
    CHOOSE_NOTIFY: default_project.choose_notify,
}
