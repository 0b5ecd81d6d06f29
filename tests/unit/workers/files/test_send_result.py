"""What becomes of a request for a file where MaxCompute does not give the rows."""

from datetime import timedelta

import pytest

from odps_bot.maxcompute import NotFoundError, ServerError
from odps_bot.messages.replies.result_files import RESULT_GONE
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.files.send_result import send_result


@pytest.fixture
def sent(services, make_run):
    """Return a function that sends a result that cannot be read; returns when to try again."""
    services.stores.runs.add(make_run())

    def sent(error):
        def send(_run):
            raise error

        return send_result(Kind.CSV, "0a1b2c", services, send=send)

    return sent


@pytest.mark.parametrize("is_awaited", [True, False])
def test_it_is_tried_again_every_quarter_of_a_minute_while_somebody_waits(
    sent, services, is_awaited
):
    if is_awaited:
        services.stores.ephemeral_replies.remember_address("csv-0a1b2c", Address(user_id="U1"))

    delay = sent(ServerError("busy", http_status=503))
    assert delay == (timedelta(seconds=15) if is_awaited else None)


def test_what_maxcompute_no_longer_has_is_said(sent, services):
    assert sent(NotFoundError("gone", http_status=404)) is None
    assert RESULT_GONE in services.stores.ephemeral_replies.given["csv-0a1b2c"][0].text
    assert services.jobs.enqueued == [("deliver",)]


def test_a_run_that_is_forgotten_is_no_error(services):
    assert send_result(Kind.CSV, "gone", services, send=None) is None
