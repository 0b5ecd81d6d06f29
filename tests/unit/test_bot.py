"""The bot starts while Slack is not available: it waits, says so, and goes on."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from odps_bot import bot
from odps_bot.errors import OdpsBotError
from odps_bot.operations.health import Check
from odps_bot.slack.errors import (
    NO_RESPONSE,
    SlackError,
    SuspendedError,
    TokenError,
    UnreachableError,
)

UNAVAILABLE = UnreachableError("auth.test", "unreadable", reason="HTTP 503 unreadable")
UNREACHABLE = UnreachableError("auth.test", NO_RESPONSE, reason="gaierror")
APP = object()


class Stop(threading.Event):
    """Lets no time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited_s.append(timeout or 0)
        return self.is_set()


class Health:
    """Keeps what readiness said while it was served."""

    def __init__(self) -> None:
        self.said: list[str | None] = []

    @contextmanager
    def serve(self, _: Mapping[str, Check], slack: Check) -> Iterator[None]:
        self.said.append(slack())
        yield
        self.said.append(slack())


def start(
    monkeypatch: pytest.MonkeyPatch, *outcomes: SlackError | object
) -> tuple[Any, Stop, Health]:
    left, stop, health = list(outcomes), Stop(), Health()

    def create(_: Any) -> Any:
        outcome = left.pop(0)
        if isinstance(outcome, SlackError):
            raise outcome
        return outcome

    monkeypatch.setattr(bot, "create_app", create)
    app = bot._create_app(None, stop, health.serve, chance=lambda: 0)  # type: ignore[arg-type]
    return app, stop, health


def test_a_slack_that_is_not_available_is_waited_for_in_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outcomes = (UNAVAILABLE, UNAVAILABLE, UNREACHABLE, UNAVAILABLE, APP)
    app, stop, health = start(monkeypatch, *outcomes)

    assert app is APP
    assert stop.waited_s == [0.5, 1, 2, 4]
    assert len(caplog.records) == 2  # a line for each cause, not for each try
    assert "HTTP 503" in str(health.said[0])


def test_a_token_that_slack_rejects_ends_the_start_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(OdpsBotError, match="does not accept SLACK_BOT_TOKEN: invalid_auth"):
        start(monkeypatch, UNAVAILABLE, TokenError("auth.test", "invalid_auth"))


def test_a_workspace_that_is_moving_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _, health = start(monkeypatch, SuspendedError("auth.test", "org_login_required"), APP)

    assert app is APP
    assert "wait until Slack has finished" in str(health.said[0])
