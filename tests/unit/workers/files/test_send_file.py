"""The job of a file ends when somebody has been told, and comes back until then."""

from datetime import timedelta

import pytest

from odps_bot.slack.errors import RateLimitedError
from odps_bot.store.notification_kind import NotificationKind as Kind
from workers.files import send_file
from workers.files.send_file import send

SECOND = timedelta(seconds=1)


@pytest.fixture
def sent(services, make_run, monkeypatch):
    """Return a function that runs the job with a sender that does as told."""

    def sent(result, **facts):
        def sender(_run_id, _services):
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(send_file, "SENDERS", {Kind.CSV: sender})
        services.stores.runs.add(make_run(**facts))
        services.stores.outbox.enqueue(Kind.CSV, "0a1b2c")
        send("csv", "0a1b2c", services)
        return services.stores.outbox.names

    return sent


@pytest.mark.parametrize(
    "result", [4 * SECOND, RateLimitedError("x", "ratelimited", retry_after=4 * SECOND)]
)
def test_it_comes_back_when_it_must_wait(sent, services, result):
    assert sent(result) == ["csv:0a1b2c"]
    assert services.jobs.enqueued == [("send_file", "csv", "0a1b2c", 4 * SECOND)]


def test_the_card_says_that_it_is_there(sent, services):
    assert sent(None, csv_ts="2.0") == ["final:0a1b2c"]
    assert services.jobs.enqueued == [("deliver",)]


def test_what_was_not_sent_changes_no_card(sent, services):
    assert sent(None) == []
    assert services.jobs.enqueued == []
