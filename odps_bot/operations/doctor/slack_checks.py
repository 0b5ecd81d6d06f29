"""Whether Slack knows the tokens, and allows what the bot needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from odps_bot.config.settings import Settings
from odps_bot.manifest import SCOPES
from odps_bot.operations.doctor.attempts import attempt, attempt_all
from odps_bot.operations.doctor.clocks import compare_clocks
from odps_bot.operations.doctor.finding import Finding, Verdict, failed, ok, warning
from odps_bot.operations.doctor.web_socket import check_host
from odps_bot.services import SLACK_TIMEOUT_S, Services
from odps_bot.slack.api.calls import (
    PASSING_CODES,
    SlackError,
    SlackRefusedError,
    SlackTokenError,
    call,
)
from odps_bot.slack.error_codes import PACE_CODES
from odps_bot.slack.token_remedies import TokenOrigin, token_remedy

REINSTALL = "update the app from manifest.yml, and reinstall it to the workspace"


#: Slack's signed requests are refused when they are older.
SIGNED_FOR = timedelta(minutes=5)

#: The error code for a workspace that can install the app but has not.
NOT_INSTALLED = "not_installed"


def check_slack(services: Services) -> Iterator[Finding]:
    """Yield the findings about Slack, for each workspace that can install the app.

    Raises redis.RedisError if Redis, which stores the installations, is unreachable.
    """
    settings = services.settings
    if settings.has_many_workspaces:
        for team_id, theirs in zip(settings.slack_teams, services.of_every_team(), strict=True):
            checks = _workspace(f"slack {team_id}", theirs.slack.client, settings)
            yield from attempt_all(f"slack {team_id}", checks)
        # Channels and groups belong to one workspace, and the rules do not say to which.
        return
    found = list(attempt_all("slack", _workspace("slack", services.slack.client, settings)))
    yield from found
    if any(finding.verdict is Verdict.FAILED for finding in found[:1]):
        return
    client = services.slack.client
    if settings.slack_mode == "socket":
        yield from attempt_all("slack socket", _socket(settings))
    for name in services.rules.channels:
        yield attempt(f"slack channel {name}", partial(_channel, name, client))
    for name in services.rules.groups:
        yield attempt(f"slack group {name}", partial(_group, name, client))


def _workspace(subject: str, client: WebClient, settings: Settings) -> Iterator[Finding]:
    try:
        identity: Any = client.auth_test()
    except SlackApiError as error:
        origin: TokenOrigin = "installation" if settings.has_many_workspaces else "SLACK_BOT_TOKEN"
        yield _refused(subject, str(error.response.get("error", "no reason")), origin)
        return
    except (OSError, ValueError, SlackClientError) as error:
        remedy = "check this machine's network to SLACK_API_URL, and the proxy settings"
        yield failed(subject, f"cannot be reached: {error}", remedy)
        return
    yield ok(subject, f"the bot is @{identity['user']} in {identity['team']}")
    yield attempt(f"{subject} scopes", lambda: _scopes(f"{subject} scopes", identity.headers))
    longest = SIGNED_FOR if settings.slack_mode == "http" else None
    date = _header(identity.headers, "date")
    yield from compare_clocks(f"{subject} clock", date, now=datetime.now(UTC), longest=longest)


def _refused(subject: str, code: str, origin: TokenOrigin) -> Finding:
    if code == NOT_INSTALLED:
        remedy = "let an admin there open https://YOUR-HOST/slack/install, or remove its ID"
        return warning(subject, "the app is not installed there", remedy)
    if code in PACE_CODES | PASSING_CODES:
        return failed(subject, f"not available right now: {code}", "try again in a minute")
    remedy = token_remedy(code, origin)
    return failed(subject, f"the bot token was rejected: {code}", remedy)


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
    client = WebClient(
        token=settings.slack_app_token,
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT_S,
        retry_handlers=[],
    )
    subject = "slack socket"
    try:
        opened = call(client, "apps.connections.open", {})
    except (SlackRefusedError, SlackTokenError) as error:
        says = f"the app token was rejected: {error.code}"
        yield failed(subject, says, token_remedy(error.code, "SLACK_APP_TOKEN"))
        return
    except SlackError as error:
        yield failed(subject, f"cannot open Socket Mode: {error}", "try again in a minute")
        return
    yield ok(subject, "Socket Mode works")
    yield attempt("slack websocket", lambda: check_host("slack websocket", str(opened["url"])))


def _channel(channel_id: str, client: WebClient) -> Finding:
    """Check with what the bot's scopes allow: reading the latest message."""
    subject = f"slack channel {channel_id}"
    try:
        call(client, "conversations.history", {"channel": channel_id, "limit": 1}, form=True)
    except SlackRefusedError as error:
        if error.code in {"not_in_channel", "channel_not_found"}:
            says = "named in odps-bot.toml, but the bot is not a member, or it doesn't exist"
            return warning(subject, says, f"`/invite @odps` there, or remove {channel_id}")
        return warning(subject, f"cannot be read: {error.code}", REINSTALL)
    except SlackError as error:
        return warning(subject, f"cannot be checked: {error}", "try again in a minute")
    return ok(subject, "the bot is a member")


def _group(group_id: str, client: WebClient) -> Finding:
    subject = f"slack group {group_id}"
    try:
        said = call(client, "usergroups.users.list", {"usergroup": group_id}, form=True)
    except SlackRefusedError as error:
        remedy = "correct the id in odps-bot.toml"
        if error.code == "missing_scope":
            remedy = f"it needs the scope usergroups:read: {REINSTALL}"
        says = f"its members get no role: {error.code}"
        return failed(subject, says, remedy)
    except SlackError as error:
        return warning(subject, f"cannot be checked: {error}", "try again in a minute")
    return ok(subject, f"{len(said.get('users') or ())} members")
