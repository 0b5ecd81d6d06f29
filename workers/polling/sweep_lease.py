"""The lease of the one sweeper of a project, kept for as long as its sweep goes on."""

import secrets
from collections.abc import Iterator
from typing import TypeVar

from odps_bot.maxcompute import Page
from odps_bot.store.sweeps import Sweeps

T = TypeVar("T")


class LeaseLostError(Exception):
    """Another worker sweeps the project."""


class SweepLease:
    """The lease of one sweep. It lasts longer than a request, and is renewed after each."""

    def __init__(self, project: str, sweeps: Sweeps) -> None:
        self._project = project
        self._owner = secrets.token_hex(8)
        self._sweeps = sweeps

    def begin(self) -> bool:
        """Take the lease; False: another worker has it."""
        return self._sweeps.begin(self._project, self._owner)

    def keep(self) -> None:
        """Renew the lease, or take it again if nobody has it. Raises LeaseLostError."""
        if not self._sweeps.renew(self._project, self._owner):
            raise LeaseLostError

    def keeping(self, pages: Iterator[Page[T]]) -> Iterator[Page[T]]:
        """Yield the pages of a list, and keep the lease after the request of each."""
        for page in pages:
            self.keep()
            yield page

    def end(self) -> None:
        """Release the lease."""
        self._sweeps.end(self._project, self._owner)
