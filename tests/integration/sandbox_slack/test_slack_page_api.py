"""The control API of the page, and its protection against other pages."""

import json
import threading
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from slack_sdk import WebClient

from odps_bot.sandbox.slack import SlackSandbox

DATA_ENG = "C0DATAENG1"


def ask(
    slack: SlackSandbox,
    path: str,
    body: object = None,
    *,
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """Return the status and the decoded JSON of an answer."""
    connection = HTTPConnection("127.0.0.1", slack.port)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(
        "GET" if body is None else "POST",
        path,
        body=None if body is None else json.dumps(body),
        headers={**sent, **(headers or {})},
    )
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    is_json = response.headers.get_content_type() == "application/json"
    return response.status, json.loads(text) if is_json else text


class EventStream:
    """Reads Server-Sent Events in the background."""

    def __init__(self, slack: SlackSandbox, query: str) -> None:
        self._response: HTTPResponse = urllib.request.urlopen(f"{slack.url}/sandbox/events?{query}")
        self._arrived = threading.Condition()
        self.events: list[dict[str, Any]] = []
        self.ids: list[int] = []
        assert self._response.readline() == b": hello\n"
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._response:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            with self._arrived:
                if field == "data":
                    self.events.append(json.loads(value))
                elif field == "id":
                    self.ids.append(int(value))
                self._arrived.notify_all()

    def wait_for(self, kind: str) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            return next((event for event in self.events if event["type"] == kind), None)

        with self._arrived:
            assert self._arrived.wait_for(find, 10), self.events
            found = find()
        assert found is not None
        return found

    def close(self) -> None:
        self._thread.join(10)
        self._response.close()


@pytest.fixture
def listen(slack: SlackSandbox) -> Any:
    """Return a function that listens to the events of a person."""
    streams: list[EventStream] = []

    def listen(query: str) -> EventStream:
        streams.append(EventStream(slack, query))
        return streams[-1]

    yield listen
    slack.stop()
    for stream in streams:
        stream.close()


def test_a_person_sees_their_channels_and_no_private_messages_of_others(
    slack: SlackSandbox, client: WebClient
) -> None:
    client.chat_postMessage(channel=DATA_ENG, text="for all")
    client.chat_postEphemeral(channel=DATA_ENG, user="U0ALICE", text="for alice")

    _, alice = ask(slack, "/sandbox/state?user=U0ALICE")
    _, bob = ask(slack, "/sandbox/state?user=U0BOB")
    status, nobody = ask(slack, "/sandbox/state?user=U0NOBODY")

    assert [channel["name"] for channel in alice["channels"]] == [
        "data-eng",
        "analytics",
        "random",
        "finance",
        "shared-with-acme",
        "odps",
    ]
    assert [channel["id"] for channel in bob["channels"]][-1] == "D0BOBODPS"
    assert "C0FINANCE1" not in bob["messages"]
    assert [m["text"] for m in alice["messages"][DATA_ENG]] == ["for all", "for alice"]
    assert [m["text"] for m in bob["messages"][DATA_ENG]] == ["for all"]
    assert bob["app"]["commands"][0]["command"] == "/odps"
    assert (status, nobody["error"]) == (400, "user_not_found")


def test_events_are_streamed_only_to_their_audience(
    slack: SlackSandbox, client: WebClient, listen: Callable[[str], EventStream]
) -> None:
    alice, bob = listen("user=U0ALICE"), listen("user=U0BOB")

    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    client.chat_postEphemeral(channel=DATA_ENG, user="U0ALICE", text="psst")
    slack.say("alice", "#finance", "secret")
    client.chat_update(channel=DATA_ENG, ts=ts, text="card, edited")
    client.chat_delete(channel=DATA_ENG, ts=ts)
    slack.invite("alice", "#random")

    for stream in (alice, bob):
        assert stream.wait_for("message")["message"]["text"] == "card"
        assert stream.wait_for("message_changed")["message"]["text"] == "card, edited"
        assert stream.wait_for("message_deleted") == {
            "type": "message_deleted",
            "channel": DATA_ENG,
            "ts": ts,
        }
        assert stream.wait_for("channel_changed")["channel"]["bot_is_member"] is True
        assert stream.ids == sorted(set(stream.ids))
    texts = [
        [event["message"]["text"] for event in stream.events if event["type"] == "message"]
        for stream in (alice, bob)
    ]
    assert texts == [["card", "psst", "secret"], ["card"]]


def test_a_reply_also_sends_an_event_for_its_parent(
    client: WebClient, listen: Callable[[str], EventStream]
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    stream = listen("user=U0CAROL")

    client.chat_postMessage(channel=DATA_ENG, text="reply", thread_ts=ts)

    assert stream.wait_for("message")["message"]["thread_ts"] == ts
    assert stream.wait_for("message_changed")["message"]["reply_count"] == 1


def test_a_stream_resumes_or_requests_a_reload(
    slack: SlackSandbox, client: WebClient, listen: Callable[[str], EventStream]
) -> None:
    _, state = ask(slack, "/sandbox/state?user=U0BOB")
    client.chat_postMessage(channel=DATA_ENG, text="missed")

    assert listen(f"user=U0BOB&since={state['event_id']}").wait_for("message")
    assert listen("user=U0BOB&since=1").wait_for("resync") == {"type": "resync"}


def test_the_page_can_post_click_and_invite(slack: SlackSandbox, client: WebClient) -> None:
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    ts = client.chat_postMessage(channel=DATA_ENG, text="card", blocks=blocks)["ts"]
    in_data_eng = {"user": "U0BOB", "channel": DATA_ENG}

    _, said = ask(slack, "/sandbox/say", {**in_data_eng, "text": "hello"})
    _, replied = ask(slack, "/sandbox/say", {**in_data_eng, "text": "hi", "thread_ts": ts})
    _, command = ask(slack, "/sandbox/say", {**in_data_eng, "text": "/odps help"})
    _, clicked = ask(
        slack,
        "/sandbox/click",
        {**in_data_eng, "message_ts": ts, "block_id": "b", "action_id": "a"},
    )
    _, elsewhere = ask(
        slack,
        "/sandbox/click",
        {**in_data_eng, "message_ts": ts, "block_id": "b", "action_id": "x"},
    )
    _, invited = ask(slack, "/sandbox/invite", {"user": "U0BOB", "channel": "C0RANDOM01"})
    _, archived = ask(slack, "/sandbox/archive", {"channel": "C0RANDOM01", "archived": True})

    assert (said["ok"], replied["ok"]) == (True, True)
    assert slack.thread(DATA_ENG, ts)[0]["ts"] == replied["ts"]
    assert command == {"ok": False, "error": "app_not_connected"}
    assert clicked == {"ok": False, "error": "app_not_connected"}
    assert elsewhere == {"ok": False, "error": "action_not_found"}
    assert (invited, archived) == ({"ok": True}, {"ok": True})
    with pytest.raises(Exception, match="is_archived"):
        client.chat_postMessage(channel="C0RANDOM01", text="a")


def test_faults_limits_messages_and_traffic_are_available_over_http(
    slack: SlackSandbox, client: WebClient
) -> None:
    ask(slack, "/sandbox/faults", {"method": "auth.test", "kind": "error", "code": "fatal_error"})
    with pytest.raises(Exception, match="fatal_error"):
        client.auth_test()
    refusal = {"kind": "error", "code": "invalid_blocks", "block_type": "divider", "times": None}
    ask(slack, "/sandbox/faults", {"method": "*", **refusal})
    for _ in range(2):
        with pytest.raises(Exception, match="invalid_blocks"):
            client.chat_postMessage(channel=DATA_ENG, text="a", blocks=[{"type": "divider"}])
    client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="psst")

    _, messages = ask(slack, f"/sandbox/messages?channel={DATA_ENG}")
    _, traffic = ask(slack, "/sandbox/traffic?limit=1")
    unlimited = ask(slack, "/sandbox/limits", {"enabled": False})

    assert [message["visible_to"] for message in messages] == ["U0BOB"]
    assert [(entry["method"], entry["ok"]) for entry in traffic] == [("chat.postEphemeral", True)]
    assert unlimited == (200, {"ok": True})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/say", {}),
        ("/sandbox/say", []),
        ("/sandbox/say", "x"),
        ("/sandbox/click", {"user": "U0BOB"}),
        ("/sandbox/faults", {"method": "auth.test", "kind": "explode"}),
        ("/sandbox/limits", None),
    ],
)
def test_malformed_control_requests_are_refused(
    slack: SlackSandbox, path: str, body: object
) -> None:
    status, _ = ask(slack, path, body)

    assert status in {400, 405}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
    ],
)
def test_requests_from_other_origins_are_refused(
    slack: SlackSandbox, headers: dict[str, str]
) -> None:
    answers = [
        ask(slack, "/sandbox/state?user=U0BOB", headers=headers),
        ask(slack, "/sandbox/say", {"user": "U0BOB"}, headers=headers),
        ask(slack, "/", headers=headers),
    ]

    assert [status for status, _ in answers] == [403] * 3


