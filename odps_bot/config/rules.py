"""The team's rules: who may do what, where, and at what cost. `odps-bot.toml`, read once at start.

Without a file everybody may read, in the channels where the bot is invited, and nobody may write.
A mistake in the file names its line and the remedy, and nothing starts.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import msgspec

from odps_bot.config.openapi import OpenApi
from odps_bot.config.thresholds import Thresholds
from odps_bot.config.time_zone import beginning_of, day_in, why_no_zone
from odps_bot.config.toml_locations import line_of
from odps_bot.errors import SettingsError

T = TypeVar("T")

#: Means every project in a list.
EVERY_PROJECT = "*"

_PROJECT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_QUOTA = re.compile(r"[^\s;=]{1,100}")

#: In the clear, a temporary key's token could be read on its way, but not on one's own host.
_OPENAPI_ENDPOINT = re.compile(
    r"https://[^/?#\s@]+/?|http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?/?"
)


class Role(StrEnum):
    """What a person, or a channel, is trusted with; each includes those before it."""

    NONE = "none"  #: nothing at all
    VIEWER = "viewer"  #: sees jobs
    RUNNER = "runner"  #: runs statements that only read
    WRITER = "writer"  #: changes rows
    OPERATOR = "operator"  #: defines tables, and stops other people's jobs
    ADMIN = "admin"  #: everything, rights and locks included

    @property
    def rank(self) -> int:
        """Its place, from nothing to everything."""
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        """Return whether it is at least `other`."""
        return self.rank >= other.rank


#: What a statement may do, by the names of `odps_bot.sql.classification.StatementClass`.
StatementName = Literal["read", "write", "ddl", "admin", "unknown"]


class Channel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a channel allows to everybody in it."""

    projects: tuple[str, ...] = (EVERY_PROJECT,)  #: the first is the channel's default
    highest_role: Role = Role.ADMIN

    def allows(self, project: str) -> bool:
        """Return whether the project may be used there."""
        return EVERY_PROJECT in self.projects or project in self.projects


