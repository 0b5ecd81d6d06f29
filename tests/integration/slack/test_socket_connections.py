"""Slack closes each connection every few hours, and sometimes all is not well: nobody notices."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import websocket
from slack_bolt import App
from slack_sdk import WebClient

from odps_bot.bot import listen_by_socket
from odps_bot.operations.metrics import Metrics
from odps_bot.sandbox.slack import Delivery, Rotation, SlackSandbox
from odps_bot.slack.socket_mode import SocketModeClient, client

#: Pauses of ten seconds pass in a third of one.
FASTER = 30

#: Of a busy machine nothing can be expected in Slack's three seconds.
PATIENCE = timedelta(seconds=10)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSandbox]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(client, "ACKNOWLEDGED_WITHIN", PATIENCE)
    monkeypatch.setattr(client, "BEGINS_WITHIN", PATIENCE)
    with SlackSandbox(limits_enabled=False, ack_timeout=PATIENCE) as slack:
        yield slack


class Bot:
    """An app whose only command takes as long as a test says."""

    def __init__(self, slack: SlackSandbox) -> None:
        self.handled: list[str] = []
        self.has_begun = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.stop = threading.Event()
        self.app = App(
            client=WebClient(slack.bot_token, base_url=slack.api_url),
            signing_secret="unused",
            process_before_response=True,
        )
        self.app.command("/odps")(self._handle)
        self._slack = slack
        self._thread: threading.Thread | None = None

    def _handle(self, ack: Any, command: dict[str, Any]) -> None:
        self.has_begun.set()
        self.may_answer.wait(10)
        self.handled.append(command["text"])
        ack("done")

    def listen(self) -> None:
        """Listen until `stop` is set."""
        arguments = (self.app, self._slack.app_token, self.stop)
        self._thread = threading.Thread(target=listen_by_socket, args=arguments)
        self._thread.start()
        self._slack.wait_until(lambda: self._slack.socket_count == 2)

    def join(self) -> None:
        if self._thread is not None:
            self.stop.set()
            self._thread.join(10)
            assert not self._thread.is_alive()


@pytest.fixture
def bot(slack: SlackSandbox) -> Iterator[Bot]:
    bot = Bot(slack)
    yield bot
    bot.may_answer.set()
    bot.join()


def say_meanwhile(slack: SlackSandbox, text: str) -> Callable[[], Delivery]:
    outcome: list[Delivery] = []
    thread = threading.Thread(target=lambda: outcome.append(slack.say("alice", "#data-eng", text)))
    thread.start()

    def wait() -> Delivery:
        thread.join(10)
        return outcome[0]

    return wait


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_command_under_way_is_acknowledged_although_its_connection_is_replaced(
    slack: SlackSandbox, bot: Bot, reason: str
) -> None:
    bot.listen()
    bot.may_answer.clear()
    outcome = say_meanwhile(slack, "/odps help")
    assert bot.has_begun.wait(5)
    slack.disconnect_sockets(reason)
    slack.wait_until(lambda: opened(slack) == 4)
    bot.may_answer.set()

    assert (outcome().ok, bot.handled) == (True, ["help"])


def test_no_command_is_lost_while_connections_are_replaced(slack: SlackSandbox, bot: Bot) -> None:
    bot.listen()
    slack.rotate_sockets(
        Rotation(every=timedelta(milliseconds=60), notice=timedelta(milliseconds=90))
    )
    outcomes = []
    while slack.socket_rotations < 20:
        outcomes.append(slack.say("alice", "#data-eng", f"/odps {len(outcomes)}"))
    slack.rotate_sockets(None)

    assert [outcome.error for outcome in outcomes if not outcome.ok] == []
    assert bot.handled == [str(number) for number in range(len(outcomes))]


def test_an_acknowledgement_outlives_its_connection(slack: SlackSandbox, bot: Bot) -> None:
    bot.listen()
    bot.may_answer.clear()
    outcome = say_meanwhile(slack, "/odps help")
    assert bot.has_begun.wait(5)
    slack.disconnect_sockets(abrupt=True)
    slack.wait_until(lambda: opened(slack) == 4)
    bot.may_answer.set()

    assert outcome().ok


def test_what_was_delivered_is_acknowledged_before_the_bot_ends(
    slack: SlackSandbox, bot: Bot
) -> None:
    bot.listen()
    bot.may_answer.clear()
    outcome = say_meanwhile(slack, "/odps help")
    assert bot.has_begun.wait(5)
    bot.stop.set()
    threading.Timer(0.3, bot.may_answer.set).start()

    assert outcome().ok
    bot.join()
    slack.wait_until(lambda: not slack.is_app_connected)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_500"},
        {"kind": "ratelimited", "retry_after": 0},
        {"kind": "drop_before"},
        {"kind": "error", "code": "internal_error"},
        {"kind": "error", "code": "team_added_to_org", "times": 2},
    ],
)
def test_a_slack_that_is_not_available_at_the_start_is_waited_for(
    slack: SlackSandbox, bot: Bot, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    slack.faults.add(method="apps.connections.open", **{"times": 2, **fault})
    with fast_client(slack, bot.app) as client:
        wait_until(client, 2)

    assert slack.faults.take("apps.connections.open") is None
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert [r for r in errors if r.name.startswith("odps_bot")] == []


def opened(slack: SlackSandbox) -> int:
    """Return how often somebody asked for a connection."""
    return sum(entry["method"] == "apps.connections.open" for entry in slack.traffic())


class fast_client:  # noqa: N801  -- a context manager
    """A client whose time passes faster."""

    def __init__(self, slack: SlackSandbox, app: App, **options: Any) -> None:
        self.client = SocketModeClient(
            app,
            slack.app_token,
            monotonic_s=lambda: time.monotonic() * FASTER,
            **{"connections": 2, **options},
        )

    def __enter__(self) -> SocketModeClient:
        self.client.start()
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close(timedelta(seconds=5 * FASTER))


def wait_until(client: SocketModeClient, open_connections: int) -> None:
    """Wait until so many connections are open."""
    with client._turn:
        assert client._turn.wait_for(lambda: client.open_connections == open_connections, 10)


def test_when_all_connections_are_taken_the_bot_asks_ever_less_often_and_says_what_to_do(
    slack: SlackSandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    others = [open_socket(slack) for _ in range(10)]
    before, metrics = opened(slack), Metrics()
    with fast_client(slack, bot.app, metrics=metrics) as client:
        trouble = client.wait_for_outcome(threading.Event())
        # The pauses are 10 s or longer each, after the first two at once.
        slack.wait_until(lambda: opened(slack) >= before + 4, timeout=20)
        problem = client.problem()
        others[0].close()
        wait_until(client, 1)
        assert client.problem() is None

    assert trouble is not None
    assert problem is not None
    assert "ten connections" in problem
    assert "other copies of the bot" in problem
    lines = [r.message for r in caplog.records if "ten connections" in r.message]
    assert len(lines) == 1
    assert count(metrics, "too_many_websockets") >= 4
    for other in others:
        other.shutdown()


def test_socket_mode_that_was_switched_off_is_named_and_the_bot_comes_back(
    slack: SlackSandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    with fast_client(slack, bot.app) as client:
        wait_until(client, 2)
        slack.set_socket_mode(is_enabled=False)
        wait_until(client, 0)
        problem = client.problem()
        slack.set_socket_mode(is_enabled=True)
        wait_until(client, 2)

    assert problem is not None
    assert "Socket Mode was switched off" in problem
    assert "switch it on again" in problem
    assert sum("was switched off" in record.message for record in caplog.records) == 1


def open_socket(slack: SlackSandbox) -> websocket.WebSocket:
    """Open a connection as another copy of the bot does."""
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    url = client.apps_connections_open(app_token=slack.app_token)["url"]
    opened = websocket.create_connection(url, timeout=10)
    opened.recv()
    return opened


def count(metrics: Metrics, event: str) -> float:
    name = "odps_bot_slack_connection_events_total"
    return metrics.registry.get_sample_value(name, {"event": event}) or 0
