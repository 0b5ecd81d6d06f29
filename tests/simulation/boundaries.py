"""Where processes meet Redis, MaxCompute, Slack and the job queue: there a seed does its worst."""

import io
import json
import re
import zlib
from collections.abc import Callable
from email.message import Message as Headers
from functools import partial
from http.client import IncompleteRead
from typing import Any
from urllib.error import HTTPError, URLError

from greenlet import getcurrent
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.maxcompute.errors import ConnectionFailedError
from odps_bot.store import keys
from tests.simulation.faults import Fault, Faults, Moment
from tests.simulation.jobs import Job, Queues
from tests.simulation.loop import Killed, Loop, Process
from tests.simulation.maxcompute import MaxComputeServer, Reply, no_such_instance
from tests.simulation.redis_server import VirtualRedisServer, Wire, pack
from tests.simulation.slack import SlackServer

#: How long a process waits for a Redis that is away, and how often it tries.
WORKER_PATIENCE_S, LISTENER_PATIENCE_S, RETRY_S = 30.0, 1.2, 0.5

RETRY_AFTER_S = 7

#: What Slack may do late, and how long after it was sent: the product's leases last longer.
LATE_METHODS = frozenset({"chat.postMessage", "chat.update"})
LATEST_S = 20

#: How long after its client has given up MaxCompute may begin with what it was sent.
LATEST_SUBMISSION_S = 3

#: What requests about interactive instances begin with.
_INTERACTIVE = "/mcqa"

_GUID = re.compile(rb"<Guid>([^<]+)</Guid>")
_RUN_ID = re.compile(rb"([0-9a-f]{24})")

_LOCKS = keys.locks()
_LOCKS_PACKED = _LOCKS.encode()
_READS = frozenset({"HGET", "HGETALL"})

#: MaxCompute holds a request so long, and notices an end so soon.
HOLD_US = 5_000_000
HOLD_STEP_S = 0.05


