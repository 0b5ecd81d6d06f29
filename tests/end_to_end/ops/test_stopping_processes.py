"""How processes end: what was begun is ended, unless somebody is in a hurry."""

import signal
import threading
import time
from datetime import timedelta

import pytest

from odps_bot.sandbox.maxcompute import faults


@pytest.mark.parametrize("slack_mode", ["socket", "http"], indirect=True)
def test_an_idle_bot_and_an_idle_worker_end_at_once_and_well(operator):
    began = time.monotonic()

    assert operator.end(operator.session.bot) == 0
    assert operator.end(operator.session.workers.pop()) == 0
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("slack_mode", ["socket", "http"], indirect=True)
def test_what_the_bot_has_heard_it_answers_before_it_ends(operator):
    operator.session.slack.faults.add(method="views.open", kind="hang", seconds=1.5)
    heard = []
    # Without SQL a form is opened, before the command is acknowledged.
    person = threading.Thread(target=lambda: heard.append(operator.type("/odps run")))
    person.start()
    [fault] = operator.session.slack.faults._planned["views.open"]
    operator.wait(lambda: fault.times == 0)

    status = operator.end(operator.session.bot)
    person.join()

    assert status == 0
    assert heard == [""]


def begin_a_slow_submission(operator, pause):
    operator.session.maxcompute.faults.add(faults.hang(pause), operation="submit")
    operator.type("/odps run select 'slow' as pace")
    operator.wait(lambda: "slow" in operator.channel())
    # The card comes first, the request right after it.
    operator.wait(lambda: not operator.session.maxcompute.faults._planned)


def test_a_worker_ends_the_job_in_hand_first(operator):
    begin_a_slow_submission(operator, timedelta(seconds=3))
    worker = operator.session.workers.pop()

    worker.terminate()
    operator.wait(lambda: "jobs: stopping" in operator.ask("worker", "/readyz")[1])

    assert worker.wait(30) == 0
    operator.session.start_worker()
    operator.wait(lambda: "succeeded" in operator.channel())
    assert sum("slow" in i.sql for i in operator.session.maxcompute.instances()) == 1


def test_two_signals_at_the_same_time_are_one_and_the_statement_in_hand_is_sent(operator):
    begin_a_slow_submission(operator, timedelta(seconds=3))
    worker = operator.session.workers.pop()

    # As Ctrl-C in a terminal and whoever supervises the process do.
    worker.terminate()
    worker.send_signal(signal.SIGINT)

    assert worker.wait(30) == 0
    operator.session.start_worker()
    operator.wait(lambda: "succeeded" in operator.channel())
    assert sum("slow" in i.sql for i in operator.session.maxcompute.instances()) == 1


def test_told_again_a_second_later_a_worker_ends_at_once_and_another_one_goes_on(operator):
    begin_a_slow_submission(operator, timedelta(seconds=15))
    worker = operator.session.workers.pop()

    worker.terminate()
    operator.wait(lambda: "jobs: stopping" in operator.ask("worker", "/readyz")[1])
    time.sleep(1)
    began = time.monotonic()
    worker.terminate()
    status = worker.wait(30)

    assert status == 143
    assert time.monotonic() - began < 10
    operator.wait_for_log("worker", "received a second stop signal")


def test_told_twice_a_bot_ends_at_once(operator):
    bot = operator.session.bot
    operator.session.redis.halt()

    bot.terminate()
    bot.terminate()

    assert bot.wait(10) in {0, 143}


def test_a_worker_without_redis_ends_all_the_same(operator):
    operator.session.redis.halt()
    worker = operator.session.workers.pop()

    worker.terminate()

    assert worker.wait(40) in {0, 143}
