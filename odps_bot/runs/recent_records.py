"""Records that this process has just read or saved: the next event may happen to them at once.

Whether one is still what Redis has is found out when the change is saved, see `Revision`.
"""

import hashlib
import threading
from collections import OrderedDict
from typing import NamedTuple

from odps_bot.runs.run import Run

#: So many records are known; a job works on one.
KNOWN_RECORDS = 64


class Revision(NamedTuple):
    """What a record must still be for a change of it to be saved."""

    number: int
    #: Of the record itself: after a failover the same number may stand for another record. Empty
    #: for a record that was read a moment ago.
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


class RecentRecords:
    """The newest records of a process. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Run, Revision]] = OrderedDict()

    def get(self, run_id: str) -> tuple[Run, Revision] | None:
        """Return the run and its revision, which may be older than what Redis has."""
        with self._lock:
            return self._known.get(run_id)

    def put(self, run: Run, record: bytes, number: int) -> None:
        """Remember a record that was read or saved."""
        digest = hashlib.sha1(record, usedforsecurity=False).hexdigest()
        with self._lock:
            self._known[run.run_id] = (run, Revision(number, digest))
            self._known.move_to_end(run.run_id)
            while len(self._known) > KNOWN_RECORDS:
                self._known.popitem(last=False)
