"""A workspace installs the app, is served by its own token, and takes it out again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from redis import Redis

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Run
from odps_bot.store import keys
from workers.delivery.deliver import deliver_all
from workers.submission.submit import submit

ACME, DANA, ALICE = "T0ACMECORP", "U0DANA", "U0ALICE"
SHARED = "C0SHAREDAC"
Make = Callable[..., Any]


def say(office: Any, text: str, user: str = DANA) -> Any:
    return office.slack.say(user, SHARED, text)


def told_by(office: Any, method: str) -> set[str]:
    return {call.get("team_id", "") for call in office.calls(method) if call["ok"]}


def test_a_workspace_installs_the_app(office: Any, redis: Redis):
    answer = office.browser().install()

    assert answer.status_code == 200
    assert "Thank you" in answer.text
    assert redis.exists(keys.installation(ACME))
    assert office.services.slack.installations.of_workspace(ACME).bot_token.startswith("xoxb-")


def test_the_app_asks_for_what_the_manifest_says_and_no_more(office: Any):
    asked = parse_qs(urlsplit(office.browser().begin()).query)

    assert "chat:write" in asked["scope"][0].split(",")
    assert asked.get("user_scope", [""]) == [""]


def test_a_command_of_that_workspace_is_answered_and_its_card_posted_by_its_token(office: Any):
    office.browser().install()

    said = say(office, "/odps run select 1")

    assert said.ok
    [run] = office.services.stores.runs.open_runs(ACME, limit=9)
    assert run.user_id == DANA
    submit(run.run_id, office.services)
    deliver_all(office.services)
    assert told_by(office, "chat.postMessage") == {ACME}


def test_a_private_answer_uses_its_token_too(office: Any):
    office.browser().install()
    address = Address(user_id=DANA, channel_id=SHARED, team_id=ACME)
    office.services.stores.ephemeral_replies.remember_address("ask1", address)
    office.services.stores.ephemeral_replies.give("ask1", Message("hello"))

    deliver_all(office.services)

    assert told_by(office, "chat.postEphemeral") == {ACME}


def test_a_form_is_opened_by_its_token(office: Any):
    office.browser().install()

    assert say(office, "/odps run").ok

    assert told_by(office, "views.open") == {ACME}


def test_a_workspace_that_has_not_installed_the_app_is_not_served(office: Any):
    say(office, "/odps run select 1", user=ALICE)

    assert office.services.stores.runs.open_runs("T0SANDBOX1", limit=9) == []
    assert office.calls("chat.postMessage") == []


def test_a_workspace_that_is_not_named_cannot_install_and_the_app_leaves_it(make_office: Make):
    office = make_office(teams="T0OTHER")

    answer = office.browser().install()

    assert answer.status_code == 403
    assert "T0ACMECORP is not in ODPS_BOT_SLACK_TEAMS" in answer.text
    assert [call["ok"] for call in office.calls("apps.uninstall")] == [True]
    assert not office.redis.exists(keys.installation(ACME))


def test_whoever_cancels_has_installed_nothing(office: Any, redis: Redis):
    answer = office.browser().install(decision="cancel")

    assert "access_denied" in answer.text
    assert not redis.exists(keys.installation(ACME))
    assert office.calls("oauth.v2.access") == []


def test_the_way_back_serves_once(office: Any):
    browser = office.browser()
    page = browser.begin()
    state_cookie = dict(browser.session.cookies)
    back = browser.decide(page)
    assert browser.come_back(back).status_code == 200

    browser.session.cookies.update(state_cookie)
    again = browser.come_back(back)

    assert again.status_code == 401
    assert "invalid_state" in again.text
    assert len(office.calls("oauth.v2.access")) == 1


def test_the_way_back_serves_only_the_browser_that_began(office: Any, redis: Redis):
    back = office.browser().decide(office.browser().begin())

    answer = office.browser().come_back(back)

    assert answer.status_code == 400
    assert "invalid_browser" in answer.text
    assert not redis.exists(keys.installation(ACME))


def test_a_state_that_was_never_given_is_refused(office: Any):
    browser = office.browser()
    browser.session.cookies.set("slack-app-oauth-state", "mine")

    answer = browser.come_back(f"{office.address}/slack/oauth_redirect?code=1&state=mine")

    assert answer.status_code == 401
    assert office.calls("oauth.v2.access") == []


def test_taking_the_app_out_forgets_the_token_and_ends_what_was_to_be_told(
    office: Any, redis: Redis
):
    office.browser().install()
    say(office, "/odps run select 1")
    [run] = office.services.stores.runs.open_runs(ACME, limit=9)

    office.slack.uninstall(ACME)

    office.slack.wait_until(lambda: not redis.exists(keys.installation(ACME)))
    submit(run.run_id, office.services)
    deliver_all(office.services)
    assert office.calls("chat.postMessage") == []
    assert sum(office.services.stores.outbox.waiting().values()) == 0


def test_who_installs_the_app_again_is_served_again(office: Any, redis: Redis):
    office.browser().install()
    office.slack.uninstall(ACME)
    office.slack.wait_until(lambda: not redis.exists(keys.installation(ACME)))

    office.browser().install()

    assert say(office, "/odps run select 1").ok
    assert len(office.services.stores.runs.open_runs(ACME, limit=9)) == 1


@pytest.mark.parametrize("path", ["/slack/install", "/slack/oauth_redirect"])
def test_the_pages_answer_nothing_but_get(office: Any, path: str):
    answer = requests.post(office.address + path, timeout=30)

    assert answer.status_code == 404


def test_pages_are_not_kept_or_framed(office: Any):
    answer = requests.get(f"{office.address}/slack/install", timeout=30)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_token_is_never_in_a_job_or_readable_in_redis(office: Any, redis: Redis):
    office.browser().install()
    token = office.services.slack.installations.of_workspace(ACME).bot_token
    say(office, "/odps run select 1")

    for key in redis.scan_iter():
        assert token.encode() not in redis.dump(key)


def test_a_run_of_a_workspace_whose_record_no_key_opens_waits(
    office: Any, redis: Redis, make_run: Callable[..., Run]
):
    office.browser().install()
    say(office, "/odps run select 1")
    redis.set(keys.installation(ACME), b"damaged")
    [run] = office.services.stores.runs.open_runs(ACME, limit=9)

    submit(run.run_id, office.services)

    assert office.calls("chat.postMessage") == []
    assert not office.services.stores.runs.get(run.run_id).is_final