class Boundaries:
    """All exchanges of all processes, one after the other."""

    def __init__(
        self,
        *,
        loop: Loop,
        faults: Faults,
        server: VirtualRedisServer,
        wire: Wire,
        maxcompute: MaxComputeServer,
        slack: SlackServer,
        queues: Queues,
        crash: Callable[[Process], None],
    ) -> None:
        self._loop = loop
        self._faults = faults
        self._server = server
        self._wire = wire
        self._maxcompute = maxcompute
        self._slack = slack
        self._queues = queues
        self._crash = crash
        self.redis_away_until_us = 0
        #: a digest of everything that crossed a boundary, in its order
        self.digest = 0
        self.count = 0
        self.redis_calls = 0
        self._locked: list[bytes] | None = None
        self.on_line: Callable[[str], None] | None = None

    def _note(self, process: Process, what: str, *, shown: str = "") -> None:
        self.count += 1
        noted = f"{self._loop.now_us} {process.name} {what}"
        self.digest = zlib.crc32(noted.encode(), self.digest)
        if self.on_line is not None:
            at_s = self._loop.now_us / 1e6 - 1_800_000_000
            self.on_line(f"{at_s:10.6f} {process.name} {shown or what}")

    def _me(self) -> Process:
        process: Process = getcurrent().process  # type: ignore[attr-defined]
        if process.is_dead:
            raise Killed
        return process

    def redis(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """Send commands to Redis, as redis-py would: what is lost is sent again."""
        me = self._me()
        moment = self._faults.at("redis", _named(commands[0]))
        fault = moment.fault
        if fault is Fault.CRASH_BEFORE:
            self._crash(me)
        if fault is Fault.LOST_BEFORE:
            self._loop.sleep(moment.span_s(0.1, 2))
        if fault is Fault.SLOW:
            self._loop.sleep(moment.span_s(0.5, 4))
        self._wait_for_redis(me)
        packed = pack(commands)
        responses = self._exchange(me, commands, packed)
        if _lock_commands(commands, packed):
            # Who reads the locks knows them from now on: what they do next is measured by that.
            getcurrent().locked = self.locked_projects()  # type: ignore[attr-defined]
        if fault is Fault.CRASH_AFTER:
            self._crash(me)
        if fault is Fault.LOST_AFTER:
            self._loop.sleep(moment.span_s(0.1, 2))
            self._wait_for_redis(me)
            responses = self._exchange(me, commands, packed)
        self._loop.sleep(moment.span_s(0.0001, 0.003))
        return responses

    def now_in_redis(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """Send commands to Redis at this moment; no boundary is crossed."""
        return self._send(pack(commands), len(commands))

    def locked_projects(self) -> list[bytes]:
        """Return the projects that are locked at this moment; no boundary is crossed."""
        if self._locked is None:
            self._locked = sorted(self.now_in_redis([("HKEYS", _LOCKS)])[0])
        return self._locked

    def forget_locks(self) -> None:
        """Redis may have other locks now than a moment ago."""
        self._locked = None

    def _exchange(self, me: Process, commands: list[tuple[Any, ...]], packed: bytes) -> list[Any]:
        responses = self._send(packed, len(commands))
        self.digest = zlib.crc32(packed, self.digest)
        # A trace has the digest of the same seed without one.
        self._note(me, "redis", shown=_shown(commands) if self.on_line else "")
        if any(command[0] not in _READS for command in _lock_commands(commands, packed)):
            self.forget_locks()
        return responses

    def _send(self, packed: bytes, count: int) -> list[Any]:
        # A moment later each time: no two marks are equal.
        self._loop.now_us += 1
        self._server.set_clock(self._loop.now_us)
        self.redis_calls += 1
        return self._wire.exchange(packed, count)

    def _wait_for_redis(self, me: Process) -> None:
        patience_s = LISTENER_PATIENCE_S if me.name == "bot" else WORKER_PATIENCE_S
        until_us = self._loop.now_us + int(patience_s * 1e6)
        while self._loop.now_us < self.redis_away_until_us:
            if self._loop.now_us >= until_us:
                raise RedisConnectionError("Redis is away")
            self._loop.sleep(RETRY_S)

    def put(self, queue: str, job: Job, at_us: int) -> None:
        """Put a job into a queue, which is in Redis."""
        me = self._me()
        self._wait_for_redis(me)
        moment = self._faults.at("job", f"job {job[1]}")
        fault = moment.fault
        self._note(me, f"job {job[0]}")
        if fault is Fault.DELAYED:
            at_us = self._loop.now_us + int(moment.span_s(1, 60) * 1e6)
        if fault is not Fault.DROPPED:
            self._queues.put(queue, job, at_us=at_us)
        if fault is Fault.DOUBLED:
            self._queues.put(queue, (f"{job[0]}-twin", f"{job[1]}-twin", *job[2:]), at_us=at_us)
        self._loop.sleep(moment.span_s(0.0001, 0.003))

    def maxcompute(
        self,
        method: str,
        *,
        target: str,
        headers: Any,
        body: bytes | None,
        timeouts: tuple[float, float],
    ) -> Reply:
        """Send a request to MaxCompute."""
        name = f"maxcompute {method} {_operation(target)}"
        me, moment = self._outward("maxcompute", f"{name} {_subject(target, body)}")
        fault = moment.fault
        if fault is Fault.REFUSED:
            raise ConnectionFailedError("the connection is refused", was_sent=False)
        if fault is Fault.LOST_BEFORE:
            self._loop.sleep(moment.span_s(1, timeouts[1]))
            raise ConnectionFailedError("no response", was_sent=True)
        if fault is Fault.THROTTLED:
            return Reply(429, b"", {"Retry-After": str(RETRY_AFTER_S)})
        if fault is Fault.ERROR_BEFORE:
            return Reply(503, b"<html>out of order</html>")
        if fault is Fault.NOT_FOUND and method == "GET":
            return no_such_instance(_subject(target, None))
        if fault is Fault.LATE and method == "POST":
            self._begin_late(method, target, body, moment)
        self._hold(target)
        reply = self._maxcompute.answer(method, target, body)
        self._note(me, f"{name} {target[:200]} {reply.http_status}")
        self._inward(me, moment)
        if fault is Fault.LOST_AFTER:
            self._loop.sleep(moment.span_s(1, timeouts[1]))
            raise ConnectionFailedError("no response", was_sent=True)
        if fault is Fault.ERROR_AFTER:
            return Reply(502, b"<html>bad gateway</html>")
        if fault is Fault.GARBAGE:
            return Reply(reply.http_status, b"<html>&nbsp;", {})
        return reply

    def _hold(self, target: str) -> None:
        """Wait as long as MaxCompute does before it says that an instance has not ended."""
        until_us = self._loop.now_us + HOLD_US
        while self._loop.now_us < until_us and self._maxcompute.holds(target):
            self._loop.sleep(HOLD_STEP_S)

    def slack(self, url: str, content_type: str, body: bytes) -> str:
        """Call Slack and return the body of its response, or raise what urllib raises."""
        is_hook = url in self._slack.response_urls
        method = "response_url" if is_hook else url.rpartition("/")[2]
        name = f"slack {method}"
        me, moment = self._outward("slack", f"{name} {_label(body)}")
        fault = moment.fault
        if fault is Fault.REFUSED:
            raise URLError(ConnectionRefusedError("refused"))
        if fault is Fault.LOST_BEFORE:
            self._loop.sleep(moment.span_s(1, 15))
            raise TimeoutError("no response")
        if fault is Fault.THROTTLED:
            raise _http_error(url, 429, {"Retry-After": str(RETRY_AFTER_S)})
        if fault is Fault.ERROR_BEFORE:
            raise _http_error(url, 503, {})
        if fault is Fault.LATE and method in LATE_METHODS:
            self._arrive_late(method, content_type, body, moment)
        if is_hook:
            response = self._slack.respond(url, body)
        else:
            response = json.dumps(self._slack.answer(method, content_type, body))
        self._note(me, f"{name} {zlib.crc32(body):08x}")
        self._inward(me, moment)
        return self._received(url, response, moment)

    def _received(self, url: str, response: str, moment: Moment) -> str:
        """Return what arrives of a response of Slack, or raise what urllib raises."""
        if moment.fault is Fault.LOST_AFTER:
            self._loop.sleep(moment.span_s(1, 15))
            raise TimeoutError("no response")
        if moment.fault is Fault.ERROR_AFTER:
            raise _http_error(url, 502, {})
        if moment.fault is Fault.GARBAGE:
            return "<html>&nbsp;"
        if moment.fault is Fault.CUT:
            raise IncompleteRead(response[: len(response) // 2].encode(), len(response))
        return response

    def _begin_late(self, method: str, target: str, body: bytes | None, moment: Moment) -> None:
        """Let MaxCompute begin after its client has given up. Raises ConnectionFailedError."""
        patience_s = moment.span_s(1, 10)
        answer = partial(self._maxcompute.answer, method, target, body)
        self._loop.call_in(patience_s + moment.span_s(0.1, LATEST_SUBMISSION_S), answer)
        self._loop.sleep(patience_s)
        raise ConnectionFailedError("no response", was_sent=True)

    def _arrive_late(self, method: str, content_type: str, body: bytes, moment: Moment) -> None:
        """Let Slack do it after its sender has given up. Raises TimeoutError."""
        patience_s = moment.span_s(1, 15)
        late_s = patience_s + moment.span_s(0.1, LATEST_S - patience_s)
        answer = partial(self._slack.answer, method, content_type, body)
        self._loop.call_in(late_s, answer)
        self._loop.sleep(patience_s)
        raise TimeoutError("no response")

    def _outward(self, kind: str, name: str) -> tuple[Process, Moment]:
        me = self._me()
        moment = self._faults.at(kind, name)
        fault = moment.fault
        if fault is Fault.CRASH_BEFORE:
            self._crash(me)
        self._loop.sleep(moment.span_s(0.003, 0.08))
        if fault is Fault.SLOW:
            self._loop.sleep(moment.span_s(1, 9))
        return me, moment

    def _inward(self, me: Process, moment: Moment) -> None:
        if moment.fault is Fault.CRASH_AFTER:
            self._crash(me)
        self._loop.sleep(moment.span_s(0.003, 0.08))


def _lock_commands(commands: list[tuple[Any, ...]], packed: bytes) -> list[tuple[Any, ...]]:
    # Mostly there are none, and bytes are searched faster than tuples.
    if _LOCKS_PACKED not in packed:
        return []
    return [command for command in commands if _LOCKS in command]


def _http_error(url: str, status: int, headers: dict[str, str]) -> HTTPError:
    said = Headers()
    for name, value in headers.items():
        said[name] = value
    return HTTPError(url, status, "no", said, io.BytesIO(b""))


def _named(command: tuple[Any, ...]) -> str:
    """Return what a command of Redis is called: its word and its first key."""
    place = 3 if command[0] in {"EVALSHA", "EVAL"} else 1
    key = command[place] if len(command) > place else ""
    return f"redis {command[0]} {str(key)[:80]}"


def _subject(target: str, body: bytes | None) -> str:
    """Return what a request to MaxCompute is about: the instance, or the run's Guid."""
    if body and (found := _GUID.search(body)):
        return found[1].decode()
    path = target.partition("?")[0].removeprefix(_INTERACTIVE)
    return "/".join(path.split("/")[2:])


def _label(body: bytes) -> str:
    """Return what a call of Slack is about: the run, the message or the person."""
    found = _RUN_ID.search(body)
    return found[1].decode() if found else ""


def _operation(target: str) -> str:
    path, _, query = target.partition("?")
    if path.startswith(_INTERACTIVE):
        return f"mcqa {_operation(target.removeprefix(_INTERACTIVE))}"
    what = path.split("/")[3:4] or [""]
    action = next((p.partition("=")[0] for p in query.split("&") if p), "")
    return f"{what[0]} {action}".strip()


def _shown(commands: list[tuple[Any, ...]]) -> str:
    more = f" +{len(commands) - 1}" if len(commands) > 1 else ""
    return f"{_named(commands[0])} {zlib.crc32(repr(commands).encode()):08x}{more}"
