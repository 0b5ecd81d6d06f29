"""The buttons *CSV* and *Chart* send a result once, to its thread."""

import pytest

from odps_bot.errors import CommandError
from odps_bot.input.request import Request
from odps_bot.interactions.request_file import send_chart, send_csv
from odps_bot.runs import RunState, Table

ROWS = Table(columns=("a",), rows=(("1",),), column_count=1, row_count=1)
HERE = Request(team_id="T1", channel_id="C1", user_id="U1")
ENDED = {"state": RunState.SUCCEEDED, "table": ROWS}


@pytest.mark.parametrize(("send", "kind"), [(send_csv, "csv"), (send_chart, "chart")])
def test_a_request_waits_in_the_outbox_with_where_to_answer(services, make_run, send, kind):
    send(make_run(**ENDED), HERE, services)

    assert services.stores.outbox.names == [f"{kind}:0a1b2c"]
    assert services.stores.ephemeral_replies.address(f"{kind}-0a1b2c").user_id == "U1"
    assert services.jobs.enqueued == [("deliver",)]


def test_what_is_in_the_thread_already_is_not_sent_again(services, make_run):
    assert "already in the thread" in send_csv(make_run(**ENDED, csv_ts="1"), HERE, services).text
    assert services.stores.outbox.names == []


@pytest.mark.parametrize("facts", [{"state": RunState.FAILED}, {"table": None}])
def test_a_run_without_rows_has_no_file(services, make_run, facts):
    with pytest.raises(CommandError, match="has no rows"):
        send_csv(make_run(**{**ENDED, **facts}), HERE, services)
