"""The one place that reads the environment; everything is validated before anything starts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

from odps_bot.config import checks, parsers, secret_values
from odps_bot.config.redis_address import RedisCopies, read_redis_address, read_redis_copies
from odps_bot.config.rules import Rules, read_rules
from odps_bot.config.sources import FILE_SUFFIX, given_texts, read_value
from odps_bot.config.variable import Variable, variables
from odps_bot.errors import SettingsError

T = TypeVar("T")

DeliveryMode = Literal["socket", "http"]
LogFormat = Literal["text", "json"]
CredentialsSource = Literal["access-key", "alibabacloud"]
LogviewStyle = Literal["token", "job-insight"]

#: Between what a setting lists, and around the password of an address.
SEPARATORS = re.compile(r"[,=:@]")

#: Those of an address that is broken; a secret may hold some of them.
ALL_SEPARATORS = re.compile(r"[,=:@/?#&\s]")

#: What opens MaxCompute: workers and the doctor need it.
MAXCOMPUTE_KEYS = ("access_key_id", "access_key_secret", "security_token", "access_keys")

#: The rules are looked for here, in the working directory, unless a file is named.
RULES_FILE = Path("odps-bot.toml")


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """All settings of a process, see `settings.toml`. `from_environ` reads and checks them."""

    slack_bot_token: str
    slack_mode: DeliveryMode
    slack_app_token: str
    slack_connections: int
    slack_signing_secret: str
    slack_client_id: str
    slack_client_secret: str
    slack_teams: tuple[str, ...]
    encryption_keys: tuple[str, ...]
    slack_api_url: str
    http_listen: tuple[str, int]
    redis_url: str
    redis_ca: str
    redis_copies: RedisCopies
    credentials_source: CredentialsSource
    access_key_id: str
    access_key_secret: str
    security_token: str
    access_keys: Mapping[str, tuple[str, str]]
    endpoint: str
    projects: tuple[str, ...]
    region: str
    logview_style: LogviewStyle
    logview_host: str
    logview_life: timedelta
    rules_file: str
    keep_runs: timedelta
    patience: timedelta
    requests_per_second: float
    held_requests: int
    log_level: str
    log_format: LogFormat
    health_listen: tuple[str, int] | None
    has_maxcompute_keys: bool = True  #: not the bot, which never asks MaxCompute

    def __repr__(self) -> str:
        shown = (
            f"{name}={'***' if variable.is_secret else repr(getattr(self, name))}"
            for name, variable in variables().items()
        )
        return f"Settings({', '.join(shown)})"

    @property
    def default_project(self) -> str:
        """The project of a run that names none."""
        return self.projects[0]

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, is_bot: bool = False, needs_keys: bool | None = None
    ) -> "Settings":
        """Read and check all variables, and the files that `NAME_FILE` names for secrets.

        Of the bot also what it needs to be reached by Slack: see `check_listening`. Keys to
        MaxCompute are not even read for it, unless it `needs_keys`.
        Raises SettingsError, which names everything that is missing or cannot be used.
        """
        needs_keys = not is_bot if needs_keys is None else needs_keys
        values: dict[str, Any] = {}
        problems: list[tuple[str, str]] = []
        for name, variable in variables().items():
            # What the bot has no use for counts as not given.
            source = environ if needs_keys or name not in MAXCOMPUTE_KEYS else {}
            try:
                values[name] = _read(source, variable, PARSERS.get(name, str))
            except SettingsError as error:
                problems.append((name, str(error)))
        problems += checks.missing_or_contradicting(values, variables(), needs_keys=needs_keys)
        if is_bot:
            problems += checks.missing_to_listen(values, variables())
        if problems:
            order = list(variables())
            problems.sort(key=lambda problem: order.index(problem[0]))
            notes = list(checks.suspicious_names(environ, variables().values()))
            if not any(environ.get(variable.name) for variable in variables().values()):
                notes.append("to try it without settings, start `odps-bot sandbox`.")
            raise SettingsError(*(text for _, text in problems), notes=notes)
        return cls(**values, has_maxcompute_keys=needs_keys)

    @property
    def has_many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves, rather than one by its token."""
        return bool(self.slack_client_id)

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be shown: tokens, keys, and the password of Redis."""
        hidden = [getattr(self, n) for n, variable in variables().items() if variable.is_secret]
        hidden.append(read_redis_address(self.redis_url).passwords)
        return frozenset(text for value in hidden for text in _texts_in(value) if text)

    def with_projects(self, names: Iterable[str]) -> "Settings":
        """Return the settings with these projects besides their own."""
        return replace(self, projects=tuple(dict.fromkeys((*self.projects, *names))))

    def read_rules(self) -> Rules:
        """Read the team's rules. Raises SettingsError for a file that is wrong, or not there."""
        if self.rules_file:
            return read_rules(Path(self.rules_file))
        return read_rules(RULES_FILE) if RULES_FILE.exists() else Rules()

    def check_listening(self) -> None:
        """Raise SettingsError unless the bot can be reached by Slack; workers need not be."""
        given = {name: getattr(self, name) for name in variables()}
        if problems := [text for _, text in checks.missing_to_listen(given, variables())]:
            raise SettingsError(*problems)


