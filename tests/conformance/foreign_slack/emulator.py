"""local-slack (https://github.com/parvalabs/local-slack), run by Bun from a checkout."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import websocket

from odps_bot.sandbox.ports import free_port

_Result = TypeVar("_Result")

CHANNEL, ALICE, BOB, BOT = "C0GENERAL1", "U0ALICE", "U0BOB", "U0FOREIGN"
BOT_TOKEN, APP_TOKEN = "xoxb-1-foreign-bot", "xapp-1-A0FOREIGN-foreign"
SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
PATIENCE_SECONDS = 30.0

Message = dict[str, Any]


class ForeignSlack:
    """The emulator as a process, and what people do there."""

    def __init__(self, checkout: Path, bun: str, *, delivers_by: str, request_url: str) -> None:
        """Prepare `delivers_by` (`socket` or `http`) on a free port."""
        self._checkout, self._bun = checkout, bun
        self._port = free_port()
        self._config = _config(delivers_by, request_url)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    def start(self, folder: Path) -> Self:
        """Write the configuration and the log into `folder`, start, and wait until it answers."""
        config = folder / "foreign.json"
        config.write_text(json.dumps(self._config))
        arguments = ["--config", str(config), "--port", str(self._port), "--base-host", "127.0.0.1"]
        with (folder / "foreign.log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._bun, "src/cli.ts", *arguments],
                cwd=self._checkout / "server",
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until(lambda: self._get("/_control/state"))
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def command(self, text: str, *, user: str = ALICE) -> None:
        """Type `/odps` and this."""
        where = {"channel": CHANNEL, "user": user}
        self._post("/_control/command", {**where, "command": "/odps", "text": text})

    def say(self, text: str, *, channel: str = CHANNEL, thread_ts: str | None = None) -> Message:
        """Send a message as Bob."""
        body = {"channel": channel, "user": BOB, "text": text, "thread_ts": thread_ts}
        message: Message = self._post("/_control/message", body)["message"]
        return message

    def click(self, message: Message, action_id: str) -> None:
        """Use a button of a message as Alice."""
        block, element = next(
            (block, element)
            for block in message["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == action_id
        )
        action = {**element, "block_id": block.get("block_id")}
        where = {"channel": CHANNEL, "messageTs": message["ts"], "user": ALICE}
        self._post("/_control/interact", {**where, "action": action})

    def open_home(self) -> None:
        """Open the App Home as Alice."""
        self._post("/_control/open-home", {"user": ALICE})

    def submit(self, values: dict[str, dict[str, Any]]) -> None:
        """Submit the modal as Alice."""
        with self._page() as page:
            page.send(json.dumps({"t": "view_submit", "user": ALICE, "values": values}))
            self.wait_until(lambda: not self.modal())

    def messages(self, channel: str = CHANNEL) -> list[Message]:
        """Return all messages of a channel, oldest first, ephemeral ones too."""
        messages: list[Message] = self._get(f"/_control/messages/{channel}")["messages"]
        return messages

    def modal(self) -> dict[str, Any] | None:
        """Return the view that is open, if one is."""
        stack: list[dict[str, Any]] = self._snapshot()["modalStack"]
        return stack[-1] if stack else None

    def home(self) -> Any:
        """Return the App Home that was published for Alice."""
        return self._snapshot()["homeViews"].get(ALICE)

    def is_connected(self) -> bool:
        """Return whether the bot is connected by Socket Mode."""
        return bool(self._snapshot()["apps"][0]["connected"])

    def wait_until(self, predicate: Callable[[], _Result | None]) -> _Result:
        """Wait until `predicate` is true and return what it returned. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if result := predicate():
                    return result
            except (urllib.error.URLError, ConnectionError):
                pass  # it has not started yet
            time.sleep(0.2)
        raise TimeoutError(f"not within {PATIENCE_SECONDS:g} seconds")

    @contextmanager
    def _page(self) -> Iterator[websocket.WebSocket]:
        address = f"ws://127.0.0.1:{self._port}/ui"
        with closing(websocket.create_connection(address, timeout=10)) as page:
            yield page

    def _snapshot(self) -> dict[str, Any]:
        with self._page() as page:
            told: dict[str, Any] = json.loads(page.recv())
        state: dict[str, Any] = told.get("state", told)
        return state

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), headers=headers
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


def _config(delivers_by: str, request_url: str) -> dict[str, Any]:
    people = ((ALICE, "alice"), (BOB, "bob"))
    return {
        "workspace": {"name": "Foreign", "domain": "foreign", "teamId": "T0FOREIGN"},
        "app": {
            "appId": "A0FOREIGN",
            "botUserId": BOT,
            "botName": "odps",
            "botToken": BOT_TOKEN,
            "appToken": APP_TOKEN,
            "signingSecret": SIGNING_SECRET,
            "mode": "socket" if delivers_by == "socket" else "events",
            "requestUrl": request_url,
        },
        "users": [{"id": user, "name": name, "real_name": name.title()} for user, name in people],
        "channels": [{"id": CHANNEL, "name": "general", "members": [ALICE, BOB, BOT]}],
    }
