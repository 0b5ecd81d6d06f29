"""A bot that several workspaces may install, and a worker that tells them what they asked."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from redis import Redis
from waitress.server import create_server

from odps_bot.app import create_app
from odps_bot.config.rules import Role, Rules
from odps_bot.config.settings import Settings
from odps_bot.listeners.http_delivery import PATH, SlackEndpoint
from odps_bot.listeners.oauth import INSTALL_PATH, REDIRECT_PATH, InstallPages
from odps_bot.manifest import SCOPES, manifest
from odps_bot.sandbox.slack import SlackApp, SlackSandbox
from odps_bot.services import Services
from tests.patience import SLACK_WAITS

NOWHERE = "http://127.0.0.1:9"
ACME = "T0ACMECORP"


@dataclass
class Browser:
    """Somebody's browser: it keeps its cookies, and follows no link by itself."""

    slack: SlackSandbox
    address: str

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def begin(self) -> str:
        """Open the first page; return the address of Slack's."""
        page = self.session.get(self.address + INSTALL_PATH, timeout=30)
        assert page.status_code == 200
        assert "Secure" in page.headers["Set-Cookie"]
        [address] = re.findall(r'href="(http[^"]+)"', page.text)
        return address.replace("&amp;", "&")

    def decide(self, slack_page: str, decision: str = "allow", team: str = ACME) -> str:
        """Click a button on Slack's page; return where it leads."""
        shown = self.session.get(slack_page, timeout=30)
        assert shown.status_code == 200, shown.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)">', shown.text.split("<select")[0]))
        answer = self.session.post(
            slack_page,
            data={**fields, "team": team, "decision": decision},
            allow_redirects=False,
            timeout=30,
        )
        return answer.headers["Location"]

    def come_back(self, address: str) -> requests.Response:
        """Follow the way back; without TLS here, cookies for https are sent over http too."""
        cookies = {cookie.name: cookie.value for cookie in self.session.cookies}
        return self.session.get(
            address,
            headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
            timeout=30,
        )

    def install(self, **choice: str) -> requests.Response:
        """Go all the way."""
        return self.come_back(self.decide(self.begin(), **choice))


@dataclass
class Office:
    """A Slack with two workspaces, a bot, and what each has heard."""

    slack: SlackSandbox
    services: Services
    redis: Redis
    address: str

    def browser(self) -> Browser:
        return Browser(self.slack, self.address)

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the calls of a method, with the workspaces whose tokens they carried."""
        return [entry for entry in self.slack.traffic() if entry["method"] == method]


@pytest.fixture
def make_office(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Office]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    ends: list[Callable[[], None]] = []

    def make(*, teams: str = ACME, **environ: str) -> Office:
        app = SlackApp.from_manifest(manifest())
        slack = SlackSandbox(
            app=replace(app, events=(*app.events, "app_uninstalled", "tokens_revoked")),
            delivery="http",
            ack_timeout=SLACK_WAITS,
            event_retries=(timedelta(milliseconds=50),) * 3,
            limits_enabled=False,
        ).start()
        ends.append(slack.stop)
        services = make_services(slack, redis, ODPS_BOT_SLACK_TEAMS=teams, **environ)
        endpoint = SlackEndpoint(create_app(services))
        pages = InstallPages(endpoint, services, scopes=list(SCOPES))
        server = create_server(pages, host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.effective_port}"
        slack.set_request_url(address + PATH)
        slack.set_redirect_url(address + REDIRECT_PATH)

        def end() -> None:
            server.task_dispatcher.shutdown(timeout=5)
            server.trigger.pull_trigger(server.close)
            thread.join(5)

        ends.append(end)
        return Office(slack, services, redis, address)

    yield make
    for end in ends:
        end()


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSandbox]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with SlackSandbox(limits_enabled=False) as server:
        yield server


@pytest.fixture
def several(slack: SlackSandbox) -> Callable[..., Services]:
    """Return a function that makes services for T1 and the organisation E1, around a Redis."""

    def make(redis: Redis, **environ: str) -> Services:
        return make_services(slack, redis, **{"ODPS_BOT_SLACK_TEAMS": "T1,E1", **environ})

    return make


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


def make_services(slack: SlackSandbox, redis: Redis, **environ: str) -> Services:
    usual = {
        "SLACK_CLIENT_ID": slack.client_id,
        "SLACK_CLIENT_SECRET": slack.client_secret,
        "ODPS_BOT_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ODPS_BOT_SLACK_MODE": "http",
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "REDIS_URL": "redis://given-below",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "key",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "ODPS_ENDPOINT": f"{NOWHERE}/api",
        "ODPS_PROJECTS": "sandbox",
    }
    built = Services.from_settings(Settings.from_environ({**usual, **environ}), redis=redis)
    return replace(built, rules=Rules(default_role=Role.ADMIN))