def test_form_posts_are_refused(slack: SlackSandbox) -> None:
    body = {"user": "U0BOB", "channel": DATA_ENG, "text": "hello"}

    status, _ = ask(slack, "/sandbox/say", body, headers={"Content-Type": "text/plain"})

    assert status == 415
    assert slack.messages(DATA_ENG) == []


def test_the_page_is_served_with_strict_headers(slack: SlackSandbox) -> None:
    with urllib.request.urlopen(f"{slack.url}/") as page:
        headers, text = page.headers, page.read().decode()
    with urllib.request.urlopen(f"{slack.url}/page/main.js") as script:
        script_type = script.headers["Content-Type"]

    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert script_type == "text/javascript; charset=utf-8"
    assert "<html" in text


@pytest.mark.parametrize(
    "path", ["/page/missing.js", "/page/..%2F__init__.py", "/page/%2e%2e", "/page/"]
)
def test_only_files_of_the_page_are_served(slack: SlackSandbox, path: str) -> None:
    status, _ = ask(slack, path)

    assert status == 404


def test_a_slack_keeps_its_state_over_a_restart(slack: SlackSandbox) -> None:
    slack.say("bob", "#data-eng", "hello")
    address = slack.url

    slack.stop()
    with pytest.raises(RuntimeError, match="not running"):
        slack.say("bob", "#data-eng", "anybody?")
    slack.start()

    assert slack.url == address
    assert slack.say("bob", "#data-eng", "again").ok
    assert [message["text"] for message in slack.messages("#data-eng")] == ["hello", "again"]


def test_several_slacks_run_side_by_side(
    slack: SlackSandbox, make_slack: Callable[..., SlackSandbox]
) -> None:
    other = make_slack()
    slack.say("bob", "#data-eng", "hello")

    assert other.url != slack.url
    assert other.messages("#data-eng") == []
    with pytest.raises(OSError, match="in use"):
        make_slack(port=slack.port)


def test_a_timed_out_wait_shows_the_newest_traffic(slack: SlackSandbox, client: WebClient) -> None:
    client.auth_test()

    with pytest.raises(TimeoutError, match=r"auth\.test"):
        slack.wait_until(lambda: False, timeout=0.01)
