"""A Redis that lets the bot do what it needs, and nothing else."""

from datetime import timedelta

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

from .conftest import EVERYBODY_MAY, Operator
from .test_doctor_command import doctor

#: As docs/operating.md has it.
ACL = "on >pa55-of-the-bot ~odps-bot:* ~rq:* resetchannels &rq:* +@all -@dangerous +info"


@pytest.fixture
def operator(tmp_path):
    """An operator of processes that use Redis by an ACL user of their own."""
    session = Session(
        ack_timeout=SLACK_WAITS,
        timing=Timing.of(timedelta(seconds=1)),
        orders_rows=1_000,
        environ={"ODPS_BOT_RULES": str(EVERYBODY_MAY), "ODPS_BOT_LOG_FORMAT": "json"},
        logs=tmp_path,
    )
    with session:
        with Redis.from_url(session.redis.url) as admin:
            admin.execute_command("ACL", "SETUSER", "odps-bot", *ACL.split())
        path = session.redis.url.partition("@")[2]
        url = f"unix://odps-bot:pa55-of-the-bot@{path}"
        session.environ = {**session.environ, "REDIS_URL": url}
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield Operator(session, tmp_path)


def test_a_run_and_an_examination_need_no_more(operator):
    operator.type("/odps run select 1 as one")
    operator.wait(lambda: "succeeded" in operator.channel())
    said = doctor(operator.session.settings())
    statuses = [operator.end(p) for p in (operator.session.bot, operator.session.workers.pop())]

    assert said.returncode == 0, said.stdout
    assert statuses == [0, 0]
    for process in ("bot", "worker"):
        troubles = [x for x in operator.log(process) if x["level"] in {"ERROR", "CRITICAL"}]
        assert troubles == []
        assert not any("NOPERM" in str(line) for line in operator.log(process))


def test_the_user_reaches_neither_other_keys_nor_what_is_dangerous(operator):
    with Redis.from_url(operator.session.settings()["REDIS_URL"]) as client:
        for command in (["GET", "other"], ["FLUSHALL"], ["CONFIG", "GET", "*"], ["ACL", "LIST"]):
            with pytest.raises(NoPermissionError):
                client.execute_command(*command)
