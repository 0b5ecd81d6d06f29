"""Who we are to MaxCompute. Secrets never show in a repr."""

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key; with `security_token` a temporary one of STS."""

    id: str
    secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that stands for the right to ask, without a signature."""

    token: str = field(repr=False)


Credentials: TypeAlias = AccessKey | BearerToken


class CredentialsProvider(Protocol):
    """Gives the credentials of the next request. Called for every request, from any thread."""

    def get(self) -> Credentials:
        """Return credentials that are valid now."""
        ...


@dataclass(frozen=True, slots=True)
class StaticCredentials:
    """Credentials that never change."""

    credentials: Credentials

    def get(self) -> Credentials:
        """Return them."""
        return self.credentials
