"""Everything that Slack sends, through the bot: what a person sees, and what is in the log."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from slack_bolt import App, BoltRequest

from odps_bot.app import create_app
from odps_bot.listeners.http_delivery import PATH, SlackEndpoint
from odps_bot.messages import Message
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.sandbox.slack.signing import signature_headers
from odps_bot.services import Services
from tests.payloads import Shape, shapes
from tests.payloads.bot import ALICE, environ_of, issued_by, make_services, make_slack

TEAM = "T0SANDBOX1"

SHAPES = list(shapes())


@dataclass(frozen=True, kw_only=True)
class Bot:
    """The bot, without a server in front of it."""

    app: App
    services: Services
    slack: SlackSandbox

    def hear(self, shape: Shape, *, by: str) -> tuple[int, str]:
        """Let Slack send a payload; return the status and body of the acknowledgement."""
        payload = shape.filled(**issued_by(self.slack))
        if by == "socket":
            response = self.app.dispatch(BoltRequest(body=payload, mode="socket_mode"))
            return response.status, response.body
        return self._post(*shape.as_http(payload))

    def answers(self) -> list[str]:
        """Return the private answers, and take them."""
        entries = self.services.stores.outbox.claim(limit=100, lease=timedelta(minutes=1))
        ids = [str(e).partition(":")[2] for e in entries if str(e).startswith("ephemeral:")]
        found = [self.services.stores.ephemeral_replies.answer(one)[0] for one in ids]
        return [message.text for message in found if isinstance(message, Message)]

    def runs(self) -> list[str]:
        """Return the statements of all runs."""
        teams = (TEAM, "T0SISTER01", "T0ELSEWHER")
        found = [self.services.stores.runs.open_runs(team, limit=100) for team in teams]
        return [run.sql for runs in found for run in runs]

    def counted(self, reason: str) -> float:
        """Return how many requests were ignored for this reason; empty: for any."""
        [family] = [
            family
            for family in self.services.metrics.registry.collect()
            if family.name == "odps_bot_ignored"
        ]
        samples = [s for s in family.samples if s.name.endswith("_total")]
        return sum(s.value for s in samples if reason in {"", s.labels["reason"]})

    def _post(self, content_type: str, body: bytes) -> tuple[int, str]:
        headers = signature_headers(
            body,
            signing_secret=self.services.settings.slack_signing_secret,
            at=datetime.now(UTC),
        )
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": PATH,
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_SLACK_REQUEST_TIMESTAMP": headers["X-Slack-Request-Timestamp"],
            "HTTP_X_SLACK_SIGNATURE": headers["X-Slack-Signature"],
            "wsgi.input": io.BytesIO(body),
        }
        statuses: list[str] = []
        parts = SlackEndpoint(self.app)(environ, lambda status, _: statuses.append(status))
        return int(statuses[0][:3]), b"".join(parts).decode()


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackSandbox]:
    with pytest.MonkeyPatch.context() as patch, make_slack() as server:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield server


@pytest.fixture
def bot(slack: SlackSandbox, redis: Redis, shape: Shape) -> Bot:
    services = make_services(environ_of(slack), redis, organization=shape.organization)
    return Bot(app=create_app(services), services=services, slack=slack)


@pytest.mark.parametrize("by", ["http", "socket"])
@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_a_person_sees_what_the_payload_should_lead_to(
    bot: Bot, shape: Shape, by: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = {view["id"] for view in bot.slack.views(ALICE)}
    with caplog.at_level(logging.INFO):
        status, body = bot.hear(shape, by=by)
    answers = bot.answers()

    assert status == (404 if shape.sees == "failure" else 200)
    # Nothing is submitted but what should be.
    assert bot.runs() == ([shape.runs] if shape.sees == "card" else [])
    opened = {view["id"] for view in bot.slack.views(ALICE)} - before
    assert len(opened) == (shape.sees == "modal")
    if shape.sees == "acknowledgement":
        assert shape.says in body
    assert len(answers) == (shape.sees == "private")
    assert all(shape.says in answer for answer in answers)
    assert bot.counted("") == bot.counted(shape.ignored) == bool(shape.ignored)
    assert shape.log in caplog.text
    lines = [one for one in caplog.records if one.levelno >= logging.INFO and _is_drop(one)]
    assert len(lines) == bool(shape.ignored)
    assert "Suggestion" not in caplog.text
    assert "Traceback" not in caplog.text or "ref" in caplog.text


def _is_drop(record: logging.LogRecord) -> bool:
    return record.getMessage().startswith(("ignored ", "no listener for "))


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_what_slack_sends_twice_is_handled_once(bot: Bot, shape: Shape) -> None:
    filled = replace(shape, payload=shape.filled(**issued_by(bot.slack)))
    bot.hear(filled, by="socket")
    bot.hear(filled, by="socket")

    assert bot.runs() == ([shape.runs] if shape.sees == "card" else [])
    assert len(bot.answers()) <= 1
