"""The Redis of docs/operating.md, as a real server understands it and the doctor likes it."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from odps_bot.config.settings import Settings
from odps_bot.operations.doctor import Verdict
from odps_bot.operations.doctor.redis_checks import check_redis
from odps_bot.sandbox.redis import find_server

ROOT = Path(__file__).parents[3]
PAGE = ROOT.joinpath("docs/operating.md").read_text()
DEADLINE_S = 30


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    """The socket of a server that is set up as the page says."""
    [lines] = re.findall(r"One of your own needs\n\n```text\n(.+?)```", PAGE, re.DOTALL)
    configuration, socket = tmp_path / "redis.conf", tmp_path / "redis.sock"
    configuration.write_text(f"{lines}\nport 0\nunixsocket {socket}\ndir {tmp_path}\n")
    server = subprocess.Popen([find_server(), str(configuration)], stdout=subprocess.DEVNULL)
    try:
        with Redis(unix_socket_path=str(socket), password="CHANGE-ME") as client:
            wait_for(client)
            [user] = re.findall(r"^ +ACL (SETUSER odps-bot on .+)$", PAGE, re.MULTILINE)
            client.execute_command("ACL", *user.split())
        yield socket
    finally:
        server.terminate()
        server.wait(DEADLINE_S)


def wait_for(client: Redis) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            client.ping()
        except RedisError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the server does not answer")


@pytest.mark.parametrize("who", [":CHANGE-ME", "odps-bot:PASSWORD"])
def test_the_doctor_finds_nothing_to_mend(socket: Path, who: str) -> None:
    url = f"unix://{who}@{socket}"
    settings = Settings.from_environ(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "REDIS_URL": url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
            "ODPS_ENDPOINT": "http://127.0.0.1:9/api",
            "ODPS_PROJECTS": "sandbox",
        }
    )

    with Redis.from_url(url) as client:
        found = list(check_redis(client, settings))

    # How busy this machine is is no matter of the page.
    judged = [one for one in found if one.subject not in {"redis latency", "redis memory"}]
    assert [one for one in judged if one.verdict is not Verdict.OK] == []
    assert len(judged) >= 6
