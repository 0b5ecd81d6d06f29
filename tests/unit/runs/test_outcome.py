"""What a record keeps of foreign words."""

from odps_bot.maxcompute.errors import api_error
from odps_bot.runs.outcome import DETAIL_CHARACTERS, outcome_of


def test_what_looks_like_a_secret_is_not_kept() -> None:
    error = api_error("see https://logview/?token=c2VjcmV0 or Bearer c2VjcmV0", http_status=400)

    detail = outcome_of(error).detail

    assert "c2VjcmV0" not in detail
    assert "token=***" in detail


def test_a_secret_is_hidden_before_a_long_text_is_cut() -> None:
    error = api_error("x" * (DETAIL_CHARACTERS - 12) + " token=c2VjcmV0", http_status=400)

    detail = outcome_of(error).detail

    assert len(detail) == DETAIL_CHARACTERS
    assert "c2V" not in detail
