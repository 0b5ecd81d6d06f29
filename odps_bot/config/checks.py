"""Problems that only show when settings are seen together, and probable mistakes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from odps_bot.config import secret_values
from odps_bot.config.misspellings import misspelled
from odps_bot.config.sources import FILE_SUFFIX, read_value
from odps_bot.config.variable import Variable
from odps_bot.errors import SettingsError

#: A field of the settings, and what is wrong with it.
Problem = tuple[str, str]

Variables = Mapping[str, Variable]

#: Slack may invent tokens that begin otherwise.
USUAL_BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "SLACK_BOT_TOKEN": secret_values.BOT_TOKEN_PREFIXES,
    "SLACK_APP_TOKEN": secret_values.APP_TOKEN_PREFIXES,
}

#: A value that is set but can't be used; that is reported already.
_UNUSABLE = object()


def missing_or_contradicting(
    values: Mapping[str, Any], variables: Variables, *, needs_keys: bool = True
) -> Iterator[Problem]:
    """Yield what others make necessary, and what contradicts others.

    Of `values` may be left out what is given, but could not be read. `needs_keys` says that the
    process talks to MaxCompute: the bot doesn't.
    """
    given = {name: values.get(name, _UNUSABLE) for name in variables}
    ca_file, redis_url = given["redis_ca"], given["redis_url"]
    are_read = isinstance(ca_file, str) and isinstance(redis_url, str)
    if ca_file and are_read and not redis_url.startswith("rediss"):
        problem = (
            "ODPS_BOT_REDIS_CA is set, so REDIS_URL must start with rediss:// or rediss+sentinel://"
        )
        yield "redis_ca", problem
    yield from _of_workspaces(given, variables)
    if needs_keys and given["credentials_source"] == "access-key":
        yield from _missing(("access_key_id", "access_key_secret"), given, variables)
    key_id, key_secret = given["access_key_id"], given["access_key_secret"]
    if str(key_secret).startswith("LTAI") and not str(key_id).startswith("LTAI"):
        problem = (
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET: the value looks like an access key ID (LTAI…)."
            " Were ID and secret swapped?"
        )
        yield "access_key_secret", problem


def _of_workspaces(given: Mapping[str, Any], variables: Variables) -> Iterator[Problem]:
    others = ("slack_client_secret", "slack_teams", "encryption_keys")
    if given["slack_client_id"]:
        yield from _missing(others, given, variables)
        if given["slack_bot_token"]:
            problem = (
                "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set. Keep the token for a single"
                " workspace, or the client ID if several workspaces install the app"
            )
            yield "slack_bot_token", problem
        return
    yield from _missing(("slack_bot_token",), given, variables)
    for name in others:
        if given[name]:
            problem = (
                f"{variables[name].name} is set, but SLACK_CLIENT_ID is not. Set all of them for"
                " several workspaces, or none for a single one"
            )
            yield name, problem


def missing_to_listen(values: Mapping[str, Any], variables: Variables) -> Iterator[Problem]:
    """Yield what the bot needs to be reached by Slack; for `values` see above."""
    given = {name: values.get(name, _UNUSABLE) for name in variables}
    mode = given["slack_mode"]
    if given["slack_client_id"] and mode == "socket":
        problem = (
            "SLACK_CLIENT_ID: several workspaces need signed HTTP. Set ODPS_BOT_SLACK_MODE=http and"
            " SLACK_SIGNING_SECRET, and turn Socket Mode off in the app's settings"
        )
        yield "slack_client_id", problem
        return
    needed = {"socket": "slack_app_token", "http": "slack_signing_secret"}.get(mode)
    if needed:
        yield from _missing((needed,), given, variables)


def _missing(
    names: Iterable[str], given: Mapping[str, Any], variables: Variables
) -> Iterator[Problem]:
    return ((name, not_set(variables[name])) for name in names if not given[name])


def not_set(variable: Variable) -> str:
    """Return the problem of a setting that is needed and not given."""
    meaning = variable.meaning_alone or variable.meaning
    return with_source(f"{variable.name} is not set. It is: {meaning}.", variable)


def with_source(problem: str, variable: Variable) -> str:
    """Return a problem, and on a second line where to find the right value."""
    return f"{problem}\n  From: {variable.source}" if variable.source else problem


def suspicious(environ: Mapping[str, str], variables: Iterable[Variable]) -> Iterator[str]:
    """Yield what is accepted but probably a mistake: one sentence each, without secrets."""
    variables = list(variables)
    yield from suspicious_names(environ, variables)
    for variable in variables:
        try:
            value = read_value(environ, variable.name, is_secret=variable.is_secret)
        except SettingsError:
            continue  # raised when it is read
        beginnings = USUAL_BEGINNINGS.get(variable.name, ("",))
        if value and value == variable.placeholder:
            yield f"{variable.name} still has the placeholder of .env.example."
        elif value and not value.startswith(beginnings):
            source = variable.source
            yield f"{variable.name} does not start with {beginnings[0]}. Find it at: {source}"


def suspicious_names(environ: Mapping[str, str], variables: Iterable[Variable]) -> Iterator[str]:
    """Yield variables that are set but ignored: their names resemble settings."""
    variables = list(variables)
    files = {v.name + FILE_SUFFIX: v.name for v in variables}
    readable = {v.name + FILE_SUFFIX for v in variables if v.is_secret}
    for name, real in files.items():
        if name not in readable and environ.get(name, "").strip():
            yield f"{name} is ignored: only secrets can be read from files. Set {real} instead."
    known = {v.name for v in variables} | readable
    for name, real in misspelled(environ, known):
        if name not in files:
            yield f"{name} is set but is not a setting. Did you mean {real}?"
