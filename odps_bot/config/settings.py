"""The one place that reads the environment; everything is validated before anything starts."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, get_type_hints
from urllib.parse import unquote

from odps_bot.config import checks, parsers, secret_values
from odps_bot.config.rules import Rules, read_rules
from odps_bot.config.sources import given_texts, read_value
from odps_bot.config.variable import Variable
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

#: Where Slack shows what belongs to an app.
APP_PAGE = "api.slack.com/apps → your app"

#: The rules are looked for here, in the working directory, unless a file is named.
RULES_FILE = Path("odps-bot.toml")


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """All settings of a process. `from_environ` reads and checks them."""

    slack_bot_token: Annotated[
        str,
        Variable(
            "SLACK_BOT_TOKEN",
            "Bot token of the Slack app (`xoxb-…`); needed unless several workspaces install it"
            " (`SLACK_CLIENT_ID`)",
            "",
            is_secret=True,
            source=f"{APP_PAGE} → OAuth & Permissions → Bot User OAuth Token",
            placeholder="xoxb-…",
        ),
    ]
    slack_mode: Annotated[
        DeliveryMode,
        Variable(
            "ODPS_BOT_SLACK_MODE", "How Slack reaches the bot: `socket` or signed `http`", "socket"
        ),
    ]
    slack_app_token: Annotated[
        str,
        Variable(
            "SLACK_APP_TOKEN",
            "App-level token (`xapp-…`); needed by the bot in `socket` mode",
            "",
            is_secret=True,
            source=(
                f"{APP_PAGE} → Basic Information → App-Level Tokens, with the scope"
                " connections:write"
            ),
            placeholder="xapp-…",
        ),
    ]
    slack_signing_secret: Annotated[
        str,
        Variable(
            "SLACK_SIGNING_SECRET",
            "Signing secret of the app; needed by the bot in `http` mode",
            "",
            is_secret=True,
            source=f"{APP_PAGE} → Basic Information → App Credentials",
        ),
    ]
    slack_client_id: Annotated[
        str,
        Variable(
            "SLACK_CLIENT_ID",
            "Client ID of the app, if several workspaces install it by OAuth (`http` mode,"
            " extra `oauth`); empty: a single workspace with its token",
            "",
            source=f"{APP_PAGE} → Basic Information → App Credentials",
        ),
    ]
    slack_client_secret: Annotated[
        str,
        Variable(
            "SLACK_CLIENT_SECRET",
            "Client secret of the app; needed with `SLACK_CLIENT_ID`",
            "",
            is_secret=True,
            source=f"{APP_PAGE} → Basic Information → App Credentials",
        ),
    ]
    slack_teams: Annotated[
        tuple[str, ...],
        Variable(
            "ODPS_BOT_SLACK_TEAMS",
            "IDs of the workspaces (`T…`) and organizations (`E…`) that can install it, separated"
            " by commas; needed with `SLACK_CLIENT_ID`",
            "",
            source="the address of Slack in a browser: app.slack.com/client/T…",
        ),
    ]
    encryption_keys: Annotated[
        tuple[str, ...],
        Variable(
            "ODPS_BOT_ENCRYPTION_KEYS",
            "Fernet keys that encrypt their tokens in Redis, newest first, separated by commas;"
            " needed with `SLACK_CLIENT_ID`",
            "",
            is_secret=True,
            source="cryptography.fernet.Fernet.generate_key() prints one (docs/operating.md)",
        ),
    ]
    slack_api_url: Annotated[
        str, Variable("SLACK_API_URL", "Base address of the Web API", "https://slack.com/api/")
    ]
    http_listen: Annotated[
        tuple[str, int],
        Variable("ODPS_BOT_HTTP_LISTEN", "Address of the server in `http` mode", "127.0.0.1:3000"),
    ]
    redis_url: Annotated[
        str,
        Variable(
            "REDIS_URL",
            "Redis for runs, jobs and outbox (`redis://`, `rediss://` or `unix://`)",
            is_secret=True,
            source="your Redis, such as redis://HOST:6379/0 (docs/operating.md, Redis)",
            placeholder="redis://:password@localhost:6379/0",
        ),
    ]
    redis_ca: Annotated[
        str,
        Variable(
            "ODPS_BOT_REDIS_CA",
            "File with the CA certificates for Redis (`rediss://`); empty: the system's",
            "",
        ),
    ]
    credentials_source: Annotated[
        CredentialsSource,
        Variable(
            "ODPS_BOT_CREDENTIALS",
            "`access-key`: the three variables below; `alibabacloud`: what Alibaba Cloud's own"
            " package finds and rotates (ECS roles, OIDC, profiles; extra `alibabacloud`)",
            "access-key",
        ),
    ]
    access_key_id: Annotated[
        str,
        Variable(
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "Access key of the account that runs the jobs; needed with `access-key`",
            "",
            source="ram.console.aliyun.com → Users → the bot's user → Create AccessKey",
        ),
    ]
    access_key_secret: Annotated[
        str,
        Variable(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "Its secret; needed with `access-key`",
            "",
            is_secret=True,
            meaning_alone=(
                "Secret of the access key `ALIBABA_CLOUD_ACCESS_KEY_ID`; needed with `access-key`"
            ),
            source="shown once, when the access key is created (ram.console.aliyun.com)",
        ),
    ]
    security_token: Annotated[
        str,
        Variable(
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            "STS token, if the access key is temporary",
            "",
            is_secret=True,
        ),
    ]
    access_keys: Annotated[
        Mapping[str, tuple[str, str]],
        Variable(
            "ODPS_BOT_ACCESS_KEYS",
            "More access keys, for projects that name one in `odps-bot.toml`:"
            " `NAME=ID:SECRET,NAME=ID:SECRET`",
            "",
            is_secret=True,
        ),
    ]
    endpoint: Annotated[
        str,
        Variable(
            "ODPS_ENDPOINT",
            "REST endpoint, e.g. `https://service.cn-hangzhou.maxcompute.aliyun.com/api`",
            source=(
                "the table of endpoints, one per region:"
                " www.alibabacloud.com/help/en/maxcompute/user-guide/endpoints"
            ),
        ),
    ]
    projects: Annotated[
        tuple[str, ...],
        Variable(
            "ODPS_PROJECTS",
            "Projects people can use, separated by commas; the first is the default",
            source="maxcompute.console.aliyun.com → Projects",
            placeholder="my_project",
        ),
    ]
    region: Annotated[
        str,
        Variable(
            "ODPS_REGION_NAME",
            "Region of v4 signatures and job-insight links; empty: derived from the endpoint",
            "",
        ),
    ]
    logview_style: Annotated[
        LogviewStyle,
        Variable(
            "ODPS_BOT_LOGVIEW",
            "`token`: links contain a read token; `job-insight`: links require a login",
            "token",
        ),
    ]
    logview_host: Annotated[
        str,
        Variable(
            "ODPS_LOGVIEW_HOST",
            "Host of Logview (of the console for `job-insight`); empty: as MaxCompute says",
            "",
        ),
    ]
    logview_life: Annotated[
        timedelta,
        Variable("ODPS_BOT_LOGVIEW_HOURS", "How many hours a Logview token is valid", "24"),
    ]
    rules_file: Annotated[
        str,
        Variable(
            "ODPS_BOT_RULES",
            "File with the team's rules (roles, channels, costs); empty: `odps-bot.toml`, if there"
            " is one",
            "",
        ),
    ]
    keep_runs: Annotated[
        timedelta,
        Variable("ODPS_BOT_KEEP_DAYS", "How many days a run is kept after its last change", "14"),
    ]
    patience: Annotated[
        timedelta,
        Variable(
            "ODPS_BOT_PATIENCE_HOURS",
            "How many hours MaxCompute can be unreachable before a run ends as Unknown",
            "24",
        ),
    ]
    requests_per_second: Annotated[
        float,
        Variable(
            "ODPS_BOT_REQUESTS_PER_SECOND",
            "How many requests per second all processes together send to MaxCompute at most",
            "50",
        ),
    ]
    log_level: Annotated[
        str, Variable("ODPS_BOT_LOG_LEVEL", "`DEBUG`, `INFO`, `WARNING` or `ERROR`", "INFO")
    ]
    log_format: Annotated[
        LogFormat,
        Variable("ODPS_BOT_LOG_FORMAT", "`text`, or `json`: one object per line", "text"),
    ]
    health_listen: Annotated[
        tuple[str, int] | None,
        Variable(
            "ODPS_BOT_HEALTH_LISTEN",
            "Address of `/healthz`, `/readyz` and `/metrics`, e.g. `127.0.0.1:8080`; empty: none",
            "",
        ),
    ]

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
    def from_environ(cls, environ: Mapping[str, str], *, is_bot: bool = False) -> "Settings":
        """Read and check all variables, and the files that `NAME_FILE` names for secrets.

        Of the bot also what it needs to be reached by Slack: see `check_listening`.
        Raises SettingsError, which names everything that is missing or cannot be used.
        """
        values: dict[str, Any] = {}
        problems: list[tuple[str, str]] = []
        for name, variable in variables().items():
            try:
                values[name] = _read(environ, variable, PARSERS.get(name, str))
            except SettingsError as error:
                problems.append((name, str(error)))
        problems += checks.missing_or_contradicting(values, variables())
        if is_bot:
            problems += checks.missing_to_listen(values, variables())
        if problems:
            order = list(variables())
            problems.sort(key=lambda problem: order.index(problem[0]))
            notes = list(checks.suspicious_names(environ, variables().values()))
            if not any(environ.get(variable.name) for variable in variables().values()):
                notes.append("to try it without settings, start `odps-bot sandbox`.")
            raise SettingsError(*(text for _, text in problems), notes=notes)
        return cls(**values)

    @property
    def has_many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves, rather than one by its token."""
        return bool(self.slack_client_id)

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be shown: tokens, keys, and the password of Redis."""
        hidden = [getattr(self, n) for n, variable in variables().items() if variable.is_secret]
        hidden.append(parsers.redis_password(self.redis_url))
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


@functools.cache
def variables() -> Mapping[str, Variable]:
    """Return the environment variables by the name of their field."""
    hints = get_type_hints(Settings, include_extras=True)
    return MappingProxyType({name: hint.__metadata__[0] for name, hint in hints.items()})


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
        # Of an address that can be read, all but the password may be shown.
        with suppress(ValueError):
            yield parsers.redis_password(parsers.redis_url(text))
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
    "patience": parsers.duration(timedelta(hours=1)),
    "log_level": parsers.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "log_format": parsers.one_of("text", "json"),
    "health_listen": parsers.optional_address,
}
