"""The processes as an operator sees them: their logs, their health, how they end."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.session import Session
from tests.patience import SLACK_WAITS

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PATIENCE_S = 30

#: Rights have tests of their own.
EVERYBODY_MAY = Path(__file__).parents[1] / "everybody-may.toml"

HEALTH = re.compile(r"Serving /healthz, /readyz and /metrics at (http://[\d.:]+)")


@dataclass
class Operator:
    """Somebody who looks after the processes of a sandbox."""

    session: Session
    logs: Path

    def log(self, process: str) -> list[dict[str, Any]]:
        """Return the lines that the processes of this kind have logged, each an object."""
        file = self.logs / f"{process}.log"
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        # The last line may be half written.
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def ask(self, process: str, path: str) -> tuple[int, str]:
        """Ask the newest process of this kind how it is."""
        address = self.wait(lambda: self._address(process))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(address + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def type(self, text: str) -> str:
        """Type a command as Alice; return what she sees at once."""
        delivery = self.session.slack.say(ALICE, CHANNEL, text)
        assert delivery.ok, delivery
        return (delivery.ack or {}).get("text", "")

    def channel(self) -> str:
        """Return all that the channel shows to everybody."""
        messages = self.session.slack.messages(CHANNEL, include_ephemeral=False)
        threads = [self.session.slack.thread(CHANNEL, message["ts"]) for message in messages]
        return json.dumps([messages, threads], ensure_ascii=False)

    def wait(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.05)
        pytest.fail(f"it did not come true in time: {self.channel()}")

    def wait_for_log(self, process: str, words: str) -> None:
        self.wait(lambda: any(words in line["message"] for line in self.log(process)))

    def wait_for_metrics(self, process: str, *samples: str) -> str:
        """Wait until the newest process of this kind tells these samples; return all it tells."""

        def told() -> str | None:
            said = self.ask(process, "/metrics")[1]
            return said if all(sample in said for sample in samples) else None

        return str(self.wait(told))

    def end(self, process: OwnedProcess) -> int:
        """Tell a process to stop; return its exit status."""
        process.terminate()
        return process.wait(PATIENCE_S)

    def _address(self, process: str) -> str | None:
        found = [HEALTH.search(line["message"]) for line in self.log(process)]
        addresses = [match[1] for match in found if match]
        return addresses[-1] if addresses else None


@pytest.fixture(params=["socket"])
def slack_mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def operator(slack_mode: Any, tmp_path: Path) -> Iterator[Operator]:
    """An operator of a bot and a worker, which log as JSON and tell how they are."""
    session = Session(
        ack_timeout=SLACK_WAITS,
        slack_mode=slack_mode,
        timing=Timing.of(timedelta(seconds=1)),
        orders_rows=1_000,
        environ={
            "ODPS_BOT_RULES": str(EVERYBODY_MAY),
            "ODPS_BOT_LOG_FORMAT": "json",
            "ODPS_BOT_LOG_LEVEL": "DEBUG",
            "ODPS_BOT_HEALTH_LISTEN": "127.0.0.1:0",
        },
        logs=tmp_path,
    )
    with session:
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield Operator(session, tmp_path)
