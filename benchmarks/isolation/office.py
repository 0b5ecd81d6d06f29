"""The office: a bot, one worker, three MaxCompute endpoints, and a Slack with many channels."""

import contextlib
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.isolation.files_endpoint import PROJECT as FILES
from benchmarks.world.processes import stand_in
from odps_bot.config.settings import Settings
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing
from odps_bot.sandbox.session import Session
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.services import Services
from odps_bot.store.connections import worker_redis

PEOPLE = ("U0ALICE", "U0BOB", "U0CAROL")

#: The project of those who are measured, and the one whose endpoint stops answering.
HEALTHY, FAR = "sandbox", "far"

#: A person's statement has its number in it, by which its card and its instance are found.
_NUMBER = re.compile(r"select (\d{7})\b")

_SETTINGS = """\
[roles]
default = "admin"

[projects.{files}]
endpoint = "{files_url}/api"

[projects.{far}]
endpoint = "{far_endpoint}"
"""


@dataclass(frozen=True, kw_only=True)
class Office:
    """All servers and processes."""

    session: Session
    far: MaxComputeSandbox
    services: Services  #: of this process, for what is arranged without Slack

    @property
    def slack(self) -> SlackSandbox:
        """The one Slack."""
        return self.session.slack

    def card(self, channel: str, number: int) -> dict[str, Any] | None:
        """Return the card of a person's statement, or None when Slack has not seen it."""
        found = self.cards(channel)
        return found.get(number)

    def cards(self, channel: str) -> dict[int, dict[str, Any]]:
        """Return the cards in a channel by the numbers of their statements."""
        found = {}
        for message in self.slack.messages(channel):
            is_root = message.get("thread_ts", message["ts"]) == message["ts"]
            if message.get("bot_id") and is_root and (number := number_in(json.dumps(message))):
                found[number] = message
        return found

    def completion(self, channel: str, card: dict[str, Any]) -> dict[str, Any] | None:
        """Return the reply that mentions the requester, or None."""
        replies = self.slack.thread(channel, card["ts"])
        return next((one for one in replies if "<@" in one["text"]), None)

    def click(self, channel: str, message: dict[str, Any], action_id: str) -> None:
        """Click a button of a message. Raises RuntimeError when that is not acknowledged."""
        delivery = self.slack.click(PEOPLE[0], channel, message["ts"], action_id)
        if not delivery.ok:
            raise RuntimeError(f"the click on {action_id} failed: {delivery.error}")


def number_in(text: str) -> int | None:
    """Return the number of a person's statement."""
    found = _NUMBER.search(text)
    return int(found[1]) if found else None


def wait_for(condition: Callable[[], object], *, within_s: float, what: str) -> None:
    """Return when it holds. Raises TimeoutError."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"{what} after {within_s:g} s")
        time.sleep(0.1)


@contextlib.contextmanager
def open_office(*, file_rows: int, logs: Path | None) -> Iterator[Office]:
    """Start everything, and wait until Slack reaches the bot."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stand_in("benchmarks.isolation.files_endpoint", str(file_rows)) as files_url,
        MaxComputeSandbox(projects=(FAR,), orders_rows=1_000) as far,
    ):
        rules = Path(folder) / "odps-bot.toml"
        rules.write_text(
            _SETTINGS.format(files=FILES, files_url=files_url, far=FAR, far_endpoint=far.endpoint)
        )
        environ = {
            "ODPS_BOT_RULES": str(rules),
            "ODPS_PROJECTS": f"{HEALTHY},{FILES},{FAR}",
            "ODPS_BOT_LOG_LEVEL": "WARNING",
        }
        session = Session(
            timing=Timing.of(timedelta(seconds=1)),
            orders_rows=1_000,
            environ=environ,
            logs=logs or Path(folder),
        )
        with session:
            session.start_bot()
            session.start_worker()
            session.wait_until_ready()
            read = Settings.from_environ({**session.settings(), "NO_PROXY": "127.0.0.1"})
            services = Services.from_settings(read, redis=worker_redis(read.redis_url))
            yield Office(session=session, far=far, services=services)
