"""Check the settings and the team's rules."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

from odps_bot.config.rules import EVERY_PROJECT, Role, Rules
from odps_bot.config.settings import RULES_FILE, Settings
from odps_bot.errors import SettingsError
from odps_bot.operations.doctor.attempts import attempt
from odps_bot.operations.doctor.finding import Finding, failed, ok, untried, warning

#: As Slack shows it on the app's page.
SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")


def check_settings(
    settings: Settings,
    rules: Rules,
    doubts: Sequence[str],
    of: Literal["bot", "worker"] | None = None,
) -> Iterator[Finding]:
    """Yield the findings about valid settings; `of` is the process whose settings these are."""
    if of == "worker":
        remedy = "run `odps-bot doctor --of bot` with the settings of the bot"
        yield untried("settings", "how Slack reaches the bot is not a worker's business", remedy)
    else:
        yield attempt("settings", lambda: _listening(settings))
    for doubt in doubts:
        yield warning("environment", doubt, "correct it, and restart all processes")
    yield attempt("addresses", lambda: _secrets_on_their_way(settings))
    yield attempt("rules", lambda: _rules(settings, rules))


def _listening(settings: Settings) -> Finding:
    try:
        settings.check_listening()
    except SettingsError as error:
        return failed("settings", " ".join(str(error).split()), "set it, and restart the bot")
    is_http = settings.slack_mode == "http"
    if is_http and not SIGNING_SECRET.fullmatch(settings.slack_signing_secret):
        remedy = "copy it from the app's page: Basic Information → Signing Secret"
        says = "SLACK_SIGNING_SECRET doesn't look like a signing secret (32 hexadecimal digits)"
        return warning("settings", says, remedy)
    return ok("settings", f"Slack reaches the bot by {settings.slack_mode}")


def _secrets_on_their_way(settings: Settings) -> Finding:
    plain = [
        name
        for name, url in (
            ("SLACK_API_URL", settings.slack_api_url),
            ("ODPS_ENDPOINT", settings.endpoint),
        )
        if urlsplit(url).scheme != "https"
        and (urlsplit(url).hostname or "") not in {"localhost", "127.0.0.1", "::1"}
    ]
    if plain:
        says = f"{' and '.join(plain)}: requests are not encrypted"
        return warning("addresses", says, "use https://")
    return ok("addresses", "requests to other machines are encrypted")


def _rules(settings: Settings, rules: Rules) -> Finding:
    file = settings.rules_file or (str(RULES_FILE) if RULES_FILE.exists() else "")
    if not file:
        remedy = "create odps-bot.toml; see odps-bot.example.toml"
        return warning("rules", "there is no odps-bot.toml, so nobody can write", remedy)
    roles = {*rules.users.values(), *rules.groups.values(), rules.default_role}
    if Role.ADMIN not in roles:
        remedy = "give somebody the role admin in [roles.users]"
        return warning("rules", f"{file} names no admin", remedy)
    if unknown := _unknown_projects(settings, rules):
        remedy = "correct the name, or add it to ODPS_PROJECTS or as [projects.NAME]"
        return warning("rules", f"{file}: {'; '.join(unknown)}", remedy)
    people, channels = len(rules.users) + len(rules.groups), len(rules.channels)
    return ok("rules", f"{file}: {people} users and groups, {channels} channels")


def _unknown_projects(settings: Settings, rules: Rules) -> list[str]:
    """Return the projects that channels allow although they don't exist in the settings."""
    known = {EVERY_PROJECT, *settings.projects, *rules.projects}
    channels = {f"[channels.{name}]": channel for name, channel in rules.channels.items()}
    channels["[defaults.channel]"] = rules.default_channel
    if rules.direct_messages != rules.default_channel:
        channels["[defaults.direct_messages]"] = rules.direct_messages
    return [
        f"{place} names the unknown project {name}"
        for place, channel in channels.items()
        for name in channel.projects
        if name not in known
    ]
