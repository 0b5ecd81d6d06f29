"""What goes wrong: processes die, Redis dies or sleeps, Slack and MaxCompute misbehave."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from typing import TypeVar

from odps_bot.sandbox.maxcompute import faults
from odps_bot.sandbox.session import Session
from odps_bot.sandbox.slack import faults as slack_faults

from .trial import Trial

Item = TypeVar("Item")

TICK_S = 0.1
#: Longer than the bot waits for Slack, which carries the call out when nobody listens any more.
TOO_LATE_S = 17.0
SLACK_METHODS = (
    *("chat.postMessage", "chat.postMessage", "chat.update"),
    *("conversations.replies", "conversations.history"),
)
MAXCOMPUTE_OPERATIONS = (
    "submit",
    "submit",
    "source",
    "list",
    "cachedinstances",
    "taskstatus",
    "progress",
    "result",
    "stop",
    None,
)


class Mischief:
    """Faults as the seed has it, and a supervisor that starts again what has ended."""

    def __init__(self, session: Session, trial: Trial) -> None:
        self.counts: Counter[str] = Counter()
        self._session = session
        self._trial = trial
        self._chance = random.Random(trial.seed)
        self._slack_faults = _slack_faults(self._chance)
        self._maxcompute_faults = _maxcompute_faults(self._chance)
        self._later: list[tuple[float, Callable[[], object]]] = []
        self._is_redis_well = True
        self._deeds = {
            self._kill_a_worker: 5,
            self._end_a_worker: 1,
            self._kill_the_bot: 2,
            self._kill_redis: 1,
            self._pause_redis: 2,
            self._cut_sockets: 1,
            self._disturb_slack: 9,
            self._disturb_maxcompute: 9,
        }

    def rage(self) -> None:
        """Do one deed after the other as long as the trial lasts, each of them at least once."""
        begun = next_deed = time.monotonic()
        end = begun + self._trial.lasting.total_seconds()
        everything = shuffled(self._chance, *self._deeds)
        while (now := time.monotonic()) < end:
            if now >= next_deed:
                chosen = everything or self._chance.choices(*zip(*self._deeds.items(), strict=True))
                chosen.pop()()
                next_deed = now + self._chance.uniform(0.2, 1.2)
            self.supervise()
            time.sleep(TICK_S)

    def calm(self) -> None:
        """End all faults; from here on every process lives. Counts what faults did not happen."""
        for booked in chain.from_iterable(self._session.slack.faults._planned.values()):
            self.counts[_slack_fault_in_words(booked.fault)] -= booked.times
        for planned in self._session.maxcompute.faults._planned:
            self.counts[_maxcompute_fault_in_words(planned.fault)] -= planned.left
        self._session.slack.faults.clear()
        self._session.maxcompute.faults.clear()
        for _, permission in sorted(self._later, key=lambda item: item[0]):
            permission()
        self._later = []
        self.supervise()

    def supervise(self) -> None:
        """Do what is due, and start again what has ended."""
        due = [item for item in self._later if item[0] <= time.monotonic()]
        for item in due:
            self._later.remove(item)
            item[1]()
        session = self._session
        if session.bot is None or session.bot.poll() is not None:
            session.start_bot()
        session.workers[:] = [w for w in session.workers if w.poll() is None]
        while len(session.workers) < self._trial.workers:
            session.start_worker()

    def _in(self, seconds: float, permission: Callable[[], object]) -> None:
        self._later.append((time.monotonic() + seconds, permission))

    def _kill_a_worker(self) -> None:
        if self._session.workers:
            self.counts["worker killed"] += 1
            _kill(self._chance.choice(self._session.workers))

    def _end_a_worker(self) -> None:
        if self._session.workers:
            self.counts["worker told to end"] += 1
            self._chance.choice(self._session.workers).terminate()

    def _kill_the_bot(self) -> None:
        if self._session.bot is not None:
            self.counts["bot killed"] += 1
            _kill(self._session.bot)

    def _kill_redis(self) -> None:
        redis = self._session.redis
        if not self._is_redis_well or redis.pid is None:
            return
        self.counts["Redis killed"] += 1
        self._is_redis_well = False
        os.kill(redis.pid, signal.SIGKILL)
        redis.halt()
        self._in(self._chance.uniform(0.1, 3), self._start_redis)

    def _start_redis(self) -> None:
        self._session.redis.start()
        self._is_redis_well = True

    def _pause_redis(self) -> None:
        pid = self._session.redis.pid
        if not self._is_redis_well or pid is None:
            return
        self.counts["Redis paused"] += 1
        self._is_redis_well = False
        os.kill(pid, signal.SIGSTOP)
        self._in(self._chance.uniform(0.2, 4), lambda: self._wake_redis(pid))

    def _wake_redis(self, pid: int) -> None:
        os.kill(pid, signal.SIGCONT)
        self._is_redis_well = True

    def _cut_sockets(self) -> None:
        if self._session.slack_mode == "socket":
            self.counts["Slack: sockets cut"] += 1
            self._session.slack.disconnect_sockets(abrupt=True)

    def _disturb_slack(self) -> None:
        fault, times = next(self._slack_faults), self._chance.randint(1, 4)
        self.counts[_slack_fault_in_words(fault)] += times
        method = self._chance.choice(SLACK_METHODS)
        self._session.slack.faults.add(method=method, times=times, **vars(fault))

    def _disturb_maxcompute(self) -> None:
        fault, times = next(self._maxcompute_faults), self._chance.randint(1, 4)
        self.counts[_maxcompute_fault_in_words(fault)] += times
        operation = self._chance.choice(MAXCOMPUTE_OPERATIONS)
        self._session.maxcompute.faults.add(fault, operation=operation, times=times)


def _slack_faults(chance: random.Random) -> Iterator[slack_faults.Fault]:
    """Return faults for ever, each kind as often as the others."""
    while True:
        yield from shuffled(
            chance,
            slack_faults.Fault(kind="ratelimited", retry_after=chance.randint(1, 4)),
            slack_faults.Fault(kind="http_500"),
            slack_faults.Fault(kind="hang", seconds=chance.uniform(0.5, 5)),
            slack_faults.Fault(kind="hang", seconds=TOO_LATE_S),
            slack_faults.Fault(kind="drop_before"),
            slack_faults.Fault(kind="drop_after"),
            slack_faults.Fault(kind="error", code="internal_error"),
        )


def _maxcompute_faults(chance: random.Random) -> Iterator[faults.Fault]:
    while True:
        yield from shuffled(
            chance,
            faults.http_error(chance.choice((500, 502, 503, 504))),
            faults.throttle(timedelta(seconds=chance.randint(1, 3))),
            faults.throttle(),
            faults.reset_before(),
            faults.reset_after(),
            faults.hang(timedelta(seconds=chance.uniform(0.5, 5))),
            faults.truncated_xml(),
        )


def shuffled(chance: random.Random, *items: Item) -> list[Item]:
    """Return the items in the order of chance."""
    return chance.sample(items, len(items))


def _slack_fault_in_words(fault: slack_faults.Fault) -> str:
    if fault.kind == "hang" and fault.seconds >= TOO_LATE_S:
        return "Slack: carried out after everybody's patience"
    return f"Slack: {fault.kind}"


def _maxcompute_fault_in_words(fault: faults.Fault) -> str:
    if fault.response is not None:
        return f"MaxCompute: HTTP {fault.response.http_status}"
    return f"MaxCompute: {fault.kind}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
