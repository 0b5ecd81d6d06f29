"""The one place that reads the environment; everything is validated before anything starts."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints
from urllib.parse import unquote, urlsplit

from odps_bot.errors import SettingsError
from odps_bot.rules import Rules, read_rules

T = TypeVar("T")

DeliveryMode = Literal["socket", "http"]
LogFormat = Literal["text", "json"]
CredentialsSource = Literal["access-key", "alibabacloud"]
LogviewStyle = Literal["token", "job-insight"]

#: The rules are looked for here, in the working directory, unless a file is named.
RULES_FILE = Path("odps-bot.toml")

PROJECT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,62}")


TEAM_ID = re.compile(r"[TE][A-Z0-9]{1,20}")


@dataclass(frozen=True)
class Variable:
    """An environment variable: its name, what it means, whether it must be there."""

    name: str
    meaning: str
    default: str | None = None  #: None: must be given
    is_secret: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """Everything a process must be told. `from_environ` reads and checks it."""

    slack_bot_token: Annotated[
        str,
        Variable(
            "SLACK_BOT_TOKEN",
            "Bot token of the Slack app (`xoxb-…`); needed unless several workspaces install it"
            " (`SLACK_CLIENT_ID`)",
            "",
            is_secret=True,
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
        ),
    ]
    slack_signing_secret: Annotated[
        str,
        Variable(
            "SLACK_SIGNING_SECRET",
            "Signing secret of the app; needed by the bot in `http` mode",
            "",
            is_secret=True,
        ),
    ]
    slack_client_id: Annotated[
        str,
        Variable(
            "SLACK_CLIENT_ID",
            "Client id of the app, for several workspaces that install it by OAuth (`http` mode,"
            " extra `oauth`); empty: one workspace, by its token",
            "",
        ),
    ]
    slack_client_secret: Annotated[
        str,
        Variable(
            "SLACK_CLIENT_SECRET",
            "Client secret of the app; needed with `SLACK_CLIENT_ID`",
            "",
            is_secret=True,
        ),
    ]
    slack_teams: Annotated[
        tuple[str, ...],
        Variable(
            "ODPS_BOT_SLACK_TEAMS",
            "Ids of the workspaces (`T…`) and organisations (`E…`) that may install it, separated"
            " by commas; needed with `SLACK_CLIENT_ID`",
            "",
        ),
    ]
    encryption_keys: Annotated[
        tuple[str, ...],
        Variable(
            "ODPS_BOT_ENCRYPTION_KEYS",
            "Fernet keys that seal their tokens in Redis, the newest first, separated by commas;"
            " needed with `SLACK_CLIENT_ID`",
            "",
            is_secret=True,
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
            "Redis with runs, jobs and outbox (`redis://`, `rediss://` or `unix://`)",
            is_secret=True,
        ),
    ]
    redis_ca: Annotated[
        str,
        Variable(
            "ODPS_BOT_REDIS_CA",
            "File with the certificates that vouch for Redis (`rediss://`); empty: the system's",
            "",
        ),
    ]
    credentials_source: Annotated[
        CredentialsSource,
        Variable(
            "ODPS_BOT_CREDENTIALS",
            "`access-key`: the three variables below; `alibabacloud`: whatever Alibaba Cloud's own"
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
        ),
    ]
    access_key_secret: Annotated[
        str,
        Variable(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "Its secret; needed with `access-key`",
            "",
            is_secret=True,
        ),
    ]
    security_token: Annotated[
        str,
        Variable(
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            "STS token, when the access key is a temporary one",
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
        ),
    ]
    projects: Annotated[
        tuple[str, ...],
        Variable(
            "ODPS_PROJECTS",
            "Projects people may use, separated by commas; the first is the default",
        ),
    ]
    region: Annotated[
        str,
        Variable(
            "ODPS_REGION_NAME",
            "Region of v4 signatures and job-insight links; empty: read off the endpoint",
            "",
        ),
    ]
    logview_style: Annotated[
        LogviewStyle,
        Variable(
            "ODPS_BOT_LOGVIEW",
            "`token`: links carry a read token; `job-insight`: links ask for a login",
            "token",
        ),
    ]
    logview_host: Annotated[
        str,
        Variable(
            "ODPS_LOGVIEW_HOST",
            "Host of Logview (of the console for `job-insight`); empty: MaxCompute is asked",
            "",
        ),
    ]
    logview_life: Annotated[
        timedelta,
        Variable("ODPS_BOT_LOGVIEW_HOURS", "How many hours a Logview token lives", "24"),
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
        Variable(
            "ODPS_BOT_KEEP_DAYS", "How many days a run is remembered after its last change", "14"
        ),
    ]
    patience: Annotated[
        timedelta,
        Variable(
            "ODPS_BOT_PATIENCE_HOURS",
            "How many hours MaxCompute may be out of reach before a run is given up as lost",
            "24",
        ),
    ]
    requests_per_second: Annotated[
        float,
        Variable(
            "ODPS_BOT_REQUESTS_PER_SECOND",
            "How many requests a second all processes together may send to MaxCompute",
            "50",
        ),
    ]
    log_level: Annotated[
        str, Variable("ODPS_BOT_LOG_LEVEL", "`DEBUG`, `INFO`, `WARNING` or `ERROR`", "INFO")
    ]
    log_format: Annotated[
        LogFormat,
        Variable("ODPS_BOT_LOG_FORMAT", "`text`, or `json`: an object a line", "text"),
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
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check all variables.

        Raises SettingsError for the first that is missing or cannot be used.
        """
        values = {
            name: _read(environ, variable, PARSERS.get(name, str))
            for name, variable in variables().items()
        }
        settings = cls(**values)
        if settings.redis_ca and urlsplit(settings.redis_url).scheme != "rediss":
            raise SettingsError("ODPS_BOT_REDIS_CA: REDIS_URL must begin with rediss:// then")
        settings._check_workspaces()
        if settings.credentials_source == "access-key":
            settings._require("access_key_id", "access_key_secret")
        return settings

    @property
    def has_many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves, rather than one by its token."""
        return bool(self.slack_client_id)

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be shown: tokens, keys, and the password of Redis."""
        hidden = [getattr(self, n) for n, variable in variables().items() if variable.is_secret]
        hidden.append(unquote(urlsplit(self.redis_url).password or ""))
        return frozenset(text for value in hidden for text in _texts_in(value) if text)

    def with_projects(self, names: Iterable[str]) -> "Settings":
        """Return the settings with these projects besides their own."""
        return replace(self, projects=tuple(dict.fromkeys((*self.projects, *names))))

    def read_rules(self) -> Rules:
        """Read the team's rules. Raises SettingsError for a file that is wrong, or not there."""
        if self.rules_file:
            return read_rules(Path(self.rules_file))
        return read_rules(RULES_FILE) if RULES_FILE.exists() else Rules()

    def _check_workspaces(self) -> None:
        if not self.has_many_workspaces:
            for name in ("slack_client_secret", "slack_teams", "encryption_keys"):
                if getattr(self, name):
                    raise SettingsError(
                        f"{variables()[name].name} is set, but SLACK_CLIENT_ID is not: several"
                        " workspaces need all of them, one workspace none"
                    )
            self._require("slack_bot_token")
            return
        self._require("slack_client_secret", "slack_teams", "encryption_keys")
        if self.slack_bot_token:
            raise SettingsError(
                "SLACK_BOT_TOKEN and SLACK_CLIENT_ID: either one workspace by its token, or several"
                " that install the app; take one of them away"
            )

    def _require(self, *names: str) -> None:
        for name in names:
            if not getattr(self, name):
                raise _not_set(variables()[name])

    def check_listening(self) -> None:
        """Raise SettingsError unless the bot can be reached by Slack; workers need not be."""
        if self.has_many_workspaces and self.slack_mode == "socket":
            raise SettingsError(
                "SLACK_CLIENT_ID: I hear several workspaces by signed HTTP only; set"
                " ODPS_BOT_SLACK_MODE=http and SLACK_SIGNING_SECRET, and turn Socket Mode off in"
                " the app's settings"
            )
        if self.slack_mode == "socket" and not self.slack_app_token:
            raise SettingsError("SLACK_APP_TOKEN is needed in socket mode (ODPS_BOT_SLACK_MODE)")
        if self.slack_mode == "http" and not self.slack_signing_secret:
            raise SettingsError("SLACK_SIGNING_SECRET is needed in http mode (ODPS_BOT_SLACK_MODE)")


