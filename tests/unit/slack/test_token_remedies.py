"""What Slack says of a token becomes what a person must do."""

import pytest

from odps_bot.slack.errors import MEANINGS, TokenError
from odps_bot.slack.token_remedies import token_remedy


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked", "user_removed_from_team"])
def test_a_token_whose_app_is_gone_is_not_copied_again(code: str) -> None:
    remedy = token_remedy(code, "SLACK_BOT_TOKEN")

    assert remedy.startswith("reinstall the app")
    assert "set the new token as SLACK_BOT_TOKEN" in remedy
    assert "copy" not in remedy


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("invalid_auth", "IP addresses"),
        ("not_authed", "no proxy removes the"),
        ("token_expired", "token rotation"),
        ("org_login_required", "wait until Slack has finished"),
        ("team_added_to_org", "wait until Slack has finished"),
        ("team_access_not_granted", "administrator"),
        ("team_disabled", "its owner"),
        ("not_allowed_token_type", "copy SLACK_BOT_TOKEN (xoxb-…)"),
        ("a_code_of_tomorrow", "copy SLACK_BOT_TOKEN (xoxb-…)"),
    ],
)
def test_each_word_of_slacks_has_its_remedy(code: str, said: str) -> None:
    assert said in token_remedy(code, "SLACK_BOT_TOKEN")


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type", "missing_scope"])
def test_an_app_token_that_is_not_accepted_is_made_anew(code: str) -> None:
    remedy = token_remedy(code, "SLACK_APP_TOKEN")

    assert remedy.startswith("create an app-level token with connections:write")
    assert "xoxb" not in remedy


@pytest.mark.parametrize("code", ["account_inactive", "invalid_auth", "a_code_of_tomorrow"])
def test_a_workspace_that_installed_the_app_itself_does_so_again(code: str) -> None:
    remedy = token_remedy(code, "installation")

    assert remedy.startswith("let somebody there reinstall the app")
    assert "SLACK_BOT_TOKEN" not in remedy


def test_a_workspace_without_socket_mode_is_served_by_signed_http() -> None:
    assert "ODPS_BOT_SLACK_MODE=http" in token_remedy("forbidden_team", "SLACK_APP_TOKEN")


def test_every_code_for_which_messages_wait_has_a_remedy_that_names_what_to_do() -> None:
    for code in MEANINGS[TokenError]:
        assert len(token_remedy(code, "SLACK_BOT_TOKEN").split()) >= 5
