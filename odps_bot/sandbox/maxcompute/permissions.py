"""The permissions in a project: users, roles, grants and packages."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from odps_bot.sandbox.maxcompute.service_errors import ServiceError, no_such_object

#: Every project has these roles.
BUILT_IN_ROLES = ("admin", "super_administrator")


@dataclass
class Package:
    """Objects that other projects may use once they have installed it."""

    objects: list[str] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)


@dataclass
class Permissions:
    """The permissions in one project; only the server's event loop changes them."""

    project: str
    users: list[str] = field(default_factory=list)
    #: Who has which role.
    roles: dict[str, list[str]] = field(
        default_factory=lambda: {name: [] for name in BUILT_IN_ROLES}
    )
    #: Privileges by holder, `user/…` or `role/…`, and object, `projects/p/tables/t`.
    grants: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    packages: dict[str, Package] = field(default_factory=dict)
    #: As `project.package`.
    installed: list[str] = field(default_factory=list)

    def user(self, name: str) -> str:
        """Return a user as the project knows them; raises `ServiceError` for an unknown one."""
        found = next((user for user in self.users if _is_same(user, name)), None)
        if found is None:
            raise no_such_object(f"user '{name}'")
        return found

    def role(self, name: str) -> str:
        """Return a role's name; raises `ServiceError` for an unknown one."""
        if name.lower() not in self.roles:
            raise no_such_object(f"role '{name}'")
        return name.lower()

    def package(self, name: str) -> Package:
        """Return a package; raises `ServiceError` for an unknown one."""
        if name.lower() not in self.packages:
            raise no_such_object(f"package '{name}'")
        return self.packages[name.lower()]

    def add_user(self, name: str) -> None:
        """Add a user; raises `ServiceError` for one who is there."""
        if any(_is_same(user, name) for user in self.users):
            raise _exists(f"user '{name}'")
        self.users.append(name)

    def remove_user(self, name: str) -> None:
        """Remove a user with all they have."""
        user = self.user(name)
        self.users.remove(user)
        for holders in self.roles.values():
            if user in holders:
                holders.remove(user)
        self.grants.pop(f"user/{user}", None)

    def create_role(self, name: str) -> None:
        """Create a role; raises `ServiceError` for one that exists."""
        if name.lower() in self.roles:
            raise _exists(f"role '{name}'")
        self.roles[name.lower()] = []

    def drop_role(self, name: str) -> None:
        """Drop a role that nobody has; raises `ServiceError`."""
        role = self.role(name)
        if self.roles[role]:
            raise ServiceError(
                409, "DeleteConflict", f"Role '{name}' is still granted to {self.roles[role][0]}."
            )
        del self.roles[role]
        self.grants.pop(f"role/{role}", None)

    def create_package(self, name: str) -> None:
        """Create a package; raises `ServiceError` for one that exists."""
        if name.lower() in self.packages:
            raise _exists(f"package '{name}'")
        self.packages[name.lower()] = Package()

    def drop_package(self, name: str) -> None:
        """Drop a package; raises `ServiceError` for an unknown one."""
        self.package(name)
        del self.packages[name.lower()]

    def holder(self, name: str, *, kind: str) -> str:
        """Return who is granted something, as a key; a name without a kind is a user's."""
        if kind.lower() == "role":
            return f"role/{self.role(name)}"
        return f"user/{self.user(name)}"

    def grant(self, holder: str, thing: str, privileges: Iterable[str]) -> None:
        """Grant privileges; those that are there stay."""
        held = self.grants.setdefault(holder, {}).setdefault(thing, [])
        held += [privilege for privilege in privileges if privilege not in held]

    def revoke(self, holder: str, thing: str, privileges: Iterable[str]) -> None:
        """Revoke privileges, if they are there."""
        held = self.grants.get(holder, {})
        left = [one for one in held.get(thing, []) if one not in set(privileges)]
        if left and "All" not in set(privileges):
            held[thing] = left
        else:
            held.pop(thing, None)

    def listed_grants(self, holder: str) -> list[str]:
        """Return the lines that show what somebody holds."""
        return [
            f"A       {thing}: {' | '.join(privileges)}"
            for thing, privileges in self.grants.get(holder, {}).items()
        ]

    def roles_of(self, user: str) -> list[str]:
        """Return the roles that a user has."""
        return [role for role, holders in self.roles.items() if user in holders]


def _is_same(user: str, name: str) -> bool:
    return user.lower() in {name.lower(), f"aliyun${name.lower()}"}


def _exists(what: str) -> ServiceError:
    return ServiceError(409, "ObjectAlreadyExists", f"The specified {what} already exists.")