def variables() -> dict[str, Variable]:
    """Return the environment variables by the name of their field."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def _read(environ: Mapping[str, str], variable: Variable, parse: Callable[[str], T]) -> T:
    text = environ.get(variable.name, "").strip() or variable.default
    if text is None:
        raise _not_set(variable)
    try:
        return parse(text)
    except ValueError as error:
        shown = "its value" if variable.is_secret else repr(text)
        raise SettingsError(f"{variable.name}: {shown} cannot be used: {error}") from None


def _not_set(variable: Variable) -> SettingsError:
    return SettingsError(f"{variable.name} is not set. It is: {variable.meaning}.")


def _texts_in(value: Any) -> Iterator[str]:
    """Yield what stands in a value, or in the tables of a value."""
    if isinstance(value, str):
        yield value
    else:
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(part)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError("expected one of " + ", ".join(allowed))
        return text

    return parse


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 <= int(port) <= 65535):  # noqa: PLR2004  -- the largest port
        raise ValueError("expected HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _optional_address(text: str) -> tuple[str, int] | None:
    return _address(text) if text else None


def _readable_file(text: str) -> str:
    if text and not os.access(text, os.R_OK):
        raise ValueError("expected a file that can be read")
    return text


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError("expected an address that starts with " + ", ".join(schemes))
        return text

    return parse


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _teams(text: str) -> tuple[str, ...]:
    for team_id in _words(text):
        if not TEAM_ID.fullmatch(team_id):
            raise ValueError(f"{team_id!r} is no id of a workspace (T…) or an organisation (E…)")
    return _words(text)


def _projects(text: str) -> tuple[str, ...]:
    names = _words(text)
    if not names:
        raise ValueError("expected at least one project")
    for name in names:
        if not PROJECT_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a project")
    return names


def _access_keys(text: str) -> dict[str, tuple[str, str]]:
    keys = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, pair = part.partition("=")
        key_id, colon, secret = pair.partition(":")
        if not (equals and colon and name and key_id and secret):
            raise ValueError("expected NAME=ID:SECRET, separated by commas")
        keys[name.strip()] = (key_id.strip(), secret.strip())
    return keys


def _duration(unit: timedelta) -> Callable[[str], timedelta]:
    return lambda text: _number(text) * unit


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("expected a number") from None
    if not 0 < number <= 10_000:  # noqa: PLR2004  -- keeps nan, inf and nonsense out
        raise ValueError("expected a positive number up to 10000")
    return number


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "slack_mode": _one_of("socket", "http"),
    "credentials_source": _one_of("access-key", "alibabacloud"),
    "slack_teams": _teams,
    "encryption_keys": _words,
    "slack_api_url": _url("https", "http"),
    "http_listen": _address,
    "redis_url": _url("redis", "rediss", "unix"),
    "redis_ca": _readable_file,
    "access_keys": _access_keys,
    "endpoint": _url("https", "http"),
    "projects": _projects,
    "logview_style": _one_of("token", "job-insight"),
    "logview_life": _duration(timedelta(hours=1)),
    "keep_runs": _duration(timedelta(days=1)),
    "requests_per_second": _number,
    "patience": _duration(timedelta(hours=1)),
    "log_level": _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "log_format": _one_of("text", "json"),
    "health_listen": _optional_address,
}
