"""What keeps the bot from Slack is named with its remedy, and not in every second line."""

from datetime import timedelta

import pytest

from odps_bot.slack.errors import (
    NO_RESPONSE,
    AppError,
    RateLimitedError,
    SlackError,
    SuspendedError,
    TokenError,
    UnreachableError,
)
from odps_bot.slack.troubles import (
    SILENT,
    TroubleLog,
    pause_s,
    trouble_of_error,
    trouble_of_handshake,
    trouble_of_loss,
    trouble_of_reason,
)

OPEN = "apps.connections.open"


@pytest.mark.parametrize(
    ("error", "says", "is_refusal"),
    [
        (TokenError(OPEN, "invalid_auth"), "SLACK_APP_TOKEN (xapp-…)", True),
        (TokenError(OPEN, "token_expired"), "token rotation", True),
        (AppError(OPEN, "forbidden_team"), "ODPS_BOT_SLACK_MODE=http", True),
        (SuspendedError(OPEN, "org_login_required"), "wait until Slack has finished", False),
        (RateLimitedError(OPEN, "ratelimited"), "429", False),
        (UnreachableError(OPEN, "unreadable", reason="HTTP 503"), "isn't available", False),
        (UnreachableError(OPEN, NO_RESPONSE, reason="refused"), "HTTPS_PROXY", False),
    ],
)
def test_an_error_has_its_cause_and_its_remedy(
    error: SlackError, says: str, is_refusal: bool
) -> None:
    trouble = trouble_of_error(error)

    assert says in str(trouble)
    assert trouble.is_refusal is is_refusal


def test_a_usual_rotation_is_no_trouble() -> None:
    assert trouble_of_reason("warning") is None
    assert trouble_of_reason("refresh_requested") is None


def test_the_ticket_of_an_address_is_never_logged() -> None:
    error = ValueError("cannot use wss://wss-primary.slack.com/link/?ticket=secret&app_id=A1")

    assert "secret" not in str(trouble_of_handshake(error, None))
    assert "secret" not in str(trouble_of_loss(error))
    assert "HTTP 503" in str(trouble_of_handshake(error, 503))


def test_slacks_own_pause_is_kept_and_chance_only_adds_to_it() -> None:
    asked = RateLimitedError(OPEN, "ratelimited", retry_after=timedelta(seconds=30))
    trouble = trouble_of_error(asked)

    assert pause_s(1, trouble, 0) == 30
    assert 30 < pause_s(1, trouble, 0.999) < 45
    assert pause_s(10_000, SILENT, 0) == 60


def test_a_trouble_is_logged_again_after_a_quarter_of_an_hour_or_when_it_is_another() -> None:
    log, other = TroubleLog(), trouble_of_loss(OSError())

    found = [log.is_new(SILENT, 0), log.is_new(SILENT, 60), log.is_new(other, 61)]
    found += [log.is_new(SILENT, 899), log.is_new(SILENT, 900)]

    assert found == [True, False, True, False, True]
    assert log.clear()
    assert not log.clear()
