"""All rows of a result in a file, within what spreadsheets take."""

import io
from datetime import timedelta

import pytest

from odps_bot.maxcompute import Column
from odps_bot.maxcompute.models.data_types import STRING
from odps_bot.maxcompute.tunnel.batches import Batch
from odps_bot.messages.replies.result_files import NO_ROWS
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.slack.errors import AppError, PostInProgressError
from workers.files import csv_file
from workers.files.csv_file import _write, send_csv
from workers.files.result_rows import ResultRows

COLUMNS = (Column("a", STRING),)


def rows_of(values, *, row_count=None, on_batch=lambda: None, batch_rows=1_000):
    def batches():
        for start in range(0, len(values), batch_rows):
            on_batch()
            yield Batch.of_rows([(value,) for value in values[start : start + batch_rows]])

    count = len(values) if row_count is None else row_count
    return ResultRows(columns=COLUMNS, batches=batches(), row_count=count, is_limited=False)


def test_the_numbers_are_those_of_spreadsheets():
    assert (csv_file.MOST_ROWS, csv_file.MOST_BYTES) == (1_000_000, 50_000_000)


@pytest.mark.parametrize(("count", "written"), [(2, 2), (3, 3), (4, 3)])
def test_no_more_rows_are_written_than_may_be(services, monkeypatch, count, written):
    monkeypatch.setattr(csv_file, "MOST_ROWS", 3)
    file = io.BytesIO()

    assert _write(file, rows_of(["x"] * count), services) == written
    assert file.getvalue().count(b"x") == written


@pytest.mark.parametrize(("limit", "written"), [(23, 2), (22, 2), (21, 1), (15, 1), (14, 0)])
def test_no_more_bytes_are_written_than_may_be(services, monkeypatch, limit, written):
    # The mark, `"a"` and its end are 8 bytes; each row is 7.
    monkeypatch.setattr(csv_file, "MOST_BYTES", limit)
    file = io.BytesIO()

    assert _write(file, rows_of(["xyz"] * 2), services) == written
    assert len(file.getvalue()) == 8 + 7 * written


@pytest.mark.parametrize(("seconds", "written"), [(90, 9), (91, 4)])
def test_reading_ends_after_a_minute_and_a_half(services, seconds, written):
    late = iter([timedelta(seconds=seconds), *[timedelta(0)] * 99])
    rows = rows_of(["x"] * 9, batch_rows=4, on_batch=lambda: services.clock.push(next(late)))

    assert _write(io.BytesIO(), rows, services) == written


class TestSending:
    @pytest.fixture
    def sent(self, services, make_run, monkeypatch):
        """Return a function that sends the file of a run; returns when to try again."""
        services.stores.ephemeral_replies.remember_address("csv-0a1b2c", Address(user_id="U1"))

        def sent(found, **facts):
            services.stores.runs.add(make_run(**{"card_ts": "1.0", "instance_id": "i1", **facts}))
            monkeypatch.setattr(csv_file, "open_rows", lambda _run, _services: found)
            return send_csv("0a1b2c", services)

        return sent

    def answer(self, services):
        return services.stores.ephemeral_replies.given["csv-0a1b2c"][0].text

    def test_shares_a_file_whose_size_is_known(self, sent, services):
        assert sent(rows_of(["x", "y"])) is None
        [(name, (content, size_bytes, comment))] = services.slack.gateway.files
        assert name == "r42-sandbox.csv"
        assert content.decode("utf-8-sig").split() == ['"a"', '"x"', '"y"']
        assert size_bytes == len(content)
        assert "2 rows" in comment
        assert services.stores.runs.get("0a1b2c").csv_ts == "9.9"

    def test_happens_once(self, sent, services):
        assert sent(rows_of(["x"]), csv_ts="2.0") is None
        assert services.slack.gateway.files == []

    def test_waits_while_slack_does_not_show_it(self, sent, services):
        services.slack.gateway.errors = [PostInProgressError("files.upload", "not_shown_yet")]

        with pytest.raises(PostInProgressError):
            sent(rows_of(["x"]))
        assert services.stores.ephemeral_replies.given == {}

    def test_says_why_there_is_none(self, sent, services):
        assert sent(None) is None
        assert NO_ROWS in self.answer(services)

    def test_says_why_slack_does_not_take_it(self, sent, services):
        services.slack.gateway.errors = [AppError("files.upload", "missing_scope")]
        sent(rows_of(["x"]))

        assert "files:write" in self.answer(services)

    def test_needs_a_thread(self, sent, services):
        sent(rows_of(["x"]), card_ts=None)

        assert "no thread" in self.answer(services)


def test_a_row_that_is_too_large_is_said_so(services, make_run, monkeypatch):
    monkeypatch.setattr(csv_file, "MOST_BYTES", 10)
    monkeypatch.setattr(csv_file, "open_rows", lambda *_args: rows_of(["x" * 100]))
    services.stores.runs.add(make_run(card_ts="1.0"))
    send_csv("0a1b2c", services)

    assert "first row" in services.stores.ephemeral_replies.given["csv-0a1b2c"][0].text
