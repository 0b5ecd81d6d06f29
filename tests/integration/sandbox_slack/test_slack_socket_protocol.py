"""Socket Mode frame by frame, with a bare WebSocket."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import websocket
from slack_sdk import WebClient

from odps_bot.sandbox.slack import Delivery, Rotation, SlackSandbox

Open = Callable[[], websocket.WebSocket]


@pytest.fixture
def open_socket(slack: SlackSandbox, client: WebClient) -> Iterator[Open]:
    """Return a function that opens a connection."""
    sockets: list[websocket.WebSocket] = []

    def open_socket() -> websocket.WebSocket:
        url = client.apps_connections_open(app_token=slack.app_token)["url"]
        sockets.append(websocket.create_connection(url, timeout=10))
        return sockets[-1]

    yield open_socket
    for socket in sockets:
        socket.shutdown()


def receive(socket: websocket.WebSocket) -> dict[str, Any]:
    return json.loads(socket.recv())  # type: ignore[no-any-return]


def say_meanwhile(slack: SlackSandbox, text: str) -> Callable[[], Delivery]:
    """Say something as Alice in another thread; return a function that waits for the outcome."""
    outcome: list[Delivery] = []
    thread = threading.Thread(target=lambda: outcome.append(slack.say("alice", "#data-eng", text)))
    thread.start()

    def wait() -> Delivery:
        thread.join(10)
        return outcome[0]

    return wait


def test_a_connection_starts_with_hello(open_socket: Open) -> None:
    first, second = receive(open_socket()), receive(open_socket())

    assert (first["type"], first["num_connections"], second["num_connections"]) == ("hello", 1, 2)
    assert first["connection_info"] == {"app_id": "A0ODPSBOT"}


def test_a_ticket_is_valid_for_one_connection(slack: SlackSandbox, client: WebClient) -> None:
    url = client.apps_connections_open(app_token=slack.app_token)["url"]
    websocket.create_connection(url, timeout=10).shutdown()

    with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
        websocket.create_connection(url, timeout=10)


def test_the_eleventh_connection_is_refused(open_socket: Open) -> None:
    greetings = [receive(open_socket()) for _ in range(11)]

    assert [greeting["type"] for greeting in greetings] == ["hello"] * 10 + ["disconnect"]
    assert greetings[-1]["reason"] == "too_many_websockets"


def test_each_envelope_goes_to_one_connection_and_any_can_acknowledge_it(
    slack: SlackSandbox, open_socket: Open
) -> None:
    sockets = [open_socket(), open_socket()]
    for socket in sockets:
        receive(socket)

    texts = []
    for socket in sockets:
        outcome = say_meanwhile(slack, "/odps help")
        envelope = receive(socket)
        sockets[0].send("not json")
        sockets[0].send(json.dumps({"envelope_id": "unknown"}))
        sockets[0].send(json.dumps({"envelope_id": envelope["envelope_id"]}))
        assert outcome().ok
        texts.append(envelope["payload"]["text"])
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True

    assert texts == ["help", "help"]
    assert slack.messages("#data-eng") == []


def test_an_event_counts_its_retries(
    make_slack: Callable[..., SlackSandbox],
) -> None:
    slack = make_slack(ack_timeout=timedelta(milliseconds=50), event_retries=[timedelta()] * 3)
    client = WebClient(base_url=slack.api_url)
    url = client.apps_connections_open(app_token=slack.app_token)["url"]
    socket = websocket.create_connection(url, timeout=10)
    receive(socket)

    slack.say("bob", "#data-eng", "@odps hi")
    envelopes = [receive(socket) for _ in range(4)]
    socket.shutdown()

    assert [envelope["retry_attempt"] for envelope in envelopes] == [0, 1, 2, 3]
    assert [envelope["retry_reason"] for envelope in envelopes] == ["", *["timeout"] * 3]
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1


def test_pongs_echo_the_payload_of_pings(open_socket: Open) -> None:
    socket = open_socket()
    receive(socket)

    socket.ping("session:12.5")
    opcode, payload = socket.recv_data(control_frame=True)

    assert (opcode, payload) == (websocket.ABNF.OPCODE_PONG, b"session:12.5")


def test_a_disconnect_is_announced(slack: SlackSandbox, open_socket: Open) -> None:
    old = open_socket()
    receive(old)

    slack.disconnect_sockets("warning")
    slack.disconnect_sockets("refresh_requested")
    reasons = [receive(old)["reason"], receive(old)["reason"]]
    new = open_socket()
    receive(new)
    outcomes = []
    for socket in (old, new):  # until Slack closes it, the old one gets its share
        outcomes.append(say_meanwhile(slack, "/odps help"))
        socket.send(json.dumps({"envelope_id": receive(socket)["envelope_id"]}))

    assert reasons == ["warning", "refresh_requested"]
    assert [outcome().ok for outcome in outcomes] == [True, True]


def test_rotations_come_on_a_timer_and_the_last_command_is_still_acknowledged(
    slack: SlackSandbox, open_socket: Open
) -> None:
    old = open_socket()
    receive(old)
    second = timedelta(seconds=1)

    slack.rotate_sockets(Rotation(every=second / 5, notice=second / 5))
    assert receive(old)["reason"] == "warning"
    slack.rotate_sockets(None)
    outcome = say_meanwhile(slack, "/odps help")
    envelope = receive(old)
    old.settimeout(0.5)
    with pytest.raises(websocket.WebSocketTimeoutException):
        receive(old)  # not closed while an acknowledgement is awaited
    old.settimeout(10)
    old.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
    is_closed = old.recv() == ""

    assert (outcome().ok, is_closed) == (True, True)
    assert slack.socket_rotations == 1


def test_socket_mode_can_be_switched_off_and_on(slack: SlackSandbox, open_socket: Open) -> None:
    first = open_socket()
    receive(first)

    slack.set_socket_mode(is_enabled=False)
    told = receive(first)["reason"]
    refused = receive(open_socket())["reason"]
    slack.set_socket_mode(is_enabled=True)
    greeting = receive(open_socket())["type"]

    assert (told, refused, greeting) == ("link_disabled", "link_disabled", "hello")


def test_the_control_api_orders_rotations(slack: SlackSandbox, open_socket: Open) -> None:
    receive(socket := open_socket())

    def post(path: str, **body: Any) -> dict[str, Any]:
        response = requests.post(f"{slack.url}/sandbox/{path}", json=body, timeout=10)
        return response.json()  # type: ignore[no-any-return]

    begun = post("rotation", every=0.1, notice=5)
    reason = receive(socket)["reason"]
    ended = post("rotation")
    wrong = post("rotation", every=-1)
    off = post("socket_mode", enabled=False)

    assert begun == {"ok": True, "connections": 1, "rotations": 0}
    assert (reason, ended["rotations"], wrong["ok"], off["ok"]) == ("warning", 1, False, True)
    assert receive(socket)["reason"] == "link_disabled"
