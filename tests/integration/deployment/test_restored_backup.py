"""A backup of Redis, restored as docs/operating.md tells: nothing runs again, and all goes on."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session

PAGE = Path(__file__).parents[3] / "docs/operating.md"
CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PATIENCE_S = 30


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    data = tmp_path / "redis"
    with Session(
        timing=Timing.of(timedelta(milliseconds=200)), orders_rows=1_000, data=data
    ) as session:
        session.start_bot()
        session.wait_until_ready()
        yield session


def ask(session: Session, word: str) -> None:
    assert session.slack.say(ALICE, CHANNEL, f"/odps run select '{word}' as word").ok


def replies(session: Session, word: str) -> int:
    """Return how often the end of a run was told."""
    cards = session.slack.messages(CHANNEL, include_ephemeral=False)
    threads: list[Any] = [session.slack.thread(CHANNEL, card["ts"]) for card in cards]
    ours = [thread for thread in threads if word in json.dumps(thread)]
    return sum(f"<@{ALICE}>" in json.dumps(reply) for thread in ours for reply in thread)


def executions(session: Session, word: str) -> int:
    return sum(word in instance.sql for instance in session.maxcompute.instances())


def wait(session: Session, condition: Callable[[], Any]) -> None:
    session.slack.wait_until(condition, PATIENCE_S)


def test_what_was_asked_before_the_backup_is_neither_run_nor_told_again(session: Session) -> None:
    assert session.data
    backup = session.data.with_name("backup")
    ask(session, "before")
    session.redis.halt()
    shutil.copytree(session.data, backup)
    session.redis.start()
    worker = session.start_worker()
    wait(session, lambda: replies(session, "before") == 1)
    worker.end()
    session.workers.remove(worker)

    session.redis.halt()
    shutil.rmtree(session.data)
    shutil.move(backup, session.data)
    session.redis.start()
    [script] = re.findall(r'redis-cli EVAL "([^"]+)" 0$', PAGE.read_text(), re.MULTILINE)
    with Redis.from_url(session.redis.url) as client:
        client.eval(script, 0)
    session.start_worker()
    ask(session, "after")
    wait(session, lambda: replies(session, "after") == 1)

    assert executions(session, "before") == executions(session, "after") == 1
    assert replies(session, "before") == 1
