"""A bot to which Slack's payloads are sent: the real one, in front of the sandbox's Slack."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from redis import Redis

from odps_bot.config.rules import Role, Rules
from odps_bot.config.settings import Settings
from odps_bot.manifest import manifest
from odps_bot.sandbox.slack import SlackApp, SlackSandbox
from odps_bot.services import Services

ALICE, CHANNEL = "U0ALICE", "C0DATAENG1"


class Introduced:
    """A gateway that says to which organization the workspace belongs; the sandbox's has none."""

    def __init__(self, gateway: Any, organization: str) -> None:
        """Pass everything else on to `gateway`."""
        self._gateway, self._organization = gateway, organization

    def identity(self) -> dict[str, Any]:
        """Return who we are."""
        return {**self._gateway.identity().data, "enterprise_id": self._organization}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


def make_slack() -> SlackSandbox:
    """Return a Slack with our app, which limits nobody."""
    return SlackSandbox(
        app=SlackApp.from_manifest(manifest()), delivery="http", limits_enabled=False
    )


def environ_of(slack: SlackSandbox) -> dict[str, str]:
    """Return the bot's settings."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "REDIS_URL": "redis://given-below",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "ODPS_ENDPOINT": "http://127.0.0.1:9/api",
        "ODPS_PROJECTS": "sandbox,analytics",
    }


def make_services(environ: Mapping[str, str], redis: Redis, *, organization: str = "") -> Services:
    """Return the bot's services; everybody but external people may do everything."""
    built = Services.from_settings(Settings.from_environ(environ), redis=redis)
    services = replace(built, rules=Rules(default_role=Role.ADMIN))
    if not organization:
        return services
    gateway: Any = Introduced(services.slack.gateway, organization)
    return replace(services, slack=replace(services.slack, gateway=gateway))


def issued_by(slack: SlackSandbox) -> dict[str, str]:
    """Return what only a Slack can issue, for an interaction of Alice's."""
    triggers = slack._workspace.triggers
    return {
        "trigger_id": triggers.issue(ALICE, channel_id=CHANNEL),
        "response_url": f"{slack.api_url}../response",
    }
