"""How often a command waits for Redis before it is acknowledged: each time costs everybody."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis
from redis.connection import AbstractConnection
from slack_bolt import BoltRequest

from odps_bot.app import create_app
from odps_bot.config.rules import Role, Rules
from odps_bot.services import Services
from odps_bot.store.connections import RedisClock

#: For any run, whoever asks for it and whatever is looked up for it.
MOST_FOR_A_RUN = 5

EVERYBODY = Rules(default_role=Role.ADMIN)


class Slack:
    """A gateway that knows who we are, and reaches nobody else."""

    def identity(self) -> Any:
        return {"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1", "url": "http://x/"}


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is sent to Redis, a pipeline as one."""
    sent: list[bytes] = []
    send = AbstractConnection.send_packed_command

    def send_and_count(self: Any, command: Any, *args: Any, **facts: Any) -> None:
        sent.append(command if isinstance(command, bytes) else b"".join(command))
        send(self, command, *args, **facts)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", send_and_count)
    return sent


@pytest.fixture
def command(services: Services, redis: Redis) -> Callable[..., None]:
    """Return a function that delivers a slash command over Socket Mode; the process is warm."""

    def deliver(text: str, *, rules: Rules = EVERYBODY) -> None:
        slack = replace(services.slack, gateway=Slack())
        app = create_app(replace(services, rules=rules, slack=slack, clock=RedisClock(redis)))
        body = {
            "command": "/odps",
            "text": text,
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "trigger_id": text,
            "response_url": "https://hooks.slack.com/commands/1/2/3",
        }
        response = app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert (response.status, response.body) == (200, "")

    # RQ asks for the version of Redis once, and teaches it a script.
    deliver("run select 0")
    return deliver


@pytest.mark.parametrize(
    "rules",
    [
        EVERYBODY,
        Rules(default_role=Role.NONE, groups={"S1": Role.OPERATOR, "S2": Role.VIEWER}),
    ],
    ids=["everybody", "members of groups"],
)
@pytest.mark.parametrize("sql", ["select 1", "insert into t select 1", "drop table analytics.t"])
def test_a_run_is_accepted_in_five(
    command: Callable[..., None],
    round_trips: list[bytes],
    bot: Any,
    sql: str,
    rules: Rules,
) -> None:
    services = bot.services
    services.stores.preferences.choose_project("T1", "U1", "analytics")
    services.stores.memberships.remember("S1", ["U1"])
    round_trips.clear()

    command(f"run {sql}", rules=rules)

    assert len(round_trips) == MOST_FOR_A_RUN, round_trips
    run = bot.newest_run()
    assert (run.sql, run.project, run.name) == (sql, "analytics", "r2")
    assert ("workers.jobs.submit_run.submit_run", {"run_id": run.run_id}) in bot.enqueued_jobs()


def test_a_repeated_delivery_changes_nothing_in_fewer(
    command: Callable[..., None], round_trips: list[bytes], bot: Any
) -> None:
    command("run select 1")
    round_trips.clear()

    command("run select 1")

    assert len(round_trips) == 3, round_trips
    assert len(bot.all_runs()) == 2
