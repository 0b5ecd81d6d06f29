"""Whether Slack knows the tokens, and allows what the bot needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from odps_bot.config.settings import Settings
from odps_bot.manifest import SCOPES
from odps_bot.operations.doctor.attempts import attempt, attempt_all
from odps_bot.operations.doctor.clocks import compare_clocks
from odps_bot.operations.doctor.finding import Finding, Verdict, failed, ok, warning
from odps_bot.operations.doctor.web_socket import check_host
from odps_bot.services import Services
from odps_bot.slack.api.calls import call
from odps_bot.slack.api.clients import web_client
from odps_bot.slack.api.responses import text_at, texts_at
from odps_bot.slack.errors import (
    NO_RESPONSE,
    UNREADABLE,
    RateLimitedError,
    RefusedError,
    SlackError,
    SuspendedError,
    TokenError,
    UnreachableError,
)
from odps_bot.slack.gateway import SlackGateway
from odps_bot.slack.token_remedies import TokenOrigin, token_remedy

REINSTALL = "update the app from manifest.yml, and reinstall it to the workspace"


#: Slack's signed requests are refused when they are older.
SIGNED_FOR = timedelta(minutes=5)

#: The error code for a workspace that can install the app but has not.
NOT_INSTALLED = "not_installed"


def check_slack(services: Services, *, is_bot: bool = True) -> Iterator[Finding]:
    """Yield the findings about Slack, for each workspace that can install the app.

    Raises redis.RedisError if Redis, which stores the installations, is unreachable.
    """
    settings = services.settings
    if settings.has_many_workspaces:
        for team_id, theirs in zip(settings.slack_teams, services.of_every_team(), strict=True):
            checks = _workspace(f"slack {team_id}", theirs.slack.gateway, settings)
            yield from attempt_all(f"slack {team_id}", checks)
        # Channels and groups belong to one workspace, and the rules do not say to which.
        return
    found = list(attempt_all("slack", _workspace("slack", services.slack.gateway, settings)))
    yield from found
    if any(finding.verdict is Verdict.FAILED for finding in found[:1]):
        return
    if is_bot and settings.slack_mode == "socket":
        yield from attempt_all("slack socket", _socket(settings))
    for name in services.rules.channels:
        yield attempt(f"slack channel {name}", partial(_channel, name, services.slack.gateway))
    for name in services.rules.group_ids:
        yield attempt(f"slack group {name}", partial(_group, name, services.slack.gateway))


def _workspace(subject: str, gateway: SlackGateway, settings: Settings) -> Iterator[Finding]:
    try:
        identity = gateway.identity()
    except SlackError as error:
        origin: TokenOrigin = "installation" if settings.has_many_workspaces else "SLACK_BOT_TOKEN"
        yield _refused(subject, error, origin)
        return
    yield ok(subject, f"the bot is @{identity.get('user')} in {identity.get('team')}")
    yield attempt(f"{subject} scopes", lambda: _scopes(f"{subject} scopes", identity.headers))
    longest = SIGNED_FOR if settings.slack_mode == "http" else None
    date = _header(identity.headers, "date")
    yield from compare_clocks(f"{subject} clock", date, now=datetime.now(UTC), longest=longest)


def _refused(subject: str, error: SlackError, origin: TokenOrigin) -> Finding:
    code = error.code
    if code == NO_RESPONSE:
        remedy = "check this machine's network to SLACK_API_URL, and the proxy settings"
        return failed(subject, f"cannot be reached: {error}", remedy)
    if code == NOT_INSTALLED:
        remedy = "let an admin there open https://YOUR-HOST/slack/install, or remove its ID"
        return warning(subject, "the app is not installed there", remedy)
    if isinstance(error, RateLimitedError | UnreachableError):
        return failed(subject, f"not available right now: {error}", _later(error))
    remedy = token_remedy(code, origin)
    if isinstance(error, SuspendedError):
        return failed(subject, f"Slack lets the app do nothing for now: {code}", remedy)
    return failed(subject, f"the bot token was rejected: {code}", remedy)


def _later(error: SlackError) -> str:
    """Return the remedy for what passes by itself."""
    if error.code == UNREADABLE:
        return "check that no proxy answers in Slack's place, and try again in a minute"
    return "try again in a minute"


def _header(headers: Any, name: str) -> str:
    """Return a header of an answer, whatever its capitals."""
    return next((str(value) for key, value in dict(headers).items() if key.lower() == name), "")


def _scopes(subject: str, headers: Any) -> Finding:
    given = _header(headers, "x-oauth-scopes")
    granted = {scope.strip() for scope in given.split(",") if scope.strip()}
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        needed = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
        return failed(subject, f"missing: {needed}", REINSTALL)
    if needless := sorted(granted - set(SCOPES)):
        says = f"not needed: {', '.join(needless)}"
        return warning(subject, says, "remove them on the app's page")
    return ok(subject, f"exactly the {len(SCOPES)} needed ones")


def _socket(settings: Settings) -> Iterator[Finding]:
    client = web_client(settings, token=settings.slack_app_token)
    subject = "slack socket"
    method = "apps.connections.open"
    try:
        address = text_at(call(client, method, {}), "url", method=method)
    except SuspendedError as error:
        says = f"Slack lets the app do nothing for now: {error.code}"
        yield failed(subject, says, token_remedy(error.code, "SLACK_APP_TOKEN"))
        return
    except (RefusedError, TokenError) as error:
        says = f"the app token was rejected: {error.code}"
        yield failed(subject, says, token_remedy(error.code, "SLACK_APP_TOKEN"))
        return
    except SlackError as error:
        yield failed(subject, f"cannot open Socket Mode: {error}", _later(error))
        return
    yield ok(subject, "Socket Mode works")
    yield attempt("slack websocket", lambda: check_host("slack websocket", address))


def _channel(channel_id: str, gateway: SlackGateway) -> Finding:
    """Check with what the bot's scopes allow: reading the latest message."""
    subject = f"slack channel {channel_id}"
    try:
        gateway.ask("conversations.history", {"channel": channel_id, "limit": 1})
    except RefusedError as error:
        if error.code in {"not_in_channel", "channel_not_found"}:
            says = "named in odps-bot.toml, but the bot is not a member, or it doesn't exist"
            return warning(subject, says, f"`/invite @odps` there, or remove {channel_id}")
        return warning(subject, f"cannot be read: {error.code}", REINSTALL)
    except SlackError as error:
        return warning(subject, f"cannot be checked: {error}", "try again in a minute")
    return ok(subject, "the bot is a member")


def _group(group_id: str, gateway: SlackGateway) -> Finding:
    subject, method = f"slack group {group_id}", "usergroups.users.list"
    try:
        response = gateway.ask(method, {"usergroup": group_id})
        members = texts_at(response, "users", method=method)
    except RefusedError as error:
        remedy = "correct the id in odps-bot.toml"
        if error.code == "missing_scope":
            remedy = f"it needs the scope usergroups:read: {REINSTALL}"
        says = f"its members get no role: {error.code}"
        return failed(subject, says, remedy)
    except SlackError as error:
        return warning(subject, f"cannot be checked: {error}", "try again in a minute")
    return ok(subject, f"{len(members)} members")
