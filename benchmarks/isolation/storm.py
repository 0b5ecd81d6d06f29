"""What other people's things do meanwhile: files, silence, and three hundred ends."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

from benchmarks.isolation.ends import start_together
from benchmarks.isolation.files_endpoint import ALL_ROWS
from benchmarks.isolation.files_endpoint import PROJECT as FILES
from benchmarks.isolation.office import FAR, HEALTHY, PEOPLE, Office, number_in, wait_for
from odps_bot.messages.run.buttons import SEND_CSV, STOP_RUN
from odps_bot.sandbox.maxcompute import faults

#: Longer than anybody of ours waits.
_HANG_S = 30.0

#: The number of the first statement here; those of people who are measured are smaller.
_FIRST = 9_000_000

_LONG = "set sandbox.duration=3600; select {} as n"


#: What can go wrong, as fields of `Size`.
TROUBLES = ("files", "far_runs", "response_urls", "web_api_calls", "ends")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much goes wrong."""

    files: int = 2
    file_rows: int = 1_000_000
    far_runs: int = 12
    response_urls: int = 20
    web_api_calls: int = 5
    ends: int = 300
    stops: int = 8

    def only(self, name: str) -> "Size":
        """Return the same with one of the troubles alone, beside the stops."""
        return replace(self, **dict.fromkeys((one for one in TROUBLES if one != name), 0))


@dataclass(kw_only=True)
class Storm:
    """Prepared while it is quiet."""

    office: Office
    size: Size
    _channels: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(_FIRST))
    _to_stop: list[int] = field(default_factory=list)
    _clicked_at_s: dict[int, float] = field(default_factory=dict)

    def prepare(self, *, ends_in_s: float) -> None:
        """Start what becomes files, hangs, is stopped or ends; return when all of it runs.

        The first run of all, `r1`, has a result, whether or not it becomes a file.
        """
        for name in ("files", "far", "slow", "stops", "ends"):
            self._channels[name] = self.office.slack.create_channel(f"storm-{name}")
        statement = f"select {{}} as number, o.* from ({ALL_ROWS}) o"
        for _ in range(max(1, self.size.files)):
            self._run("files", statement, FILES)
        self._to_stop = [self._run("stops", _LONG, HEALTHY) for _ in range(self.size.stops)]
        for _ in range(self.size.far_runs):
            self._run("far", _LONG, FAR)
        wait_for(self._is_prepared, within_s=120, what="the storm is not prepared")
        ends_at_s = time.time() + ends_in_s
        start_together(self.office, self._channels["ends"], self.size.ends, ends_at_s=ends_at_s)

    def _run(self, channel: str, statement: str, project: str) -> int:
        number = next(self._numbers)
        text = f"/odps run --project {project} {statement.format(number)}"
        self.office.slack.say(PEOPLE[number % len(PEOPLE)], self._channels[channel], text)
        return number

    def _is_prepared(self) -> bool:
        servers = (self.office.far, self.office.session.maxcompute)
        running = Counter(
            one.project
            for server in servers
            for one in server.instances()
            if one.task_status == "Running"
        )
        are_running = running[FAR] >= self.size.far_runs and running[HEALTHY] >= self.size.stops
        return are_running and len(self._with_csv()) >= max(1, self.size.files)

    def _with_csv(self) -> list[dict[str, Any]]:
        """Return the messages with the button *CSV*."""
        channel = self._channels["files"]
        cards = self.office.cards(channel).values()
        replies = (self.office.completion(channel, card) for card in cards)
        return [one for one in (*cards, *replies) if one and SEND_CSV in str(one["blocks"])]

    @contextlib.contextmanager
    def raging(self, span_s: float) -> Iterator[None]:
        """Let it all happen at once while the context is open; stops are spread over the span."""
        self._silence()
        over = threading.Event()
        with ThreadPoolExecutor(4) as hands:
            for message in self._with_csv()[: self.size.files]:
                hands.submit(self.office.click, self._channels["files"], message, SEND_CSV)
            for _ in range(self.size.response_urls):
                # Answered by a worker, by way of the response_url.
                hands.submit(
                    self.office.slack.say, PEOPLE[1], self._channels["files"], "/odps result r1"
                )
            for _ in range(self.size.web_api_calls):
                hands.submit(self._run, "slow", "select {} as n", HEALTHY)
            hands.submit(self._go_on, over, span_s / (self.size.stops + 1))
            try:
                yield
            finally:
                over.set()

    def _silence(self) -> None:
        """Let one endpoint, all response_urls and the posts to one channel hang."""
        hang: dict[str, Any] = {"kind": "hang", "seconds": _HANG_S, "times": None}
        slack, size = self.office.slack.faults, self.size
        if size.far_runs:
            self.office.far.faults.add(faults.hang(timedelta(seconds=_HANG_S)), times=1_000_000)
        if size.response_urls:
            slack.add(method="response_url", **hang)
        if size.web_api_calls:
            slack.add(method="chat.postMessage", channel=self._channels["slow"], **hang)

    def _go_on(self, over: threading.Event, pause_s: float) -> None:
        while not over.wait(pause_s):
            if self.size.far_runs:
                self._run("far", "select {} as n", FAR)
            if self._to_stop:
                self._stop(self._to_stop.pop())

    def _stop(self, number: int) -> None:
        channel = self._channels["stops"]
        card = self.office.cards(channel)[number]
        self._clicked_at_s[number] = time.time()
        self.office.click(channel, card, STOP_RUN)

    def stops_s(self) -> list[float]:
        """Return how long each stop took from the click until MaxCompute was asked for it.

        One that MaxCompute has not seen has taken until now.
        """
        numbers = {one.id: number_in(one.sql) for one in self.office.session.maxcompute.instances()}
        seen_at_s: dict[int | None, float] = {}
        for request in self.office.session.maxcompute.requests():
            if request.operation == "stop":
                number = numbers.get(request.path.rpartition("/")[2])
                seen_at_s.setdefault(number, request.at.timestamp())
        now_s = time.time()
        return [
            seen_at_s.get(number, now_s) - clicked_s
            for number, clicked_s in self._clicked_at_s.items()
        ]

    def files_made(self) -> int:
        """Return how many files Slack has."""
        return len(self.office.slack.files())

    def ends_told(self) -> int:
        """Return how many of the ends were told."""
        channel = self._channels["ends"]
        messages = self.office.slack.messages(channel)
        return sum("<@" in str(message["text"]) for message in messages)
