"""Whether a request is sent at all, so that one endpoint in trouble does not hold up the others."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Attempt(Protocol):
    """A request that was admitted."""

    @property
    def is_probe(self) -> bool:
        """Whether it is the one to find out if an endpoint in trouble responds again."""

    def report(self, *, is_up: bool) -> None:
        """Say whether the endpoint has responded, be it with a refusal."""


class Admission(Protocol):
    """Admits requests; all clients of an endpoint can share one."""

    def admit(self, project: str) -> AbstractContextManager[Attempt]:
        """Hold a place for a request as long as the block lasts; `project` may be empty.

        Raises HeldBackError when none is to be sent now.
        """


class AdmitAll:
    """Admits everything."""

    is_probe = False

    @contextmanager
    def admit(self, project: str) -> Iterator["AdmitAll"]:  # noqa: ARG002  -- of the protocol
        """Admit the request."""
        yield self

    def report(self, *, is_up: bool) -> None:
        """Do nothing."""
