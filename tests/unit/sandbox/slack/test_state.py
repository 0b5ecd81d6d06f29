"""Threads, the event stream, trigger ids, response URLs and tickets, without a server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odps_bot.sandbox.slack.app import SlackApp
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.event_stream import EventStream
from odps_bot.sandbox.slack.faults import Faults
from odps_bot.sandbox.slack.message_log import MessageLog, newest_threads
from odps_bot.sandbox.slack.response_urls import ResponseUrls
from odps_bot.sandbox.slack.routes.guard import is_local, is_same_origin
from odps_bot.sandbox.slack.socket_tickets import SocketTickets
from odps_bot.sandbox.slack.triggers import Triggers
from odps_bot.sandbox.slack.uploads import CAPACITY_BYTES, Files
from odps_bot.sandbox.slack.workspace import Workspace

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MovableClock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def message(ts: str, **fields: Any) -> dict[str, Any]:
    return {"ts": ts, "user": "U1", "text": "", **fields}


def test_a_parent_counts_its_replies() -> None:
    log = MessageLog()
    log.add(message("1.0"))
    log.add(message("2.0", thread_ts="1.0", user="U2"))
    parent = log.add(message("3.0", thread_ts="1.0"))

    assert parent is not None
    assert (parent["reply_count"], parent["reply_users"]) == (2, ["U2", "U1"])
    assert (parent["thread_ts"], parent["latest_reply"]) == ("1.0", "3.0")


def test_a_parent_without_replies_has_no_summary() -> None:
    log = MessageLog()
    log.add(message("1.0"))
    log.add(message("2.0", thread_ts="1.0"))

    parent = log.remove("2.0")

    assert parent == message("1.0")


def test_old_messages_are_dropped_with_their_threads() -> None:
    log = MessageLog(capacity=3)
    for entry in (message("1.0"), message("2.0", thread_ts="1.0"), message("3.0"), message("4.0")):
        log.add(entry)

    assert [entry["ts"] for entry in log] == ["3.0", "4.0"]


def test_the_newest_roots_come_with_all_their_replies() -> None:
    messages = [message("1.0"), message("2.0"), message("3.0", thread_ts="2.0"), message("4.0")]

    assert [entry["ts"] for entry in newest_threads(messages, roots=2)] == ["2.0", "3.0", "4.0"]


def test_the_event_stream_reports_missing_events() -> None:
    feed = EventStream(capacity=2)
    for number in range(4):
        feed.publish({"number": number})

    assert [event.data["number"] for event in feed.since(2) or []] == [2, 3]
    assert feed.since(1) is None
    assert feed.since(9) is None


def test_a_trigger_works_once() -> None:
    triggers = Triggers(clock=MovableClock())
    trigger_id = triggers.issue("U1")

    assert triggers.exchange(trigger_id).user_id == "U1"
    with pytest.raises(SlackError, match="exchanged_trigger_id"):
        triggers.exchange(trigger_id)


def test_a_trigger_expires_after_three_seconds() -> None:
    clock = MovableClock()
    triggers = Triggers(clock=clock)
    trigger_id = triggers.issue("U1")

    clock.now += timedelta(seconds=3.1)

    with pytest.raises(SlackError, match="expired_trigger_id"):
        triggers.exchange(trigger_id)
    with pytest.raises(SlackError, match="invalid_trigger_id"):
        triggers.exchange("1.2.3")


def test_a_response_url_expires_after_half_an_hour() -> None:
    clock = MovableClock()
    urls = ResponseUrls(team_id="T1", clock=clock)
    path = urls.issue("commands", user_id="U1", channel_id="C1")

    clock.now += timedelta(minutes=30)
    found = urls.find(path)
    clock.now += timedelta(seconds=1)

    assert found.channel_id == "C1"
    with pytest.raises(SlackError, match="expired_url"):
        urls.find(path)


def test_a_ticket_can_be_redeemed_once() -> None:
    clock = MovableClock()
    tickets = SocketTickets(clock=clock)
    ticket, late = tickets.issue(), tickets.issue()

    assert tickets.redeem(ticket)
    assert not tickets.redeem(ticket)
    clock.now += timedelta(minutes=1)
    assert not tickets.redeem(late)


def test_faults_apply_as_often_as_planned() -> None:
    faults = Faults(guard=Workspace(app=SlackApp(), clock=MovableClock()).changing)
    faults.add(method="chat.update", kind="error", code="fatal_error", times=2)

    taken = [faults.take("chat.update") for _ in range(3)]

    assert [fault.code if fault else None for fault in taken] == ["fatal_error"] * 2 + [None]
    assert faults.take("chat.postMessage") is None
    with pytest.raises(ValueError, match="unknown fault 'explode'"):
        faults.add(method="*", kind="explode")  # type: ignore[arg-type]


def test_the_oldest_files_are_dropped_for_new_ones() -> None:
    files = Files()
    old, new = (files.announce(name=name, length=1, user_id="U1", created_at=NOON) for name in "ab")
    files.store(old, b"x" * (CAPACITY_BYTES // 2))

    files.store(new, b"x" * (CAPACITY_BYTES // 2 + 1))

    assert files.find(new.id) is new
    with pytest.raises(SlackError, match="file_not_found"):
        files.find(old.id)


@pytest.mark.parametrize(
    ("authority", "is_ours"),
    [
        ("127.0.0.1:8765", True),
        ("localhost:8765", True),
        ("[::1]:8765", True),
        ("10.1.2.3", True),
        ("sandbox.example:8765", True),
        ("evil.example:8765", False),
        ("", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_only_ip_addresses_and_our_own_names_are_served(authority: str, is_ours: bool) -> None:
    assert is_local(authority, host="sandbox.example") == is_ours


def test_another_port_is_another_origin() -> None:
    assert is_same_origin("http://localhost:8765", "localhost:8765")
    assert not is_same_origin("http://localhost:3000", "localhost:8765")
    assert not is_same_origin("null", "localhost:8765")


def test_an_app_is_read_from_its_manifest() -> None:
    app = SlackApp.from_manifest(
        {
            "display_information": {"name": "odps-bot"},
            "features": {
                "app_home": {"messages_tab_enabled": True},
                "bot_user": {"display_name": "odps"},
                "slash_commands": [{"command": "/odps", "description": "Run", "usage_hint": "run"}],
            },
            "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
            "settings": {
                "event_subscriptions": {"bot_events": ["app_mention"]},
                "interactivity": {"is_enabled": True},
            },
        }
    )

    assert (app.name, app.display_name) == ("odps", "odps-bot")
    assert app.scopes == ("commands", "chat:write")
    assert app.events == ("app_mention",)
    assert (app.is_interactive, app.has_messages_tab, app.has_home_tab) == (True, True, False)
    assert [command.command for command in app.commands] == ["/odps"]
    assert app.find_command("/other") is None
