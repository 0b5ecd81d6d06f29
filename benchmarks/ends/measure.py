"""People run statements in a real installation; what Slack shows after each has ended, and when."""

import json
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.ends.load import PLACES, Load, Planned, planned
from odps_bot.sandbox.maxcompute import InstanceRecord, RecordedRequest, Timing
from odps_bot.sandbox.session import Session

#: How long the sandbox holds a request.
_HOLD = timedelta(seconds=5)

#: Instances start so late after their requests at most; and a reply comes so long after the last
#: end at most.
_PATIENCE_S = 30.0

_MARKER = re.compile(r"ends-(\d+)-")

#: Of a call that updates a card, as the sandbox's Slack logs it.
_SUCCESS = re.compile(r"\bts=([\d.]+) text=Succeeded")

_RULES = """\
[roles]
default = "admin"
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of one run."""

    lasts_s: float
    reply_s: float | None  #: from its end to the reply in the thread; None: it never came
    card_s: float | None  #: from its end to the first update of its card that says so


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was measured in one trial."""

    held: int  #: the setting: so many requests may be held by each worker
    runs: list[Ended] = field(repr=False)
    requests_per_s: float  #: to MaxCompute, all of them
    held_per_s: float
    most_held: int  #: requests at the same time
    updates: float  #: of a card, per run
    refused: int  #: calls for which Slack said 429


def measure(load: Load, *, held: int, log: Path | None = None) -> Found:
    """Return what people saw of these runs."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "ends.toml"
        rules.write_text(_RULES)
        session = Session(
            timing=Timing.instant(),
            orders_rows=1_000,
            environ={
                "ODPS_BOT_RULES": str(rules),
                "ODPS_BOT_HELD_REQUESTS": str(held),
                "ODPS_BOT_LOG_LEVEL": "WARNING",
            },
            logs=log or Path(folder),
        )
        with session:
            session.start_bot()
            for _ in range(load.workers):
                session.start_worker()
            session.wait_until_ready()
            for channel in ("C0RANDOM01", "C0FINANCE1"):
                session.slack.invite("U0ALICE", channel)
            return _measure(session, load, held=held)


def _measure(session: Session, load: Load, *, held: int) -> Found:
    plan = planned(load)
    requests: list[RecordedRequest] = []
    session.maxcompute.clear_requests()
    began_s = time.monotonic()
    _type_all(session, plan)
    _wait_until_ended(session, load, requests)
    _wait_until_told(session, load)
    requests += session.maxcompute.requests()
    lasted_s = time.monotonic() - began_s
    instances = {
        marker: one for one in session.maxcompute.instances() if (marker := _marker(one.sql))
    }
    blocking = [one for one in requests if one.operation == "instancestatus"]
    traffic = session.slack.traffic()
    updates = sum(one["method"] == "chat.update" and one["ok"] for one in traffic)
    return Found(
        held=held,
        runs=list(_ends(session, plan, instances)),
        requests_per_s=len(requests) / lasted_s,
        held_per_s=len(blocking) / lasted_s,
        most_held=_most_at_once(blocking, session.maxcompute.instances()),
        updates=updates / len(plan),
        refused=sum(one.get("error") == "ratelimited" for one in traffic),
    )


def _type_all(session: Session, plan: list[Planned]) -> None:
    began_s = time.monotonic()
    pause = threading.Event()
    with ThreadPoolExecutor(16, thread_name_prefix="person") as people:
        for one in plan:
            pause.wait(max(0.0, began_s + one.start_s - time.monotonic()))
            people.submit(session.slack.say, one.user, one.channel, one.command)


def _wait_until_ended(session: Session, load: Load, requests: list[RecordedRequest]) -> None:
    until_s = time.monotonic() + load.within_s + _PATIENCE_S
    while time.monotonic() < until_s:
        ended = [one for one in session.maxcompute.instances() if one.ended_at is not None]
        if sum(bool(_marker(one.sql)) for one in ended) >= load.runs:
            return
        # The sandbox keeps the newest requests only.
        requests += session.maxcompute.requests()
        session.maxcompute.clear_requests()
        time.sleep(0.5)


def _wait_until_told(session: Session, load: Load) -> None:
    until_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until_s:
        cards = _cards(session)
        told = [_completion(session, channel, card) for channel, card in cards.values()]
        if sum(one is not None for one in told) >= load.runs:
            # The update of a card may come after its reply.
            time.sleep(3)
            return
        time.sleep(0.5)


def _ends(
    session: Session, plan: Iterable[Planned], instances: dict[str, InstanceRecord]
) -> Iterable[Ended]:
    cards, shown = _cards(session), _shown_ends(session)
    for one in plan:
        reply_s = card_s = None
        instance = instances.get(one.marker)
        if one.marker in cards and instance is not None and instance.ended_at is not None:
            channel, card = cards[one.marker]
            reply = _completion(session, channel, card)
            reply_s = _since(instance.ended_at, float(reply["ts"])) if reply else None
            shown_at = shown.get(card["ts"])
            card_s = _since(instance.ended_at, shown_at.timestamp()) if shown_at else None
        yield Ended(lasts_s=one.lasts_s, reply_s=reply_s, card_s=card_s)


def _since(ended_at: datetime, at_s: float) -> float:
    return round(at_s - ended_at.timestamp(), 4)


def _shown_ends(session: Session) -> dict[str, datetime]:
    """Return when cards, by their `ts`, first said that their runs have succeeded."""
    found: dict[str, datetime] = {}
    for call in session.slack.traffic():
        says = _SUCCESS.search(call["summary"])
        if call["method"] == "chat.update" and call["ok"] and says:
            found.setdefault(says[1], datetime.fromisoformat(call["at"]))
    return found


def _cards(session: Session) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the cards of the statements, and where they are."""
    found = {}
    for channel in dict.fromkeys(channel for _, channel in PLACES):
        for message in session.slack.messages(channel, include_ephemeral=False):
            is_root = message.get("thread_ts", message["ts"]) == message["ts"]
            if message.get("bot_id") and is_root and (marker := _marker(json.dumps(message))):
                found[marker] = (channel, message)
    return found


def _completion(session: Session, channel: str, card: dict[str, Any]) -> dict[str, Any] | None:
    """Return the reply that mentions the requester, or None."""
    replies = session.slack.thread(channel, card["ts"])
    return next((one for one in replies if "<@" in one["text"] and one != card), None)


def _marker(text: str) -> str:
    found = _MARKER.search(text)
    return found[0] if found else ""


def _most_at_once(blocking: Iterable[RecordedRequest], instances: Iterable[InstanceRecord]) -> int:
    """Return how many requests were held at the same time: each until its end, or 5 seconds."""
    ended_at = {one.id: one.ended_at for one in instances}
    changes: Counter[datetime] = Counter()
    for request in blocking:
        end = ended_at.get(request.path.rpartition("/")[2])
        latest = request.at + _HOLD
        until = min(latest, end) if end else latest
        if until > request.at:
            changes[request.at] += 1
            changes[until] -= 1
    most = now = 0
    for _, change in sorted(changes.items()):
        now += change
        most = max(most, now)
    return most
