"""Drive the bot and a worker through local-slack.

`python -m tests.conformance.foreign_slack CHECKOUT` prints one line a step, for both transports;
the exit status is 1 when a step failed.
"""

import argparse
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from odps_bot.sandbox.session import EVENTS_PATH, Session

from .emulator import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, ForeignSlack

MODES: tuple[Literal["socket", "http"], ...] = ("socket", "http")
SLOW = "run --hint sandbox.duration=60 select count(*) from orders where ds >= '2026100{}'"


class Trial:
    """The steps in their order; each waits for what a person sees."""

    def __init__(self, slack: ForeignSlack) -> None:
        self.slack = slack

    def steps(self) -> tuple[Callable[[], Any], ...]:
        """Return the steps; a later one builds on those before it."""
        return (
            self.help,
            self.run,
            self.status,
            self.logview,
            self.list,
            self.stop_by_button,
            self.stop_by_command,
            self.mention,
            self.mention_in_a_thread,
            self.modal,
            self.home,
        )

    def help(self) -> None:
        self.slack.command("help")
        self._see("odps run", "explains one of them")

    def run(self) -> None:
        self.slack.command("run select 42 as answer")
        self._see("Succeeded", "answer")
        self.slack.wait_until(
            lambda: any(m.get("thread_ts") and '"42"' in json.dumps(m) for m in self._all())
        )

    def status(self) -> None:
        self.slack.command("status r1")
        self._see("ephemeral", "Succeeded", "r1")

    def logview(self) -> None:
        self.slack.command("logview r1")
        self._see("ephemeral", "/logview/?h=")

    def list(self) -> None:
        self.slack.command("list")
        self._see("active runs*: none")

    def stop_by_button(self) -> None:
        self.slack.command(SLOW.format(1))
        card = self._see("M1_", "stop_run")
        self.slack.click(card, "stop_run")
        self._see("Stopped", "r2")

    def stop_by_command(self) -> None:
        self.slack.command(SLOW.format(2))
        self._see("M1_", "stop_run")
        self.slack.command("stop r3")
        self._see("Stopped", "r3")

    def mention(self) -> None:
        self.slack.say("<@U0FOREIGN> run select 7 as seven")
        self._see("Succeeded", "seven")

    def mention_in_a_thread(self) -> None:
        root = self.slack.say("How is it going?")["ts"]
        self.slack.say("<@U0FOREIGN> status r1", thread_ts=root)
        self.slack.wait_until(
            lambda: any(m.get("thread_ts") == root and m.get("bot_id") for m in self._all())
        )

    def modal(self) -> None:
        self.slack.command("run")
        view = self.slack.wait_until(self.slack.modal)
        elements = {
            block["block_id"]: block["element"] for block in view["blocks"] if "element" in block
        }
        project = elements["project"]
        self.slack.submit(
            {
                "sql": _given("sql", "plain_text_input", value="select 11 as eleven"),
                "project": _given(
                    "project", project["type"], selected_option=project["initial_option"]
                ),
            }
        )
        self._see("Succeeded", "eleven")

    def home(self) -> None:
        self.slack.open_home()
        self.slack.wait_until(lambda: "My recent runs" in json.dumps(self.slack.home()))

    def _all(self) -> Any:
        return self.slack.messages()

    def _see(self, *words: str) -> Any:
        def find() -> Any:
            return next(
                (m for m in self._all() if all(word in json.dumps(m) for word in words)), None
            )

        return self.slack.wait_until(find)


def _given(action_id: str, kind: str, **value: Any) -> dict[str, Any]:
    return {action_id: {"type": kind, **value}}


def try_transport(mode: Literal["socket", "http"], checkout: Path, bun: str, logs: Path) -> int:
    """Run all steps over one transport and return how many failed."""
    logs.mkdir(exist_ok=True)
    session = Session(slack_mode=mode, logs=logs)
    foreign = ForeignSlack(
        checkout, bun, delivers_by=mode, request_url=f"http://{session.bot_address}{EVENTS_PATH}"
    )
    session.environ = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{foreign.url}/api/",
    }
    failures = 0
    with session, foreign.start(logs):
        session.start_bot()
        session.start_worker()
        foreign.wait_until(lambda: _is_reachable(session, foreign))
        for step in Trial(foreign).steps():
            try:
                step()
                outcome = "ok"
            except TimeoutError as error:
                failures += 1
                outcome = f"FAILED: {error}"
            _print(f"{mode:<7} {step.__name__.replace('_', ' '):<20} {outcome}")
    return failures


def _is_reachable(session: Session, foreign: ForeignSlack) -> bool:
    if session.slack_mode == "socket":
        return foreign.is_connected()
    host, port = session.bot_address.split(":")
    socket.create_connection((host, int(port)), timeout=1).close()
    return True


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Try both transports."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.foreign_slack")
    parser.add_argument("checkout", type=Path, help="a checkout of local-slack, `bun install` done")
    parser.add_argument("--bun", default=shutil.which("bun") or "bun", help="where Bun is")
    parser.add_argument(
        "--logs", type=Path, default=Path(tempfile.mkdtemp(prefix="foreign-slack-"))
    )
    given = parser.parse_args()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    given.logs.mkdir(parents=True, exist_ok=True)
    failures = sum(
        try_transport(mode, given.checkout, given.bun, given.logs / mode) for mode in MODES
    )
    _print(f"logs in {given.logs}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