class Money(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount in a currency, as the file gives it: ``"5 CNY"``."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"


class Project(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds in a project."""

    endpoint: str | None = None  #: None: ODPS_ENDPOINT
    credentials: str | None = None  #: the name of an access key of its own, see the documentation
    quota: str | None = None  #: sent with every run
    #: Whether statements run interactively (MaxQA) unless somebody says otherwise; a text names the
    #: interactive quota.
    interactive: bool | str = False
    price_per_gb: Money | None = None  #: of a gigabyte at complexity 1
    estimates: bool = False  #: every statement is estimated before it runs
    automatic_limit: Decimal | None = None  #: runs without a question up to this; in the currency
    cap: Decimal | None = None  #: nothing above this runs without approval, if at all
    above_cap: Literal["refuse", "approve"] = "refuse"
    approve: tuple[StatementName, ...] = ()  #: classes that need a second person
    #: What loses data needs the requester's own yes, a second person's besides, or nothing.
    destructive: Literal["confirm", "approve", "allow"] = "confirm"
    approvers: Role = Role.OPERATOR  #: who may be that second person
    approver_ids: tuple[str, ...] = ()  #: people and user groups; if there are any, only these may
    self_approval: bool = False
    approval_life: timedelta = timedelta(hours=4)
    #: How long an approval can hold for repetitions with other values; None: it never does.
    standing_approval_life: timedelta | None = None
    daily_budget: Decimal | None = None  #: of the whole project
    schemas: bool = False  #: in its statements `a.b` is a table of its schema `a`
    reads_from: tuple[str, ...] = ()  #: projects not used here that its statements may read


class Budgets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be spent in a day, in the currency of the projects; None: no limit."""

    person: Decimal | None = None
    channel: Decimal | None = None


class Audit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the audit trail keeps."""

    keep: int = 100_000  #: so many lines, about
    sql: Literal["full", "hash", "none"] = "full"
    output: str = ""  #: also write JSON lines to this file; ``-``: standard output


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of the file."""

    contact: str = "your administrator"  #: who can help, in refusals
    time_zone: str = "UTC"  #: whose days are those of budgets, and what "today" means
    default_role: Role = Role.RUNNER
    users: dict[str, Role] = {}
    groups: dict[str, Role] = {}
    default_channel: Channel = Channel()
    direct_messages: Channel = Channel()
    channels: dict[str, Channel] = {}
    default_project: Project = Project()
    projects: dict[str, Project] = {}
    budgets: Budgets = Budgets()
    audit: Audit = Audit()
    diagnosis: Thresholds = Thresholds()
    openapi: OpenApi = OpenApi()

    def channel(self, channel_id: str) -> Channel:
        """Return the rules of a channel; an empty ID means the App Home."""
        if channel_id in self.channels:
            return self.channels[channel_id]
        is_direct = not channel_id or channel_id.startswith("D")
        return self.direct_messages if is_direct else self.default_channel

    def today(self, now: datetime) -> date:
        """Return the day to whose budgets a run counts that is submitted now."""
        return day_in(self.time_zone, now)

    def beginning_of_today(self, now: datetime) -> datetime:
        """Return when that day has begun."""
        return beginning_of(self.today(now), self.time_zone)

    def project(self, name: str) -> Project:
        """Return the rules of a project."""
        return self.projects.get(name, self.default_project)

    @property
    def group_ids(self) -> tuple[str, ...]:
        """The user groups whose members matter: those with a role, and those that approve."""
        projects = (self.default_project, *self.projects.values())
        approving = (one for project in projects for one in project.approver_ids)
        return tuple(
            dict.fromkeys([*self.groups, *(one for one in approving if one.startswith("S"))])
        )


def read_rules(path: Path) -> Rules:
    """Read and check the file. Raises SettingsError with the line and the remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it isn't UTF-8"
        raise SettingsError(f"{path} cannot be read: {reason}") from error
    return parse_rules(text, file_name=str(path))


def parse_rules(text: str, *, file_name: str) -> Rules:
    """Return the rules in `text`. Raises SettingsError with the line and the remedy."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file_name}: {error}") from error
    return _Reader(text, file_name).rules(document)


class _Reader:
    """Turns the document into rules, and knows the line of everything."""

    def __init__(self, text: str, file_name: str) -> None:
        self._text = text
        self._file_name = file_name

    def rules(self, document: Mapping[str, Any]) -> Rules:
        known = {"contact", "time_zone", "roles", "defaults", "channels", "projects"}
        known |= {"budgets", "audit", "diagnosis", "openapi"}
        self._only(document, known, ())
        roles = self._table(document, ("roles",))
        self._only(roles, {"default", "users", "groups"}, ("roles",))
        defaults = self._table(document, ("defaults",))
        self._only(defaults, {"channel", "direct_messages", "project"}, ("defaults",))
        inherited, channel = defaults.get("project", {}), defaults.get("channel", {})
        direct = defaults.get("direct_messages", channel)
        default_project = self._project(inherited, ("defaults", "project"))
        return Rules(
            contact=self._read(document.get("contact", Rules().contact), str, ("contact",)),
            time_zone=self._time_zone(document),
            default_role=self._read(roles.get("default", Role.RUNNER), Role, ("roles", "default")),
            users=self._roles(roles, "users", "UW", "a member ID such as U024BE7LH"),
            groups=self._roles(roles, "groups", "S", "a user group's ID such as S0614TZR7"),
            default_channel=self._read(channel, Channel, ("defaults", "channel")),
            direct_messages=self._read(direct, Channel, ("defaults", "direct_messages")),
            channels={
                channel_id: self._read(
                    table, Channel, ("channels", self._id(channel_id, "CGD", ("channels",)))
                )
                for channel_id, table in self._table(document, ("channels",)).items()
            },
            default_project=default_project,
            projects={
                name: self._project(
                    {**inherited, **self._as_table(table, ("projects", name))}, ("projects", name)
                )
                for name, table in self._table(document, ("projects",)).items()
            },
            budgets=self._read(document.get("budgets", {}), Budgets, ("budgets",)),
            audit=self._read(document.get("audit", {}), Audit, ("audit",)),
            diagnosis=self._read(document.get("diagnosis", {}), Thresholds, ("diagnosis",)),
            openapi=self._openapi(document.get("openapi", {})),
        )

    def _openapi(self, table: object) -> OpenApi:
        read = self._read(table, OpenApi, ("openapi",))
        if read.endpoint and not _OPENAPI_ENDPOINT.fullmatch(read.endpoint):
            what = 'expected an address such as "https://maxcompute.cn-hangzhou.aliyuncs.com"'
            raise self._error(what, ("openapi", "endpoint"))
        return read

    def _time_zone(self, document: Mapping[str, Any]) -> str:
        name = self._read(document.get("time_zone", Rules().time_zone), str, ("time_zone",))
        if why := why_no_zone(name):
            raise self._error(why, ("time_zone",))
        return name

    def _project(self, table: Mapping[str, Any], place: tuple[str, ...]) -> Project:
        values = self._project_values(table, place)
        project: Project = self._read(values, Project, place)
        for name in project.reads_from:
            if name != EVERY_PROJECT and not _PROJECT_NAME.fullmatch(name):
                message = f"{name!r} is not the name of a project; write it without schema or table"
                raise self._error(message, (*place, "reads_from"))
        for name in ("automatic_limit", "cap", "daily_budget"):
            if getattr(project, name) is not None and project.price_per_gb is None:
                raise self._error(
                    f"{name} is an amount of money, so price_per_gb is needed too", (*place, name)
                )
        if isinstance(project.interactive, str) and not _QUOTA.fullmatch(project.interactive):
            what = 'expected true, false or the name of an interactive quota, such as "adhoc"'
            raise self._error(what, (*place, "interactive"))
        if _is_crossed(project):
            raise self._error("cap must be at least automatic_limit", (*place, "cap"))
        return project

    def _project_values(self, table: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
        """Return what the table says, under our names of its keys."""
        values = dict(table)
        if "price_per_gb" in values:
            values["price_per_gb"] = self._money(values["price_per_gb"], (*place, "price_per_gb"))
        if isinstance(values.get("approvers"), list):
            values["approver_ids"] = self._approvers(values.pop("approvers"), place)
        for name, written in _WRITTEN.items():
            if name in table:
                raise self._error(f"use {written} instead", (*place, name))
            if written in values and name.endswith("_life"):
                values[name] = self._hours(values.pop(written), (*place, written))
        return values

    def _approvers(self, listed: list[object], place: tuple[str, ...]) -> list[str]:
        place = (*place, "approvers")
        if not listed:
            raise self._error("expected a role, or IDs of people and user groups", place)
        what = "a role, or the ID of a person (U024BE7LH) or user group (S0614TZR7)"
        return [self._id(str(one), "UWS", place, what) for one in listed]

    def _money(self, value: object, place: tuple[str, ...]) -> dict[str, str]:
        parts = value.split() if isinstance(value, str) else []
        if len(parts) != 2 or not _is_amount(parts[0]) or not parts[1].isalpha():  # noqa: PLR2004  -- amount, currency
            raise self._error('expected an amount and a currency, such as "0.3 CNY"', place)
        return {"amount": parts[0], "currency": parts[1]}

    def _hours(self, value: object, place: tuple[str, ...]) -> timedelta:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 168:  # noqa: PLR2004  -- a week
            raise self._error("expected a number of hours, up to 168", place)
        return timedelta(hours=value)

    def _roles(self, roles: Mapping[str, Any], name: str, first: str, what: str) -> dict[str, Role]:
        table = self._as_table(roles.get(name, {}), ("roles", name))
        return {
            self._id(who, first, ("roles", name), what): self._read(
                role, Role, ("roles", name, who)
            )
            for who, role in table.items()
        }

    def _id(
        self, value: str, first: str, place: tuple[str, ...], what: str = "a channel's ID"
    ) -> str:
        is_id = value[:1] in set(first) and value.isascii() and value.isalnum() and value.isupper()
        if not is_id:
            raise self._error(f"{value!r} is not {what}", (*place, value))
        return value

    def _table(self, document: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
        return self._as_table(document.get(place[-1], {}), place)

    def _as_table(self, value: object, place: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._error(f"expected a table [{'.'.join(place)}]", place)
        return value

    def _only(self, table: Mapping[str, Any], known: set[str], place: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                message = f"{name!r} is not a known key; expected one of {', '.join(sorted(known))}"
                raise self._error(message, (*place, name))

    def _read(self, value: object, kind: type[T], place: tuple[str, ...]) -> T:
        try:
            read: T = msgspec.convert(value, kind, str_keys=True)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            inner = tuple(part for part in path.strip("`").split("[")[0].split(".") if part)
            unknown = message.partition("unknown field `")[2].rstrip("`")
            raise self._error(
                _remedy(message, kind, inner), (*place, *inner, *([unknown] if unknown else []))
            ) from error
        for name in getattr(kind, "__struct_fields__", ()):
            amount = getattr(read, name)
            if isinstance(amount, Decimal) and not (amount.is_finite() and amount >= 0):
                raise self._error("expected an amount of at least 0", (*place, name))
        return read

    def _error(self, message: str, place: tuple[str, ...]) -> SettingsError:
        line = line_of(self._text, place)
        where = f"{self._file_name}, line {line}" if line else self._file_name
        return SettingsError(f"{where} ({'.'.join(place)}): {message}")


#: What the file calls keys that have another name here.
_WRITTEN = {
    "approval_life": "approval_hours",
    "standing_approval_life": "standing_approval_hours",
    "approver_ids": "approvers",
}


def _is_crossed(project: Project) -> bool:
    automatic, cap = project.automatic_limit, project.cap
    return automatic is not None and cap is not None and cap < automatic


def _is_amount(text: str) -> bool:
    return text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal()


def _remedy(message: str, kind: type[Any], inner: tuple[str, ...]) -> str:
    if "enum value" in message:
        hint = get_type_hints(kind)[inner[0]] if inner else kind
        return f"{message}; expected one of {', '.join(_names_of(hint))}"
    if message.startswith("Expected `object`"):
        return "expected a table"
    if "unknown field" in message:
        known = ", ".join(dict.fromkeys(_WRITTEN.get(n, n) for n in kind.__struct_fields__))
        return f"{message}; expected one of {known}"
    return message


def _names_of(hint: Any) -> list[str]:
    """Return the words that a field accepts, whatever type wraps them."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return list(hint)
    return [
        name
        for part in get_args(hint)
        for name in ([part] if isinstance(part, str) else _names_of(part))
    ]
