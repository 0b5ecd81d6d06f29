"""Whatever people do leaves a line: who, where, what, with what outcome, and no secret."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.listeners.error_boundary import Interaction, run_guarded
from odps_bot.messages import Message
from odps_bot.messages.denials import denial_in_words
from odps_bot.messages.run.buttons import SHOW_SQL
from odps_bot.operations.logs import secrets_hider
from odps_bot.store.audit import AuditKind, AuditLine

INSTANCE = "20261122093000123g1a2b3c4"
RESPONSE_URL = "https://hooks.slack.com/commands/T1/2/very-secret"


@pytest.fixture
def app(services: Any) -> App:
    who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
    app = App(
        client=services.slack.gateway._client,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, services)
    return app


def hear(app: App, **body: Any) -> int:
    usual = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "response_url": RESPONSE_URL}
    return app.dispatch(BoltRequest(body=usual | body, mode="socket_mode")).status


def people(services: Any) -> list[AuditLine]:
    return [line for line in services.stores.audit.read() if line.kind is not AuditKind.TRANSITION]


def test_a_command_leaves_who_where_what_and_how_long(app: App, services: Any) -> None:
    hear(app, command="/odps", text="run select 1", trigger_id="1.2.3")

    [accepted] = [
        line for line in services.stores.audit.read() if line.kind is AuditKind.TRANSITION
    ]
    [line] = people(services)
    assert (line.kind, line.what, line.outcome) == ("command", "run", "answered")
    assert (line.team_id, line.channel_id, line.user_id) == ("T1", "C1", "U1")
    assert line.sql == "select 1"
    assert line.run_id == accepted.run_id
    assert line.duration_ms is not None


@pytest.mark.parametrize(
    ("text", "what", "outcome"),
    [
        ("", "start", "answered"),
        ("nonsense select 1", "unknown", "refused"),
        ("stop r99", "stop", "refused"),
        ("status", "status", "answered"),
    ],
)
def test_what_is_refused_is_told_apart(
    app: App, services: Any, text: str, what: str, outcome: str
) -> None:
    hear(app, command="/odps", text=text, trigger_id="1.2.3")

    [line] = people(services)
    assert (line.what, line.outcome) == (what, outcome)


TOKEN = "c2VjcmV0LXRva2VuLW9mLUxvZ3ZpZXc"


def kept_in(redis: Redis) -> list[object]:
    """Return all that is in Redis, as it can be read."""
    read: dict[bytes, Callable[[bytes], object]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"list": lambda name: redis.lrange(name, 0, -1),
        b"zset": lambda name: redis.zrange(name, 0, -1),
        b"stream": redis.xrange,
    }
    return [(name, read[redis.type(name)](name)) for name in redis.scan_iter()]


@pytest.mark.parametrize(
    "token",
    [
        f"token={TOKEN}",
        f"%74oken={TOKEN}",
        f"TOK%45N%3d{TOKEN}",
        f"%2574oken%253D{TOKEN}",
        f"amp;token={TOKEN}",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "watch {}",
        "status {}",
        "logview {}",
        "xflow {}",
        "why {}",
        "stop {}",
        "result {}",
        "rerun {}",
        "list {}",
        "usage {}",
        "nonsense {}",
    ],
)
def test_the_token_of_a_pasted_link_is_nowhere(
    app: App, services: Any, caplog: pytest.LogCaptureFixture, text: str, token: str
) -> None:
    link = f"http://logview/logview/?h=http://127.0.0.1:9/api&p=sandbox&i={INSTANCE}&{token}"
    caplog.set_level("DEBUG")
    hide = secrets_hider(())
    for typed in (link, f"{link}#{token}", token, f"https://l/logview/{token}"):
        body = BoltRequest(
            body={
                "command": "/odps",
                "text": text.format(typed),
                "trigger_id": f"{typed}.3",
                "team_id": "T1",
                "channel_id": "C1",
                "user_id": "U1",
                "response_url": RESPONSE_URL,
            },
            mode="socket_mode",
        )
        assert TOKEN not in (app.dispatch(body).body or "")

    assert TOKEN not in str(kept_in(services.redis))
    assert TOKEN not in str(list(services.stores.audit.read()))
    assert TOKEN not in "\n".join(hide(line.getMessage()) for line in caplog.records)


def test_a_click_names_its_run(app: App, services: Any, alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    run = bot.newest_run()

    app.dispatch(
        BoltRequest(
            body={
                "type": "block_actions",
                "team": {"id": "T1"},
                "user": {"id": "U1", "team_id": "T1"},
                "container": {"type": "message", "channel_id": "C1"},
                "trigger_id": "4.5.6",
                "response_url": RESPONSE_URL,
                "actions": [
                    {
                        "type": "button",
                        "action_id": SHOW_SQL,
                        "block_id": "b",
                        "value": run.run_id,
                    }
                ],
            },
            mode="socket_mode",
        )
    )

    [line] = people(services)
    assert (line.kind, line.what, line.run_id) == ("action", SHOW_SQL, run.run_id)


def test_no_address_of_an_answer_stands_in_the_trail(app: App, services: Any, redis: Any) -> None:
    hear(app, command="/odps", text=f"watch {RESPONSE_URL}", trigger_id="1.2.3")
    hear(app, command="/odps", text="run select 'xoxb-1-very-secret'", trigger_id="1.2.4")

    kept = str(redis.xrange("odps-bot:audit"))
    assert "very-secret" not in kept


REQUEST = Request(team_id="T1", channel_id="C1", user_id="U1", trigger_id="1.2.3")


def act_and_fail(error: Exception) -> Any:
    def act() -> Message:
        raise error

    return act


def test_a_denial_leaves_its_own_line_beside_the_command(services: Any) -> None:
    why = Denial(code=DenialCode.ROLE, project="sandbox", needed="writer", has="viewer")
    denial = DeniedError("You may not.", why)
    run_guarded(
        act_and_fail(denial),
        REQUEST,
        services,
        interaction=Interaction(what="run", typed="drop table t"),
    )

    command, line = people(services)
    assert (command.outcome, command.sql) == ("denied", "drop table t")
    assert (line.kind, line.what, line.user_id) == ("denial", "run", "U1")
    assert (line.project, line.detail) == ("sandbox", denial_in_words(why))


def test_a_fault_of_ours_is_named_by_the_reference_that_the_person_sees(services: Any) -> None:
    answer = run_guarded(
        act_and_fail(KeyError("x")), REQUEST, services, interaction=Interaction(what="run")
    )

    [line] = people(services)
    assert line.outcome == "failed"
    assert isinstance(answer, Message)
    assert line.reference in answer.text


@pytest.mark.parametrize("surface", Surface)
def test_every_surface_has_a_kind_of_its_own(services: Any, surface: Surface) -> None:
    request = Request(team_id="T1", channel_id="C1", user_id="U1", surface=surface)
    run_guarded(
        act_and_fail(CommandError("no")), request, services, interaction=Interaction(what="that")
    )

    [line] = people(services)
    assert line.outcome == "refused"
    assert line.kind == (
        "action"
        if surface in {Surface.HOME, Surface.ACTION}
        else "modal"
        if surface is Surface.MODAL
        else surface
    )