def variables_of_keys() -> tuple[str, ...]:
    """Return the variables that give keys to MaxCompute, and those that name files with them."""
    found = [variables()[name] for name in MAXCOMPUTE_KEYS]
    files = [variable.name + FILE_SUFFIX for variable in found if variable.is_secret]
    return (*(variable.name for variable in found), *files)


def suspicious_settings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is accepted, but probably a mistake: a sentence each, without secrets."""
    return tuple(checks.suspicious(environ, variables().values()))


def given_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """Return what must not be shown although the settings may be wrong; never raises."""
    secrets: set[str] = set()
    for name, variable in variables().items():
        if variable.is_secret:
            for text in given_texts(environ, variable.name):
                secrets.update(_secrets_in(text, is_redis_url=name == "redis_url"))
    return frozenset(secrets - {""})


def _secrets_in(text: str, *, is_redis_url: bool) -> Iterator[str]:
    yield text
    if is_redis_url:
        # Of an address that can be read, all but the passwords may be shown.
        with suppress(ValueError):
            yield from read_redis_address(text).passwords
            return
    for separators in (SEPARATORS, ALL_SEPARATORS):
        for part in separators.split(text):
            yield part
            yield unquote(part)


def _read(environ: Mapping[str, str], variable: Variable, parse: Callable[[str], T]) -> T:
    value = read_value(environ, variable.name, is_secret=variable.is_secret)
    text = value or variable.default
    if text is None:
        raise SettingsError(checks.not_set(variable))
    try:
        return parse(text)
    except ValueError as error:
        shown = "its value" if variable.is_secret else repr(text)
        problem = f"{variable.name}: {shown} cannot be used: {error}"
        raise SettingsError(checks.with_source(problem, variable)) from None


def _texts_in(value: Any) -> Iterator[str]:
    """Yield the texts in a value, or in the tables of a value."""
    if isinstance(value, str):
        yield value
    else:
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(part)


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "slack_mode": parsers.one_of("socket", "http"),
    "credentials_source": parsers.one_of("access-key", "alibabacloud"),
    "slack_connections": parsers.whole_number(1, 9),
    "slack_bot_token": secret_values.token(*secret_values.BOT_TOKEN_PREFIXES),
    "slack_app_token": secret_values.token(*secret_values.APP_TOKEN_PREFIXES),
    "slack_signing_secret": secret_values.app_secret,
    "slack_client_secret": secret_values.app_secret,
    "slack_teams": parsers.teams,
    "encryption_keys": secret_values.fernet_keys,
    "slack_api_url": parsers.url("https", "http"),
    "http_listen": parsers.address,
    "redis_url": parsers.redis_url,
    "redis_ca": parsers.readable_file,
    "redis_copies": read_redis_copies,
    "access_key_id": secret_values.secret,
    "access_key_secret": secret_values.secret,
    "security_token": secret_values.secret,
    "access_keys": parsers.access_keys,
    "endpoint": parsers.url("https", "http"),
    "projects": parsers.projects,
    "logview_style": parsers.one_of("token", "job-insight"),
    "logview_life": parsers.duration(timedelta(hours=1)),
    "keep_runs": parsers.duration(timedelta(days=1)),
    "requests_per_second": parsers.number,
    "held_requests": parsers.whole_number(0, 64),
    "patience": parsers.duration(timedelta(hours=1)),
    "log_level": parsers.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "log_format": parsers.one_of("text", "json"),
    "health_listen": parsers.optional_address,
}
