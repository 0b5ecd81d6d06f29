"""Responses of Slack that end in the middle."""

from http.client import BadStatusLine, HTTPException, IncompleteRead

import pytest

from odps_bot.slack.api.calls import attempt
from odps_bot.slack.errors import UnreachableError


@pytest.mark.parametrize("cut", [IncompleteRead(b'{"ok": tr', 12), BadStatusLine("")])
def test_a_cut_response_counts_as_unreachable_and_may_have_happened(cut: HTTPException) -> None:
    def ask() -> None:
        raise cut

    with pytest.raises(UnreachableError) as raised:
        attempt("chat.postMessage", ask)
    assert raised.value.may_have_happened
