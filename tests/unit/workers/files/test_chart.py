"""A result becomes a chart in the thread: Slack's own, or a picture."""

import pytest

from odps_bot.maxcompute import Column
from odps_bot.maxcompute.models.data_types import parse_data_type
from odps_bot.maxcompute.tunnel.batches import Batch
from odps_bot.messages.replies.result_files import NO_CHART, NO_PICTURES, NO_ROWS, TOO_MANY_POINTS
from odps_bot.messages.results.chart_picture import NoPicturesError
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Table
from odps_bot.slack.errors import ContentError
from workers.files import chart
from workers.files.chart import send_chart
from workers.files.result_rows import ResultRows

REFUSED = ContentError("chat.postMessage", "invalid_blocks")


def table(count, *, kept=None, **facts):
    rows = tuple((f"n{n}", str(n)) for n in range(count if kept is None else kept))
    usual = {"columns": ("name", "n"), "types": ("string", "bigint"), "column_count": 2}
    return Table(**{**usual, "rows": rows, "row_count": count, **facts})


@pytest.fixture
def sent(services, make_run):
    """Return a function that sends the chart of a result; returns what the requester is told."""
    services.stores.ephemeral_replies.remember_address("chart-0a1b2c", Address(user_id="U1"))

    def sent(result, **facts):
        services.stores.runs.add(make_run(**{"card_ts": "1.0", "table": result, **facts}))
        assert send_chart("0a1b2c", services) is None
        told = services.stores.ephemeral_replies.given.get("chart-0a1b2c")
        return told[0].text if told else ""

    return sent


def test_slack_draws_it_in_the_thread_and_two_posts_are_left_to_ends(sent, services):
    assert sent(table(3)) == ""
    [(post_id, _, places, reserve)] = services.slack.gateway.posts
    assert (post_id.kind, places, reserve) == ("chart", (("C1", "1.0"),), 2)
    assert services.stores.runs.get("0a1b2c").chart_ts == "1.0"


def test_it_is_sent_once(sent, services):
    assert sent(table(3), chart_ts="2.0") == ""
    assert services.slack.gateway.posts == []


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (None, NO_ROWS),
        (table(0), NO_ROWS),
        (table(3, is_truncated=True), TOO_MANY_POINTS),
        (table(1_001, kept=20), TOO_MANY_POINTS),
        (table(3, types=("string", "string")), NO_CHART),
        (table(1), NO_CHART),
    ],
)
def test_why_it_is_no_chart_is_said(sent, services, result, why):
    assert why in sent(result)
    assert services.slack.gateway.posts == []


def test_rows_that_the_record_does_not_keep_are_read(sent, services, monkeypatch):
    columns = (Column("name", parse_data_type("string")), Column("n", parse_data_type("bigint")))
    batches = (Batch.of_rows([(f"n{n}", n)]) for n in range(25))
    found = ResultRows(columns=columns, batches=batches, row_count=25, is_limited=False)
    opened = []
    monkeypatch.setattr(chart, "open_rows", lambda run, _services: opened.append(run) or found)
    monkeypatch.setattr(chart, "is_native", lambda plan: "n24" in str(plan))
    told = sent(table(25, kept=20))

    assert len(opened) == 1
    assert told == ""
    assert len(services.slack.gateway.posts) == 1


def test_where_slack_draws_none_and_we_cannot_the_requester_is_told(sent, services, monkeypatch):
    def no_pictures(*_args, **_options):
        raise NoPicturesError

    services.slack.gateway.errors = [REFUSED]
    monkeypatch.setattr(chart, "draw", no_pictures)

    assert NO_PICTURES in sent(table(3))


def times(*rows):
    return Table(
        columns=("t", "n"),
        types=("datetime", "bigint"),
        rows=rows,
        column_count=2,
        row_count=len(rows),
    )


def test_the_axis_of_times_says_their_zone(sent, services):
    services.maxcompute.properties = {"odps.sql.timezone": "Asia/Tokyo"}
    sent(times(("2026-11-22 08:00:00", "1"), ("2026-11-22 09:00:00", "2")), instance_id="i1")
    [(_, [message], *_)] = services.slack.gateway.posts

    assert message.blocks[0]["chart"]["axis_config"]["x_label"] == "t (Asia/Tokyo)"
    assert "by t (Asia/Tokyo)" in message.text
