"""The traffic log as the page reads it."""

import json
import urllib.request
from typing import Any

from .conftest import Link


def read_traffic(link: Link, query: str = "") -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{link.slack.url}/sandbox/traffic?{query}") as response:
        entries: list[dict[str, Any]] = json.load(response)
    return entries


def test_both_directions_are_logged_with_bodies_and_without_secrets(link: Link) -> None:
    secrets: list[str] = [link.slack.bot_token]

    @link.app.shortcut("run_this")
    def run_this(ack: Any, body: dict[str, Any], respond: Any, client: Any) -> None:
        secrets.extend([body["response_url"].rpartition("/")[2], body["token"]])
        ack()
        respond("running")
        client.files_upload_v2(channel="C0DATAENG1", filename="a.csv", content="a,b")

    link.connect()
    ts = link.slack.say("bob", "#data-eng", "select 1").ts
    assert ts is not None
    link.slack.message_shortcut("bob", "run_this", "#data-eng", ts)
    entries = read_traffic(link)

    by_method = {entry["method"]: entry for entry in entries}
    shortcut = by_method["message_action"]
    assert (shortcut["direction"], shortcut["kind"], shortcut["ok"]) == ("out", "event", True)
    assert shortcut["request"]["message"]["text"] == "select 1"
    assert shortcut["request"]["token"] == "[removed]"
    assert shortcut["ms"] > 0
    assert by_method["response_url"]["request"]["text"] == "running"
    assert by_method["files.getUploadURLExternal"]["response"]["ok"] is True
    assert {"upload", "files.completeUploadExternal", "ack"} <= by_method.keys()
    text = json.dumps(entries)
    assert [secret for secret in secrets if secret in text] == []


def test_the_log_can_be_read_since_an_entry(link: Link) -> None:
    for _ in range(3):
        link.client.auth_test()
    first, *others = read_traffic(link)

    assert [entry["id"] for entry in read_traffic(link, f"since={first['id']}")] == [
        entry["id"] for entry in others
    ]
    assert [entry["id"] for entry in read_traffic(link, "limit=1")] == [others[-1]["id"]]


def test_very_long_bodies_are_truncated(link: Link) -> None:
    link.client.chat_postMessage(channel="C0DATAENG1", text="x" * 39_000)

    request = read_traffic(link)[-1]["request"]

    assert request["length"] > 39_000
    assert len(request["cut"]) == 20_000
