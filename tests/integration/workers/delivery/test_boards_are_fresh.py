"""Five hundred active runs in ten channels with a board each, at Slack's own limits, for minutes.

Redis, the sandbox's Slack with its limits, and the workers' delivery are the real ones; their time
is virtual, and goes on by a second when all that is due in it has been delivered.
"""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from redis import Redis

from odps_bot.commands import board
from odps_bot.input.request import Request
from odps_bot.runs import Change, RunState
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.store.notification_kind import NotificationKind as Kind
from tests.integration.workers.conftest import make_services
from tests.simulation.redis_server import START_US, VirtualRedisServer
from workers.delivery.deliver import deliver_all
from workers.runtime.reconciler import reconcile_once

TEAM = "T0SANDBOX1"
RUNS, CHANNELS, SPAN_S = 500, 10, 200

#: Fourteen runs a second have news; one ends every six seconds, and thirty in one moment.
MOVED_A_SECOND, ENDING_EVERY_S, BURST, BURST_AT_S = 14, 6, 30, 120

#: Until all boards are there.
SETTLED_S = 40

AS_OF = re.compile(r"as of <!date\^")

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="virtual time needs a compiler")


class VirtualTime:
    """Redis' clock, and everybody else's."""

    def __init__(self, server: VirtualRedisServer) -> None:
        self._server = server
        self.now_us = START_US + 3_600_000_000
        self.push(seconds=0)

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.now_us / 1e6, UTC)

    def push(self, seconds: float) -> None:
        self.now_us += int(seconds * 1e6)
        self._server.set_clock(self.now_us)

    @property
    def s(self) -> float:
        return self.now_us / 1e6


class Team:
    """Five hundred runs that go on, and what people see of them."""

    def __init__(self, now: VirtualTime, slack: SlackSandbox, redis: Redis, make_run, create):
        self.now, self.slack = now, slack
        self.services = make_services(redis, NoMaxCompute, slack, now)
        self.channels = [slack.create_channel(f"board-{n}") for n in range(CHANNELS)]
        self.going = [self._begin(number, make_run, create) for number in range(RUNS)]
        self.ended: dict[str, float] = {}  #: by run: when
        self.oldest_board_s = 0.0
        self.board_updates: defaultdict[str, set[int]] = defaultdict(set)
        self.finals_s: dict[str, float] = {}  #: by run: after how long its card said so
        self.oldest_claim_s = 0.0  #: of an active card that does not say as of when it is
        self.moved = 0

    def _begin(self, number: int, make_run, create):
        now = self.now()
        run = make_run(
            run_id=f"{number:024}",
            name=f"r{number}",
            state=RunState.RUNNING,
            team_id=TEAM,
            channel_id=self.channels[number % CHANNELS],
            user_id="U0ALICE",
            sql=f"select {number} from orders",
            requested_at=now,
            started_at=now,
            polled_at=now,
            instance_id=f"20261122120{number:05}",
        )
        create(self.services.stores.runs, run, overdue_in=timedelta(days=1))
        return run.run_id

    def apply(self, run_id: str, *notifications: Kind, **facts: object) -> None:
        self.services.stores.runs.apply(
            run_id,
            lambda run: Change(
                run=msgspec.structs.replace(run, **facts), notifications=notifications
            ),
        )

    def go_on(self, *, watched: bool) -> None:
        """Let a second pass."""
        self.now.push(seconds=1)
        for _ in range(MOVED_A_SECOND):
            self.moved += 1
            run_id = self.going[self.moved % len(self.going)]
            percent = self.moved // len(self.going) % 100
            self.apply(run_id, Kind.CARD_REFRESH, progress_percent=percent, polled_at=self.now())
        reconcile_once(self.services)
        deliver_all(self.services)
        if watched:
            self.look()

    def end(self) -> None:
        run_id = self.going.pop(0)
        self.ended[run_id] = self.now.s
        self.apply(
            run_id,
            *(Kind.COMPLETION, Kind.FINAL),
            state=RunState.SUCCEEDED,
            ended_at=self.now(),
        )

    def look(self) -> None:
        """Read what the channels show now."""
        for channel in self.channels:
            for message in self.slack.messages(channel):
                text = message["text"]
                if found := re.search(r"Active runs.* as of <!date\^(\d+)", text):
                    stamp = int(found[1])
                    self.board_updates[message["ts"]].add(stamp)
                    self.oldest_board_s = max(self.oldest_board_s, self.now.s - stamp)
                elif text.startswith(("Running", "Queued")) and not AS_OF.search(str(message)):
                    shown_s = float(message.get("edited", message)["ts"])
                    self.oldest_claim_s = max(self.oldest_claim_s, self.now.s - shown_s)
                elif found := re.match(r"Succeeded: run r(\d+) ", text):
                    run_id = f"{int(found[1]):024}"
                    self.finals_s.setdefault(run_id, self.now.s - self.ended[run_id])


class NoMaxCompute:
    """Delivery never asks MaxCompute."""

    endpoint = "http://127.0.0.1:9/api"


@pytest.fixture
def team(make_run, create, monkeypatch) -> Iterator[Team]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with VirtualRedisServer() as server:
        now = VirtualTime(server)
        with (
            SlackSandbox(clock=now) as slack,
            Redis(unix_socket_path=str(server._folder / "socket")) as redis,
        ):
            yield Team(now, slack, redis, make_run, create)


def test_no_board_is_older_than_30_seconds_and_no_final_card_late(team):
    team.services.stores.outbox.enqueue_all(Kind.CARD, team.going)
    for number, channel in enumerate(team.channels):
        asked = Request(
            team_id=TEAM, channel_id=channel, user_id="U0ALICE", trigger_id=f"board.{number}"
        )
        board.answer(asked, team.services)
    for _ in range(SETTLED_S):
        team.go_on(watched=False)
    for second in range(SPAN_S):
        if second % ENDING_EVERY_S == 0:
            team.end()
        if second == BURST_AT_S:
            for _ in range(BURST):
                team.end()
        team.go_on(watched=True)
    for _ in range(10):
        team.go_on(watched=True)

    refused = [call for call in team.slack.traffic() if call.get("error") == "ratelimited"]
    assert refused == []
    assert len(team.board_updates) == CHANNELS
    assert team.oldest_board_s <= 30
    assert team.oldest_claim_s <= 60
    assert set(team.finals_s) == set(team.ended)
    assert max(team.finals_s.values()) <= 5
    for stamps in team.board_updates.values():
        gaps = [later - earlier for earlier, later in pairwise(sorted(stamps))]
        assert min(gaps) >= 15
