"""Subscriptions, digests and observations, in memory."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from odps_bot.alerts.digests import Digest, InstanceEvent
from odps_bot.alerts.observations import Observation, Running, Scan
from odps_bot.alerts.subscriptions import Subscription


class Subscriptions:
    """Subscriptions by their id."""

    def __init__(self) -> None:
        self.kept: dict[str, Subscription] = {}

    def add(self, *subscriptions: Subscription) -> None:
        self.kept |= {one.id: one for one in subscriptions}

    def get(self, subscription_id: str) -> Subscription | None:
        return self.kept.get(subscription_id)

    def to(self, project: str) -> list[Subscription]:
        return [one for one in self.kept.values() if one.project == project]

    def has_any(self, project: str) -> bool:
        return bool(self.to(project))

    def change(self, project: str, team_id: str, channel_id: str, decide: Any) -> Any:
        name = f"{project} {team_id} {channel_id}"
        before = self.kept.pop(name, None)
        after = decide(before)
        if after is not None:
            self.kept[name] = after
        return before, after


class Digests:
    """Digests and pending events by subscription."""

    def __init__(self) -> None:
        self.kept: defaultdict[str, Digest] = defaultdict(Digest)
        self.pending: defaultdict[str, list[InstanceEvent]] = defaultdict(list)
        self.forgotten: list[str] = []

    def add(self, subscription_id: str, event: InstanceEvent) -> None:
        self.pending[subscription_id].append(event)

    def take_events(self, subscription_id: str, decide: Any) -> Digest:
        events = self.pending.pop(subscription_id, [])
        self.kept[subscription_id] = decide(self.kept[subscription_id], events)
        return self.kept[subscription_id]

    def change(self, subscription_id: str, decide: Any) -> Digest:
        self.kept[subscription_id] = decide(self.kept[subscription_id])
        return self.kept[subscription_id]

    def forget(self, subscription_id: str) -> None:
        self.forgotten.append(subscription_id)
        self.kept.pop(subscription_id, None)


class Observations:
    """What sweeps of one project have observed."""

    def __init__(self) -> None:
        self.scanned: datetime | None = None
        self.forget_before: datetime | None = None
        self.unfinished: Scan | None = None
        self.known: dict[str, Running] = {}
        self.waiting: dict[str, Observation] = {}
        self.processed: set[str] = set()
        self.postponed: dict[str, datetime] = {}
        self.takes: list[int] = []
        self.refused: list[str] = []
        self.history: dict[str, list[timedelta]] = {}

    def begin(self, project: str, now: datetime) -> None:
        self.scanned = self.scanned or now

    def scanned_until(self, project: str) -> datetime | None:
        return self.scanned

    def mark_scanned(self, project: str, until: datetime, *, forget_before: datetime) -> None:
        self.scanned, self.forget_before, self.unfinished = until, forget_before, None

    def running(self, project: str) -> dict[str, Running]:
        return dict(self.known)

    def remember_running(self, project: str, new: dict[str, Running]) -> None:
        self.known |= new

    def enqueue_ended(self, project: str, found: Any, *, now: datetime) -> None:
        self.takes.append(len(found))
        for one in found:
            if one.instance_id not in self.processed:
                self.processed.add(one.instance_id)
                self.waiting[one.instance_id] = one
            self.known.pop(one.instance_id, None)

    def ended(self, project: str, *, now: datetime, limit: int) -> list[Observation]:
        due = [one for one in self.waiting.values() if one.instance_id not in self.postponed]
        return due[:limit]

    def postpone(self, project: str, observation: Observation, *, until: datetime) -> None:
        self.postponed[observation.instance_id] = until

    def reappeared(self, project: str, observation: Observation) -> None:
        self.known[observation.instance_id] = Running(observation=observation)

    def scan(self, project: str) -> Scan | None:
        return self.unfinished

    def remember_scan(self, project: str, scan: Scan) -> None:
        self.unfinished = scan

    def forget_scan(self, project: str) -> None:
        self.unfinished = None

    def remove_ended(self, project: str, polled: Iterable[Observation]) -> None:
        for one in polled:
            self.waiting.pop(one.instance_id, None)

    def remember_refusal(self, project: str, why: str) -> None:
        self.refused.append(why)

    def durations(self, project: str, fingerprint: str) -> list[timedelta]:
        return self.history.get(fingerprint, [])
