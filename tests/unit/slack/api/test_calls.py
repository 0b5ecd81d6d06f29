"""What a response_url answers, as an error by its meaning."""

from http.client import BadStatusLine, HTTPException, IncompleteRead

import pytest

from odps_bot.slack.api.calls import attempt, response_url_error
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
