"""What the bot hears where workspaces install it themselves, and where they do not."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from redis import Redis
from slack_bolt import App, BoltRequest
from slack_sdk.oauth.installation_store import Installation

from odps_bot.app import create_app
from odps_bot.bot import _endpoint
from odps_bot.commands import Request
from odps_bot.listeners.oauth import InstallPages
from odps_bot.listeners.respond import respond
from odps_bot.messages import Message
from odps_bot.operations.queue_statistics import read_queue_statistics
from odps_bot.sandbox.slack import SlackSandbox
from odps_bot.services import Services
from odps_bot.slack.errors import RateLimitedError
from odps_bot.store import keys
from odps_bot.store.connections import listener_redis
from odps_bot.store.rate_limits import UPDATE_LIMIT

Make = Callable[..., Services]
T1, ORGANISATION = "T1", "E1"
NOBODY = "redis://127.0.0.1:9"


@pytest.fixture
def services(redis: Redis, several: Make) -> Services:
    return several(redis)


@pytest.fixture
def app(services: Services) -> App:
    return create_app(services)


def install(services: Services, **facts: Any) -> None:
    usual = {"team_id": T1, "bot_token": "xoxb-one", "bot_user_id": "UBOT", "user_id": "U1"}
    assert services.slack.installations is not None
    services.slack.installations.save(Installation(**{**usual, **facts}))


def install_for_organisation(services: Services) -> None:
    install(services, team_id=None, enterprise_id=ORGANISATION, is_enterprise_install=True)


def hear_event(app: App, event: dict[str, Any], **body: Any) -> int:
    usual = {"type": "event_callback", "team_id": T1, "event_time": int(time.time())}
    # Bolt checks no signature of what comes by a socket.
    return app.dispatch(
        BoltRequest(body={**usual, **body, "event": event}, mode="socket_mode")
    ).status


def hear_command(app: App, text: str, **body: Any) -> Any:
    usual = {
        "command": "/odps",
        "text": text,
        "team_id": T1,
        "channel_id": "C1",
        "user_id": "U1",
        "trigger_id": "1.2",
        "response_url": "http://127.0.0.1:9/nowhere",
    }
    return app.dispatch(BoltRequest(body={**usual, **body}, mode="socket_mode"))


def test_a_bots_token_that_is_revoked_is_forgotten(app: App, services: Services, redis: Redis):
    install(services)

    status = hear_event(app, {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}})

    assert status == 200
    assert not redis.exists(keys.installation(T1))


def test_a_persons_token_that_is_revoked_changes_nothing(
    app: App, services: Services, redis: Redis
):
    install(services)

    hear_event(app, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}})

    assert redis.exists(keys.installation(T1))


def test_news_that_come_late_spare_what_was_installed_since(
    app: App, services: Services, redis: Redis
):
    install(services)

    hear_event(app, {"type": "app_uninstalled"}, event_time=int(time.time()) - 60)

    assert redis.exists(keys.installation(T1))


def test_an_organisation_takes_the_app_out_of_all_its_workspaces(
    app: App, services: Services, redis: Redis
):
    install_for_organisation(services)
    at_one = {"enterprise_id": ORGANISATION}

    hear_event(app, {"type": "app_uninstalled"}, **at_one)
    assert redis.exists(keys.installation(ORGANISATION))
    whole = {"enterprise_id": ORGANISATION, "is_enterprise_install": True}
    hear_event(app, {"type": "app_uninstalled"}, **whole)

    assert not redis.exists(keys.installation(ORGANISATION))


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["W1"]}}]
)
@pytest.mark.parametrize(
    "named",
    [
        {"enterprise_id": ORGANISATION},
        {"enterprise_id": ORGANISATION, "authorizations": []},
        {"enterprise_id": ORGANISATION, "is_enterprise_install": True},
        {"team_id": ORGANISATION, "enterprise_id": ORGANISATION},
        {"team_id": ORGANISATION},
    ],
)
def test_without_a_workspace_it_is_the_organisation_that_uninstalls_the_app(
    app: App, services: Services, redis: Redis, event: dict[str, Any], named: dict[str, Any]
):
    install(services)
    install_for_organisation(services)

    hear_event(app, event, **({"team_id": None} | named))

    assert not redis.exists(keys.installation(ORGANISATION))
    assert redis.exists(keys.installation(T1))


def test_what_an_external_persons_payload_names_changes_no_workspaces_organisation(
    several: Make, redis: Redis
):
    services = several(redis, ODPS_BOT_SLACK_TEAMS=f"{ORGANISATION},E9")
    app = create_app(services)
    install_for_organisation(services)
    install(services, team_id=None, enterprise_id="E9", is_enterprise_install=True, bot_token="x9")
    assert "/odps run" in hear_command(app, "help", team_id="T7", enterprise_id=ORGANISATION).body

    # A modal that an external person submits names their organisation.
    hear_command(app, "help", team_id="T7", enterprise_id="E9")

    assert services.of_team("T7").slack.gateway._client.token == "xoxb-one"


def test_a_workspace_of_an_organisation_is_heard_and_spoken_to_by_its_token(
    app: App, services: Services
):
    install_for_organisation(services)

    answer = hear_command(app, "help", team_id="T7", enterprise_id=ORGANISATION)

    assert "/odps run" in answer.body
    assert services.of_team("T7").slack.gateway._client.token == "xoxb-one"


def test_workspaces_do_not_share_the_limits_of_slack(services: Services):
    install(services)
    install_for_organisation(services)
    one, other = (services.of_team(team).slack.gateway for team in (T1, "T7"))
    services.stores.rate_limiter.pause(UPDATE_LIMIT.of_team(T1), timedelta(minutes=1))

    with pytest.raises(RateLimitedError), one.turn_to_update("C1"):
        pass
    with other.turn_to_update("C1"):
        pass
    assert read_queue_statistics(services).rate_limits["updates"] == 0


def test_with_redis_gone_the_person_is_told_so(several: Make):
    app = create_app(several(listener_redis(NOBODY)))

    answer = hear_command(app, "status")

    assert "Redis" in answer.body
    assert "no longer available" in hear_command(app, "x", team_id="T9", response_url=None).body


@pytest.mark.parametrize("response_url", ["", "/response/expired"])
def test_with_redis_gone_nobody_is_spoken_to_without_a_token(
    several: Make, slack: SlackSandbox, response_url: str
):
    services = several(listener_redis(NOBODY))
    url = f"{slack.url}{response_url}" if response_url else ""
    request = Request(team_id=T1, channel_id="C1", user_id="U1", trigger_id="1.2", response_url=url)

    respond(Message("I can't reach my database."), request, services)

    methods = {entry["method"] for entry in slack.traffic()}
    assert methods <= {"response_url"}


def test_without_redis_news_of_an_uninstallation_are_delivered_again(several: Make):
    app = create_app(several(listener_redis(NOBODY)))

    assert hear_event(app, {"type": "app_uninstalled"}) == 503


@pytest.mark.parametrize("path", ["/slack/install", "/slack/oauth_redirect"])
def test_with_one_workspace_by_its_token_no_page_answers_and_nothing_is_written(
    path: str, redis: Redis, single: Services
):
    statuses: list[str] = []
    endpoint = _endpoint(create_app(single), single)

    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": "code=1&state=2"}
    setup_testing_defaults(environ)
    b"".join(endpoint(environ, lambda status, _headers, _=None: statuses.append(status)))  # type: ignore[arg-type,return-value]

    assert statuses == ["404 Not Found"]
    assert redis.keys() == []


def test_with_one_workspace_by_its_token_everybody_is_spoken_to_by_it(single: Services):
    assert single.of_team("T9") is single
    assert single.of_every_team() == [single]
    with pytest.raises(ValueError, match="OAuth is not configured"):
        InstallPages(lambda *_: [], single, scopes=[])


@pytest.fixture
def single(redis: Redis, slack: SlackSandbox, several: Make) -> Services:
    return several(
        redis,
        SLACK_BOT_TOKEN=slack.bot_token,
        SLACK_CLIENT_ID="",
        SLACK_CLIENT_SECRET="",
        ODPS_BOT_SLACK_TEAMS="",
        ODPS_BOT_ENCRYPTION_KEYS="",
    )
