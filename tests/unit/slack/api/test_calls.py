"""What a response_url answers, as an error by its meaning."""

from http.client import BadStatusLine, HTTPException, IncompleteRead

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from odps_bot.messages import Message
from odps_bot.slack.api.calls import attempt, response_url_error
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.errors import PlaceError, UnreachableError


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_response_url_needs_no_token_so_that_another_way_may_do(code: str) -> None:
    error = response_url_error(200, f'{{"ok": false, "error": "{code}"}}', {})

    assert type(error) is PlaceError
    assert error.code == code


@pytest.mark.parametrize("cut", [IncompleteRead(b'{"ok": tr', 12), BadStatusLine("")])
def test_a_cut_response_counts_as_unreachable_and_may_have_happened(cut: HTTPException) -> None:
    def ask() -> None:
        raise cut

    with pytest.raises(UnreachableError) as raised:
        attempt("chat.postMessage", ask)
    assert raised.value.may_have_happened


@pytest.mark.parametrize("cut", [IncompleteRead(b"o", 1), BadStatusLine("")])
def test_a_cut_response_of_a_response_url_counts_as_unreachable_as_well(
    monkeypatch: pytest.MonkeyPatch, cut: HTTPException
) -> None:
    def send_dict(*_: object) -> None:
        raise cut

    monkeypatch.setattr(WebhookClient, "send_dict", send_dict)
    with pytest.raises(UnreachableError) as raised:
        SlackMessages(WebClient()).respond("https://hooks.slack.com/response", Message("hello"))
    assert raised.value.may_have_happened
