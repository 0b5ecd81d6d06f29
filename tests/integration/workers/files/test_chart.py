"""A result comes into the thread as a chart: Slack's own where it can show it, else a picture."""

import builtins
from datetime import timedelta

import pytest

from odps_bot.replies.ephemeral_replies import Address
from odps_bot.slack.errors import RateLimitedError
from odps_bot.store import message_leases
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import post_message_limit
from workers.files import chart
from workers.files.chart import send_chart
from workers.files.result_rows import open_rows

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"

FEW = "select name, count(*) as flowers from pyodps_iris group by name"
DAYS = (
    "select ds, count(*) as n from orders where ds >= '20261001' group by ds order by ds limit 99"
)
DAYS_AND_CITIES = (
    "select ds, city, count(*) as n from orders where ds >= '20261025'"
    " and city in ('Hangzhou', 'Shanghai', 'Lagos') group by ds, city limit 99"
)


@pytest.fixture
def short_leases(monkeypatch):
    """A chart of unknown fate is looked for, and made again, at once."""
    monkeypatch.setattr(message_leases, "POSTING_LEASE", message_leases.POSTING_LEASE * 0)


def ended(world, sql):
    return world.run(world.finish(world.ask(f"run {sql}")).run_id)


def send(world, run):
    outbox = world.services.stores.outbox
    world.services.stores.ephemeral_replies.request_file(
        NotificationKind.CHART,
        run.run_id,
        Address(user_id=ALICE, channel_id=CHANNEL, thread_ts=run.card_ts),
    )
    # The tests deliver it themselves.
    for entry in outbox.claim(limit=1, lease=timedelta(minutes=1), kinds=(NotificationKind.CHART,)):
        outbox.ack(entry)
    return send_chart(run.run_id, world.services)


def answer(world):
    world.deliver()
    (message,) = world.slack.ephemerals(ALICE)
    return message["text"]


def charts(world, run):
    thread = world.slack.thread(CHANNEL, run.card_ts)
    blocks = [block for message in thread for block in message.get("blocks", [])]
    return [block for block in blocks if block["type"] == "data_visualization"]


def pictures(world, run):
    return [m for m in world.slack.thread(CHANNEL, run.card_ts) if m.get("files")]


def test_a_few_groups_are_a_chart_that_slack_draws(world):
    run = ended(world, FEW)
    assert send(world, run) is None

    (chart,) = charts(world, run)
    (series,) = chart["chart"]["series"]
    assert chart["chart"]["type"] == "bar"
    assert series["name"] == "flowers"
    assert {point["value"] for point in series["data"]} == {50}
    assert world.run(run.run_id).chart_ts
    world.deliver()
    assert world.slack.ephemerals(ALICE) == []


def test_more_points_than_slack_draws_are_a_picture_of_all_of_them(world):
    run = ended(world, DAYS)
    assert run.table.row_count > 20
    send(world, run)

    (message,) = pictures(world, run)
    (file,) = world.slack.files()
    assert charts(world, run) == []
    assert file["name"] == f"{run.name}-sandbox.png"
    assert file["content"].startswith(b"\x89PNG")
    assert world.run(run.run_id).chart_ts == message["ts"]


def test_a_row_for_each_day_and_city_is_a_line_for_each_city(world):
    run = ended(world, DAYS_AND_CITIES)
    assert run.table.row_count > len(run.table.rows)
    send(world, run)

    (chart,) = charts(world, run)
    days = chart["chart"]["axis_config"]["categories"]
    lines = {series["name"]: series["data"] for series in chart["chart"]["series"]}
    assert chart["chart"]["type"] == "line"
    assert days == sorted(days)
    assert lines.keys() == {"Hangzhou", "Shanghai", "Lagos"}
    assert all(len(points) == len(days) for points in lines.values())


def test_a_chart_that_slack_refuses_becomes_a_picture(world):
    run = ended(world, FEW)
    world.slack.faults.add(method="chat.postMessage", kind="error", code="invalid_blocks", times=1)
    send(world, run)

    assert charts(world, run) == []
    assert len(pictures(world, run)) == 1


@pytest.mark.parametrize("sql", [DAYS, DAYS_AND_CITIES])
def test_rows_are_read_once_and_only_when_the_chart_may_be_posted(world, sql, monkeypatch):
    run = ended(world, sql)
    read = []
    monkeypatch.setattr(chart, "open_rows", lambda *given: read.append(1) or open_rows(*given))
    limit = post_message_limit(CHANNEL)
    world.services.stores.rate_limiter.pause(limit, timedelta(minutes=1))
    with pytest.raises(RateLimitedError):
        send(world, run)
    assert read == []

    world.make_all_due()
    assert send_chart(run.run_id, world.services) is None
    assert read == [1]
    assert len(charts(world, run)) + len(pictures(world, run)) == 1


@pytest.mark.parametrize("sql", [FEW, DAYS])
def test_asked_twice_there_is_one_chart(world, sql):
    run = ended(world, sql)
    send(world, run)
    send(world, run)

    assert len(charts(world, run)) + len(pictures(world, run)) == 1


def test_a_worker_that_died_after_posting_leaves_one_chart(world, short_leases):
    run = ended(world, FEW)
    send(world, run)
    world.services.stores.runs.note(run.run_id, chart_ts=None)
    world.make_all_due()
    send_chart(run.run_id, world.services)

    assert len(charts(world, run)) == 1


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select 1 as one", "can't be charted"),
        ("select name, name as again, 1 as one from pyodps_iris limit 3", "can't be charted"),
        ("select name, 1 as n from pyodps_iris", "can't be charted"),
        ("select 'a' as a, 1 as n from values (1) t(x) where x > 1", "has no rows"),
    ],
)
def test_what_is_no_chart_is_told_to_who_asked(world, sql, why):
    run = ended(world, sql)
    assert send(world, run) is None

    assert why in answer(world)
    assert charts(world, run) == []


def test_too_many_rows_are_to_be_grouped_first(world):
    every_order = "select order_id, amount from orders where ds >= '20261001'"
    run = ended(world, f"{every_order} union all {every_order}")
    send(world, run)

    assert "Aggregate them first" in answer(world)


def test_without_matplotlib_whoever_asks_hears_how_to_get_it(world, monkeypatch):
    run = ended(world, DAYS)
    true_import = builtins.__import__

    def without_matplotlib(name, *arguments, **more):
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name)
        return true_import(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    send(world, run)

    assert "`odps-bot[charts]`" in answer(world)
