"""Every success that is followed counts as history, and cards say what is usual by it."""

from datetime import timedelta

import pytest

from odps_bot.diagnosis.snapshots import Snapshot, SubStatus
from odps_bot.history import past_run
from odps_bot.history.past_run import PastRun, statement_of
from odps_bot.runs import RunState
from odps_bot.store import keys
from tests.integration.workers.conftest import CHANNEL

STUCK = "set sandbox.stuck=true; select count(*) from customers where city = '{}'"


@pytest.fixture(autouse=True)
def short_runs_count(monkeypatch):
    """The sandbox's jobs take no time here."""
    monkeypatch.setattr(past_run, "SHORTEST_S", 0)


def history(world, sql):
    return world.services.stores.history.runs("sandbox", statement_of(sql), now=world.clock())


def remember(world, sql, *, runs, run_s=720.0, **facts):
    """Let the statement have run so often before."""
    for n in range(runs):
        past = PastRun(f"i{n}", int(world.clock().timestamp()) - n, run_s, **facts)
        world.services.stores.history.add("sandbox", statement_of(sql), past, now=world.clock())


def card_text(world, run):
    cards = world.slack.messages(CHANNEL)
    return next(one["text"] for one in cards if one["ts"] == run.card_ts)


def test_runs_of_one_statement_with_other_values_are_one_history(world):
    for n in range(3):
        run = world.finish(world.ask(f"run select count(*) from customers where customer_id > {n}"))
    found = history(world, run.sql)

    assert len(found) == 3
    assert found[0].instance_id == run.instance_id
    assert found[0].input_records == 5_000
    assert [stage.name for stage in found[0].stages][:1] == ["M1"]


def test_what_fails_or_is_stopped_leaves_no_history(world):
    failed = world.finish(world.ask("run select * from no_such_table"))
    stopped = world.submit(world.ask("run " + STUCK.format("x")))
    world.ask_stop(stopped)
    stopped = world.follow(stopped)

    assert (failed.state, stopped.state) == (RunState.FAILED, RunState.CANCELLED)
    assert list(world.services.redis.scan_iter(keys.past_runs("*", "*"))) == []


def test_a_run_whose_worker_dies_at_the_end_counts_once(world, monkeypatch):
    run = world.submit(world.ask("run select 1 as one"))

    def die(*_arguments):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(type(world.services.stores.runs), "apply_change", die)
        for _ in range(2):
            with pytest.raises(SystemExit):
                world.look(run)
    ended = world.follow(run)

    assert ended.state is RunState.SUCCEEDED
    assert [one.instance_id for one in history(world, run.sql)] == [ended.instance_id]


def test_a_running_card_says_what_is_usual_and_the_final_one_how_it_compares(world):
    sql = STUCK.format("Berlin")
    remember(world, sql, runs=8)
    run = world.look(world.submit(world.ask(f"run {sql}")))
    assert run.usual.count == 8
    run = world.tell(run)
    assert "usually 12 min (8 runs)" in card_text(world, run)
    world.ask_stop(run)


def test_a_success_is_compared_with_earlier_ones(world):
    sql = "select count(*) as everybody from customers"
    remember(world, sql, runs=8, run_s=0.5, input_records=2_500)
    run = world.finish(world.ask(f"run {sql}"))

    assert run.comparison.count == 8
    assert run.comparison.input_ratio == 2


def test_how_long_its_files_were_listed_and_its_quota_are_kept(world):
    run = world.submit(world.ask("run --quota etl select max(customer_id) from customers"))
    begun = world.clock() - timedelta(minutes=5)
    steps = [SubStatus(code=1240, since=begun), SubStatus(code=1042, since=world.clock())]
    snapshot = Snapshot(
        at=world.clock(), sub_status=steps[1], sub_status_history=(steps[0],), stages=()
    )
    world.services.stores.recent_snapshots.keep({run.instance_id: (snapshot,)})
    run = world.follow(run)

    [past] = history(world, run.sql)
    assert (past.planning_s, past.quota) == (300, "etl")


def test_a_followed_job_of_somebody_else_counts_too(world, somebody_else):
    job = somebody_else.run_sql("select max(customer_id) from customers")
    job.wait_for_completion(blocking=False)
    run = world.finish(world.ask(f"watch {job.id}"))

    assert [one.instance_id for one in history(world, run.sql)] == [job.id]
