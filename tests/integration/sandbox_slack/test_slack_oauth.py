"""Another workspace installs the app by OAuth."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackSandbox

ACME = "T0ACMECORP"
BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def slack(slack: SlackSandbox) -> SlackSandbox:
    slack.set_redirect_url(BACK)
    return slack


@pytest.fixture
def nobody(slack: SlackSandbox) -> WebClient:
    return WebClient(base_url=slack.api_url)


def page(slack: SlackSandbox, **asked: str) -> requests.Response:
    usual = {"client_id": slack.client_id, "scope": "chat:write", "state": "s1"}
    return requests.get(f"{slack.url}/oauth/v2/authorize", params={**usual, **asked}, timeout=30)


def decide(slack: SlackSandbox, decision: str, **asked: str) -> requests.Response:
    usual = {"client_id": slack.client_id, "state": "s1", "team": ACME, "decision": decision}
    address = f"{slack.url}/oauth/v2/authorize"
    return requests.post(address, data={**usual, **asked}, timeout=5, allow_redirects=False)


def sent_back(answer: requests.Response) -> dict[str, str]:
    assert answer.headers["Location"].startswith(BACK)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def redeem(slack: SlackSandbox, nobody: WebClient, code: str, **changes: str) -> Any:
    ours = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    return nobody.oauth_v2_access(code=code, **{**ours, **changes})


def test_the_consent_page_names_app_and_scopes(slack: SlackSandbox):
    shown = page(slack, state='"><script>')

    assert shown.status_code == 200
    assert "chat:write" in shown.text
    assert "<script>" not in shown.text


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "http://elsewhere/"}, "bad_redirect_uri"),
        ({"scope": "admin"}, "invalid_scope"),
    ],
)
def test_invalid_installation_requests_are_refused(
    slack: SlackSandbox, asked: dict[str, str], code: str
):
    refused = page(slack, **asked)

    assert (refused.status_code, refused.text.strip()) == (400, code)


def test_allowing_redirects_with_a_code_for_one_token(slack: SlackSandbox, nobody: WebClient):
    back = sent_back(decide(slack, "allow"))
    answer = redeem(slack, nobody, back["code"])

    assert back["state"] == "s1"
    assert answer["team"] == {"id": ACME, "name": "Acme"}
    who = WebClient(answer["access_token"], base_url=slack.api_url).auth_test()
    assert who["team_id"] == ACME
    with pytest.raises(SlackApiError, match="invalid_code"):
        redeem(slack, nobody, back["code"])


def test_cancelling_redirects_without_a_code(slack: SlackSandbox):
    assert sent_back(decide(slack, "cancel")) == {"error": "access_denied", "state": "s1"}


def test_a_code_needs_the_apps_secret(slack: SlackSandbox, nobody: WebClient):
    code = sent_back(decide(slack, "allow"))["code"]

    with pytest.raises(SlackApiError, match="bad_client_secret"):
        redeem(slack, nobody, code, client_secret="wrong")


def test_a_code_expires(slack: SlackSandbox, nobody: WebClient, clock: Any):
    code = sent_back(decide(slack, "allow"))["code"]

    clock.ahead = timedelta(minutes=11)

    with pytest.raises(SlackApiError, match="code_expired"):
        redeem(slack, nobody, code)


def test_a_token_is_revoked_on_uninstallation(slack: SlackSandbox, nobody: WebClient):
    token = redeem(slack, nobody, sent_back(decide(slack, "allow"))["code"])["access_token"]

    slack.uninstall(ACME)

    with pytest.raises(SlackApiError, match="invalid_auth"):
        WebClient(token, base_url=slack.api_url).auth_test()


def test_the_traffic_log_of_an_installation_has_no_secrets(slack: SlackSandbox, nobody: WebClient):
    answer = redeem(slack, nobody, sent_back(decide(slack, "allow"))["code"])
    client = WebClient(answer["access_token"], base_url=slack.api_url)
    client.apps_uninstall(client_id=slack.client_id, client_secret=slack.client_secret)

    seen = requests.get(f"{slack.url}/sandbox/traffic", timeout=30).text

    assert "apps.uninstall" in seen
    assert slack.client_secret not in seen
    assert answer["access_token"] not in seen
