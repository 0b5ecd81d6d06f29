"""What was accepted is finished, whatever is killed in between."""

import time

SLOW = "set sandbox.duration=12; select count(*) as n from customers"


def kill(process):
    process.kill()
    process.wait()


def test_a_worker_killed_in_mid_run_is_replaced(team):
    run = team.run(SLOW).wait_for("Running")
    kill(team.session.workers.pop())
    team.session.start_worker()

    completion = run.wait_for_completion()
    assert "succeeded" in completion
    assert len(run.completions()) == 1
    assert len(run.executions()) == 1


def test_a_run_asked_for_without_any_worker_waits_for_one(team):
    worker = team.session.workers.pop()
    kill(worker)
    assert team.type("/odps run select 'patience' as virtue") == ""

    team.session.start_worker()
    team.wait(lambda: any("patience" in str(card) for card in team.cards()))
    card = next(card for card in team.cards() if "patience" in str(card))
    team.wait(lambda: team.session.slack.thread(team.channel, card["ts"]))
    executions = [i for i in team.session.maxcompute.instances() if "patience" in i.sql]
    assert len(executions) == 1


def test_the_bot_killed_in_mid_run_changes_nothing(team):
    run = team.run(SLOW).wait_for("Running")
    kill(team.session.bot)
    team.session.start_bot()
    team.session.wait_until_ready()

    assert "succeeded" in run.wait_for_completion()
    assert run.name in team.type("/odps status")


def test_without_redis_the_person_is_told_and_afterwards_all_goes_on(team):
    run = team.run(SLOW).wait_for("Running")
    team.session.redis.halt()
    started = time.monotonic()
    answer = team.type("/odps run select 'lost' as nothing")
    took = time.monotonic() - started
    team.session.redis.start()

    assert "Nothing was submitted" in answer
    assert took < 10
    assert "succeeded" in run.wait_for_completion()
    assert not any("lost" in i.sql for i in team.session.maxcompute.instances())


def test_workers_are_replaced_one_by_one_without_a_break(team):
    run = team.run(SLOW).wait_for("Running")
    started = time.monotonic()
    old = team.session.workers.pop()
    team.session.start_worker()
    old.terminate()
    assert old.wait(30) == 0
    took = time.monotonic() - started

    assert took < 30
    assert "succeeded" in run.wait_for_completion()
    assert len(run.completions()) == 1
