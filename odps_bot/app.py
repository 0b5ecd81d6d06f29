"""The Slack app: everything registered, nothing started."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.commands import Request
from odps_bot.listeners.views import submission_key
from odps_bot.operations.logs import logged_about
from odps_bot.operations.metrics import Metrics
from odps_bot.services import Services
from odps_bot.slack.api.clients import web_client
from odps_bot.slack.installations import Installations, NotInstalledError, UnreadableError

log = logging.getLogger(__name__)

#: The kind of requests that anybody can have sent.
UNSIGNED = "unsigned"


def create_app(services: Services) -> App:
    """Return the app.

    Where one workspace has given its token, asks Slack once who it is. Raises SlackError.
    """
    app = MeasuredApp(
        metrics=services.metrics,
        # Its token is the authorized one.
        client=web_client(services.settings),
        signing_secret=services.settings.slack_signing_secret or "unused in socket mode",
        authorize=_authorize(services),
        # Our listeners only write to Redis: answering when they are done costs nothing, and an
        # error can still become an answer.
        process_before_response=True,
        token_verification_enabled=False,
        # Our error handler says in one line what Bolt says with sample code.
        raise_error_for_unhandled_request=True,
    )
    listeners.register(app, services)
    return app


def _authorize(services: Services) -> Callable[..., AuthorizeResult | None]:
    """Return how Bolt finds the installation of a request; no command waits for Slack."""
    if services.slack.installations is not None:
        return _authorize_by(services.slack.installations)
    who = AuthorizeResult.from_auth_test_response(
        bot_token=services.settings.slack_bot_token,
        auth_test_response=services.slack.gateway.identity(),
    )
    return lambda: who


def _authorize_by(
    installations: Installations,
) -> Callable[[str | None, str | None], AuthorizeResult | None]:
    # Bolt passes what the names of the arguments ask for.
    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        try:
            found = installations.of_workspace(team_id or "", enterprise_id=enterprise_id)
        except (NotInstalledError, UnreadableError) as error:
            log.warning("a request is not handled: %s", error)
            return None
        except RedisError:
            # Handled all the same, so that the person reads why nothing can be done.
            if not installations.may_serve(team_id, enterprise_id):
                return None
            # Of which organization is not known: a payload may name that of an external person.
            return AuthorizeResult(enterprise_id=None, team_id=team_id)
        return AuthorizeResult(
            enterprise_id=found.enterprise_id,
            team_id=team_id or found.team_id,
            bot_token=found.bot_token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user_id,
            bot_scopes=found.bot_scopes,
        )

    return authorize


class MeasuredApp(App):
    """Bolt's app, which counts requests, and names them in the log by their id."""

    def __init__(self, *, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = metrics

    def dispatch(self, req: BoltRequest) -> BoltResponse:
        """Handle a request and return its acknowledgement."""
        began_s = time.perf_counter()
        outcome = "error"
        try:
            with logged_about(**_ids_of(req.body)):
                response = super().dispatch(req)
            outcome = "ok" if response.status == 200 else str(response.status)  # noqa: PLR2004  -- OK
        finally:
            took = timedelta(seconds=time.perf_counter() - began_s)
            self._metrics.acknowledged(_kind_of(req.body, outcome), outcome, took)
        return response


def _kind_of(body: dict[str, Any], outcome: str) -> str:
    """Return what a request is: a command, or which kind of interaction or event.

    Whoever signs nothing may name as many kinds as they like: they are none of ours.
    """
    if outcome == "401" or "ssl_check" in body:
        return UNSIGNED
    if "command" in body:
        return "command"
    event = body.get("event")
    kind = event.get("type") if isinstance(event, dict) else body.get("type")
    return str(kind)


def _ids_of(body: dict[str, Any]) -> dict[str, str]:
    """Return the id under which a reply, or a run, is stored: `Request.interaction_id`."""
    team, view = body.get("team"), body.get("view")
    team_id = team.get("id") if isinstance(team, dict) else body.get("team_id")
    is_submission = body.get("type") == "view_submission" and isinstance(view, dict)
    key = submission_key(view) if is_submission and view else body.get("event_id")
    trigger_id = body.get("trigger_id")
    if not isinstance(team_id, str) or not isinstance(key or trigger_id, str):
        return {}
    try:
        request = Request(
            team_id=team_id,
            channel_id="",
            user_id="",
            trigger_id=str(trigger_id or ""),
            deduplication_key=str(key or ""),
        )
    except ValueError:
        # Anybody can have sent it: whether it is Slack's is checked after this.
        return {}
    return {"interaction_id": request.interaction_id}
