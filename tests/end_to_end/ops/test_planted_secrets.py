"""Secrets are planted wherever one can come from, and looked for after a whole session.

Looked through are the logs of all processes at their most talkative, everything that was ever sent
to Redis, and what the channel shows.
"""

import json
import re
import threading
import zlib
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import RedisError

from odps_bot.sandbox.maxcompute import faults

from .conftest import ALICE

IN_SQL = "planted-in-sql-4711"
IN_LINK = "planted-in-link-4712"
IN_ERROR = "planted-in-error-4713"

LOGVIEW = f"https://logview.aliyun.com/logview/?h=x&p=sandbox&i=20261122000000001g1&token={IN_LINK}"

#: As the sandbox's Slack makes them.
RESPONSE_URL = re.compile(r"/(?:response|commands|actions)/[A-Za-z0-9/_-]{12,}")
TOKEN = re.compile(r"token=([A-Za-z0-9%._~-]{8,})")


class Listener:
    """Hears everything that is sent to Redis."""

    def __init__(self, url):
        self.commands = []
        self._client = Redis.from_url(url)
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        assert self._is_listening.wait(5)

    def _listen(self):
        # Ends when Redis does.
        with suppress(RedisError, ValueError), self._client.monitor() as monitor:
            self._is_listening.set()
            for command in monitor.listen():
                self.commands.append(command["command"])

    def heard(self):
        """Return the commands as text, with what RQ has compressed."""
        self._thread.join(10)
        self._client.close()
        return [command + _decompressed(command) for command in self.commands]


def _decompressed(command):
    if "rq:job:" not in command:
        return ""
    raw = command.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace")
    texts = []
    for found in re.finditer(rb"x\x9c", raw):
        with suppress(zlib.error):
            texts.append(zlib.decompressobj().decompress(raw[found.start() :]))
    return b" ".join(texts).decode(errors="replace")


@pytest.fixture
def session_of_secrets(operator):
    """What a session with planted secrets leaves behind."""
    session = operator.session
    listener = Listener(session.redis.url)
    error = (
        f"<Error><Code>Broken</Code><Message>token={IN_ERROR} Bearer {IN_ERROR}</Message></Error>"
    )
    trouble = faults.http_error(400, error, content_type="application/xml")

    operator.type(f"/odps run select '{IN_SQL}' as secret")
    operator.wait(lambda: "succeeded" in operator.channel())
    operator.type("/odps logview r1")
    operator.wait(lambda: "token=" in whispers(operator))
    operator.type(f"/odps status {LOGVIEW}")
    operator.type(f"/odps watch <{LOGVIEW}>")
    session.maxcompute.faults.add(trouble, operation="submit", times=6)
    operator.type(f"/odps run insert into pyodps_iris select '{IN_SQL}'")
    session.slack.faults.add(method="chat.update", kind="drop_after", times=2)
    operator.type(f"/odps cost select '{IN_SQL}' from nowhere")
    operator.wait(lambda: any("was not submitted" in x["message"] for x in operator.log("worker")))
    # The card says why, without what looks like a secret.
    operator.wait(lambda: "token=***" in operator.channel())
    channel = operator.channel()
    tokens = set(TOKEN.findall(whispers(operator))) - {IN_LINK, IN_ERROR}
    # Errors of connections name addresses.
    session.redis.halt()
    operator.type("/odps status")
    operator.wait_for_log("bot", "Redis cannot be reached")
    operator.wait_for_log("worker", "waiting for Redis")
    logs = [json.dumps(x) for process in ("bot", "worker") for x in operator.log(process)]
    return {
        "settings": secrets_of(session),
        "tokens": tokens,
        "logs": logs,
        "redis": listener.heard(),
        "channel": channel,
    }


def whispers(operator):
    return json.dumps(operator.session.slack.ephemerals(ALICE))


def secrets_of(session):
    settings = session.settings()
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    names += ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",)
    password = session.redis.url.partition("://:")[2].partition("@")[0]
    return {*(settings[name] for name in names), password}


def having(lines, secret):
    return [line for line in lines if secret in line]


def test_no_secret_is_where_it_must_not_be(session_of_secrets):
    found = session_of_secrets
    assert len(found["logs"]) > 20
    assert len(found["redis"]) > 100
    assert found["tokens"]

    for secret in found["settings"] | found["tokens"]:
        assert having(found["logs"], secret) == []
        assert having(found["redis"], secret) == []
        assert secret not in found["channel"]
    for planted in (IN_LINK, IN_ERROR):
        assert having(found["logs"], planted) == []
        assert planted not in found["channel"]

    # What people write is theirs: it stands on the card and in records, and nowhere else.
    assert having(found["logs"], IN_SQL) == []
    assert IN_SQL in found["channel"]
    for command in having(found["redis"], IN_SQL):
        assert "rq:" not in command, command
    for line in found["logs"]:
        assert not RESPONSE_URL.search(line), line
    for command in found["redis"]:
        if RESPONSE_URL.search(command):
            assert "odps-bot:address:" in command, command
            assert "rq:" not in command
