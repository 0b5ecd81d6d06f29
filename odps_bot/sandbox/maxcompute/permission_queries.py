"""The language of queries about permissions, as far as the sandbox knows it.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/permission-related-command-set has the
statements, and the page about querying permissions shows their results.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.permissions import Permissions
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, no_such_object

_USER = r"(?P<user>`[^`]+`|[^\s;`,]+)"
_NAME = r"(?P<name>\w+)"
_HOLDER = r"(?:(?P<kind>user|role) )?(?P<holder>`[^`]+`|[^\s;`,]+)"
_THING = (
    r"(?:(?P<type>table|project|function|resource|instance|package|schema) )?(?P<thing>[\w.*]+)"
)
_PRIVILEGES = r"(?P<privileges>\w+(?: ?, ?\w+)*)"
_REST = r"(?: .*)?"


@dataclass(frozen=True)
class Answer:
    """What a query returns; a change returns nothing."""

    lines: tuple[str, ...] = ()
    #: The answer comes later, as installing a package does.
    is_slow: bool = False


def carry_out(query: str, permissions: Permissions, *, caller: str) -> Answer:
    """Carry out a query; raises `ServiceError` for what is wrong or unknown."""
    text = " ".join(query.split()).rstrip("; ")
    for pattern, action in _ACTIONS:
        if found := pattern.fullmatch(text):
            words = {name: (word or "").strip("`") for name, word in found.groupdict().items()}
            return action(_Query(permissions, caller, words)) or Answer()
    raise ServiceError(
        400, "ODPS-0130161", f"ODPS-0130161:[1,1] Parse exception - invalid statement '{text[:80]}'"
    )


@dataclass(frozen=True)
class _Query:
    permissions: Permissions
    caller: str
    words: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.words.get(name, "")

    @property
    def holder(self) -> str:
        return self.permissions.holder(self["holder"], kind=self["kind"])

    @property
    def thing(self) -> str:
        """Return the path of an object; a table unless it says otherwise."""
        kind, name = self["type"].lower() or "table", self["thing"]
        if kind == "project":
            return f"projects/{name}"
        project, _, short = name.rpartition(".")
        return f"projects/{project or self.permissions.project}/{kind}s/{short}"

    @property
    def privileges(self) -> list[str]:
        names = [name.strip() for name in self["privileges"].split(",")]
        return [_KNOWN.get(name.lower(), name.capitalize()) for name in names]


_KNOWN = {
    name.lower(): name
    for name in ("CreateTable", "CreateInstance", "CreateFunction", "CreateResource", "All")
}


def _list_users(query: _Query) -> Answer:
    return Answer(tuple(query.permissions.users))


def _list_roles(query: _Query) -> Answer:
    return Answer(tuple(query.permissions.roles))


def _grant_roles(query: _Query) -> None:
    user = query.permissions.user(query["holder"])
    for name in query["privileges"].split(","):
        holders = query.permissions.roles[query.permissions.role(name.strip())]
        if user not in holders:
            holders.append(user)


def _revoke_roles(query: _Query) -> None:
    user = query.permissions.user(query["holder"])
    for name in query["privileges"].split(","):
        role = query.permissions.role(name.strip())
        if user not in query.permissions.roles[role]:
            raise no_such_object(f"grant of role '{role}' to '{user}'")
        query.permissions.roles[role].remove(user)


def _grant(query: _Query) -> None:
    query.permissions.grant(query.holder, query.thing, query.privileges)


def _revoke(query: _Query) -> None:
    query.permissions.revoke(query.holder, query.thing, query.privileges)


def _show_grants(query: _Query) -> Answer:
    permissions = query.permissions
    if query["kind"].lower() == "role":
        role = query.holder
        return Answer(("Authorization Type: ACL", f"[{role}]", *permissions.listed_grants(role)))
    user = permissions.user(query["holder"] or query.caller)
    roles = permissions.roles_of(user)
    lines = ["[roles]", *roles, "", "Authorization Type: ACL"] if roles else [_ACL]
    for holder in (*(f"role/{role}" for role in roles), f"user/{user}"):
        if listed := permissions.listed_grants(holder):
            lines += [f"[{holder}]", *listed]
    return Answer(tuple(lines))


_ACL = "Authorization Type: ACL"


def _describe_role(query: _Query) -> Answer:
    role = query.permissions.role(query["name"])
    holders = query.permissions.roles[role]
    listed = query.permissions.listed_grants(f"role/{role}")
    return Answer((*(("[users]", *holders, "") if holders else ()), _ACL, *listed))


def _show_acl(query: _Query) -> Answer:
    lines = [_ACL]
    for holder, things in query.permissions.grants.items():
        if query.thing in things:
            lines += [f"[{holder}]", f"A       {query.thing}: {' | '.join(things[query.thing])}"]
    return Answer(tuple(lines))


def _show_principals(query: _Query) -> Answer:
    return Answer(tuple(query.permissions.roles[query.permissions.role(query["name"])]))


def _set_label(query: _Query) -> None:
    query.permissions.labels[query["holder"].lower()] = int(query["name"])


def _unset_label(query: _Query) -> None:
    query.permissions.labels.pop(query["holder"].lower(), None)


def _show_packages(query: _Query) -> Answer:
    permissions = query.permissions
    own = (f"{permissions.project}.{name}" for name in permissions.packages)
    return Answer(("[packages]", *own, "[installed]", *permissions.installed))


def _describe_package(query: _Query) -> Answer:
    name = query["package"].rpartition(".")[2]
    package = query.permissions.package(name)
    return Answer((f"[{name}]", *package.objects, "[allowed projects]", *sorted(package.allowed)))


def _add_to_package(query: _Query) -> None:
    objects = query.permissions.package(query["package"]).objects
    if query.thing not in objects:
        objects.append(query.thing)


def _remove_from_package(query: _Query) -> None:
    package = query.permissions.package(query["package"])
    if query.thing not in package.objects:
        raise no_such_object(f"object '{query.thing}' of the package")
    package.objects.remove(query.thing)


def _install(query: _Query) -> Answer:
    if query["package"] not in query.permissions.installed:
        query.permissions.installed.append(query["package"])
    return Answer(is_slow=True)


def _uninstall(query: _Query) -> Answer:
    if query["package"] not in query.permissions.installed:
        raise no_such_object(f"installed package '{query['package']}'")
    query.permissions.installed.remove(query["package"])
    return Answer(is_slow=True)


_CONFIGURATION = (
    "CheckPermissionUsingAcl=true",
    "CheckPermissionUsingPolicy=true",
    "ObjectCreatorHasAccessPermission=true",
    "ObjectCreatorHasGrantPermission=true",
    "LabelSecurity=false",
    "ProjectProtection=false",
)

_Action = Callable[[_Query], Answer | None]
_TABLE: tuple[tuple[str, _Action], ...] = (
    ("list users", _list_users),
    ("(?:list|show) roles", _list_roles),
    (rf"add user {_USER}{_REST}", lambda query: query.permissions.add_user(query["user"])),
    (rf"remove user {_USER}", lambda query: query.permissions.remove_user(query["user"])),
    (rf"create role {_NAME}{_REST}", lambda query: query.permissions.create_role(query["name"])),
    (rf"(?:drop|delete) role {_NAME}", lambda query: query.permissions.drop_role(query["name"])),
    (rf"grant {_PRIVILEGES} on {_THING} to {_HOLDER}{_REST}", _grant),
    (rf"revoke {_PRIVILEGES} on {_THING} from {_HOLDER}{_REST}", _revoke),
    (rf"grant (?:role )?{_PRIVILEGES} to {_HOLDER}", _grant_roles),
    (rf"revoke (?:role )?{_PRIVILEGES} from {_HOLDER}", _revoke_roles),
    (rf"show grants?(?: for {_HOLDER})?", _show_grants),
    (rf"(?:desc|describe) role {_NAME}", _describe_role),
    (rf"show principals (?:for )?(?:role )?{_NAME}", _show_principals),
    (r"show acl for (?P<thing>[\w.]+)(?: on type (?P<type>\w+))?", _show_acl),
    (rf"show grants? on {_THING}", _show_acl),
    (rf"set label (?P<name>\d+) to (?:user|table) {_HOLDER}", _set_label),
    (rf"unset label (?:\d+ )?(?:to|from) (?:user|table) {_HOLDER}", _unset_label),
    ("show label.*", lambda query: Answer(tuple(query.permissions.labels))),
    ("show securityconfiguration", lambda _: Answer(_CONFIGURATION)),
    ("get policy.*", lambda _: Answer(('{"Version": "1", "Statement": []}',))),
    ("clear expired grants", lambda _: None),
    (rf"create package {_NAME}", lambda query: query.permissions.create_package(query["name"])),
    (
        rf"(?:drop|delete) package {_NAME}",
        lambda query: query.permissions.drop_package(query["name"]),
    ),
    (rf"add {_THING} to package (?P<package>\w+){_REST}", _add_to_package),
    (rf"remove {_THING} from package (?P<package>\w+)", _remove_from_package),
    ("show packages?", _show_packages),
    (r"(?:desc|describe|show) package (?P<package>[\w.]+)", _describe_package),
    (
        r"allow project (?P<thing>[\w*]+) to install package (?P<package>\w+)",
        lambda query: query.permissions.package(query["package"]).allowed.add(query["thing"]),
    ),
    (
        r"disallow project (?P<thing>[\w*]+) to install package (?P<package>\w+)",
        lambda query: query.permissions.package(query["package"]).allowed.discard(query["thing"]),
    ),
    (r"install package (?P<package>\w+\.\w+)", _install),
    (r"uninstall package (?P<package>\w+\.\w+)", _uninstall),
)
_ACTIONS = tuple((re.compile(text, re.IGNORECASE), action) for text, action in _TABLE)
