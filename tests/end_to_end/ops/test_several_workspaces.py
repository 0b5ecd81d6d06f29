"""A workspace installs the app in a browser; bot and worker serve it until it takes the app out."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import Page, expect

from odps_bot.manifest import manifest
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import EVENTS_PATH, Session
from odps_bot.sandbox.slack import SlackApp, SlackSandbox
from tests.patience import SLACK_WAITS

ACME, DANA, SHARED = "T0ACMECORP", "U0DANA", "C0SHAREDAC"
ALICE = "U0ALICE"
PATIENCE_S = 30


class Installable(Session):
    """A sandbox whose bot has no token: workspaces install it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        app = SlackApp.from_manifest(manifest())
        self.slack = SlackSandbox(
            app=replace(app, events=(*app.events, "app_uninstalled", "tokens_revoked")),
            delivery="http",
            ack_timeout=SLACK_WAITS,
            request_url=f"http://{self.bot_address}{EVENTS_PATH}",
        )

    def settings(self) -> dict[str, str]:
        """Return the settings that `docs/operating.md` names for several workspaces."""
        return {
            **super().settings(),
            "SLACK_BOT_TOKEN": "",
            "SLACK_APP_TOKEN": "",
            "SLACK_CLIENT_ID": self.slack.client_id,
            "SLACK_CLIENT_SECRET": self.slack.client_secret,
            "ODPS_BOT_SLACK_TEAMS": ACME,
        }


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    everybody_may = Path(__file__).parents[1] / "everybody-may.toml"
    sandbox = Installable(
        slack_mode="http",
        timing=Timing.of(timedelta(milliseconds=500)),
        orders_rows=1_000,
        environ={
            "ODPS_BOT_RULES": str(everybody_may),
            "ODPS_BOT_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        },
        logs=tmp_path,
    )
    with sandbox:
        sandbox.slack.set_redirect_url(f"http://{sandbox.bot_address}/slack/oauth_redirect")
        sandbox.start_bot()
        sandbox.start_worker()
        sandbox.wait_until_ready()
        yield sandbox


def install(page: Page, session: Session) -> None:
    page.goto(f"http://{session.bot_address}/slack/install")
    page.get_by_role("link").click()
    page.get_by_role("combobox").select_option(ACME)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Thank you")).to_be_visible()


def channel(session: Session) -> str:
    messages = session.slack.messages(SHARED, include_ephemeral=False)
    threads = [session.slack.thread(SHARED, message["ts"]) for message in messages]
    return json.dumps([messages, threads])


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def run(session: Session, user: str, sql: str) -> None:
    session.slack.say(user, SHARED, f"/odps run {sql}")


def log_of(process: str, folder: Path) -> str:
    return folder.joinpath(f"{process}.log").read_text()


def test_a_workspace_is_served_from_its_installation_to_its_end(
    page: Page, session: Session, tmp_path: Path
) -> None:
    install(page, session)
    run(session, DANA, "select count(*) as flowers from pyodps_iris")
    wait_for(lambda: "150" in channel(session))

    posted = [entry for entry in session.slack.traffic() if entry["method"] == "chat.postMessage"]
    assert {entry["team_id"] for entry in posted} == {ACME}

    run(session, ALICE, "select 2 as from_a_workspace_without_the_app")
    run(session, DANA, "select 4 * 1000 + 711 as sum")
    wait_for(lambda: "4,711" in channel(session))

    assert "without_the_app" not in channel(session)
    assert len(session.maxcompute.instances()) == 2

    session.slack.uninstall(ACME)
    wait_for(lambda: f"uninstalled from {ACME}" in log_of("bot", tmp_path))
    run(session, DANA, "select 4 as after_the_end")

    assert "after_the_end" not in channel(session)
    assert len(session.maxcompute.instances()) == 2
    sealed = (session.slack.client_secret, session.environ["ODPS_BOT_ENCRYPTION_KEYS"], "xoxb-")
    logs = log_of("bot", tmp_path) + log_of("worker", tmp_path)
    assert [secret for secret in sealed if secret in logs] == []
