"""A process that ends is started again, after a pause that grows while it does not live long."""

import io
import logging
from itertools import pairwise
from types import SimpleNamespace

import pytest

from odps_bot.operations.metrics import Metrics
from workers.runtime.child_process import NOT_INHERITED, ChildProcess, start_worker


class Stopping:
    """Time passes when somebody waits; in the end the process is to stop."""

    def __init__(self, *, after_s):
        self.now_s, self.after_s = 0.0, after_s
        self.requested = self

    def is_set(self):
        return self.now_s >= self.after_s

    def wait(self, span_s):
        self.now_s += span_s
        return self.is_set()


class Process:
    """Ends with a status after some time."""

    def __init__(self, stopping, lives_s):
        self.stopping, self.ends_at_s = stopping, stopping.now_s + lives_s
        self.returncode, self.stdout, self.is_told = 1, io.BytesIO(), False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def poll(self):
        return 1 if self.is_told or self.stopping.now_s >= self.ends_at_s else None

    def terminate(self):
        self.is_told = True


def run(*, lives_s, after_s):
    stopping, started, started_s, alive_s = Stopping(after_s=after_s), [], [], []

    def start(arguments):
        started.append(arguments)
        started_s.append(stopping.now_s)
        return Process(stopping, lives_s)

    child = ChildProcess(["files"], stopping, Metrics(), start=start, clock=lambda: stopping.now_s)
    child.run(on_tick=lambda: alive_s.append(stopping.now_s))
    pauses = [round(later - earlier - lives_s) for earlier, later in pairwise(started_s)]
    return SimpleNamespace(started=started, pauses=pauses, alive_s=alive_s, child=child)


def test_it_is_started_for_its_lanes_as_a_child():
    assert run(lives_s=1_000, after_s=1).started == [["worker", "--child", "--lanes", "files"]]


def test_pauses_grow_up_to_a_minute():
    assert run(lives_s=0, after_s=200).pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_after_a_long_life_it_is_started_again_at_once():
    assert run(lives_s=61, after_s=200).pauses == [1, 1, 1]


@pytest.mark.parametrize("lives_s", [0, 61])
def test_who_keeps_it_running_gives_a_sign_of_life_each_second(lives_s):
    alive_s = run(lives_s=lives_s, after_s=200).alive_s

    assert max(later - earlier for earlier, later in pairwise(alive_s)) <= 1.01


def test_why_no_files_are_made_is_said_and_logged(caplog):
    with caplog.at_level(logging.ERROR):
        ended = run(lives_s=0, after_s=0.5)

    assert ended.child.problem() == "its process ended with status 1"
    assert "starting it again in 1 s" in caplog.text


def test_one_that_cannot_be_started_is_tried_again():
    stopping = Stopping(after_s=2)

    def start(_arguments):
        raise OSError("no memory")

    child = ChildProcess(["files"], stopping, Metrics(), start=start, clock=lambda: stopping.now_s)
    child.run()

    assert child.problem() == "its process ended with status no memory"


def test_what_it_writes_of_the_audit_trail_is_written_by_its_starter():
    stopping, metrics, passed_on = Stopping(after_s=1), Metrics(), []

    def start(_arguments):
        process = Process(stopping, lives_s=0)
        process.stdout = io.BytesIO(b'["job_began", "files"]\n{"kind":"notification"}\n')
        return process

    ChildProcess(
        ["files"],
        stopping,
        metrics,
        start=start,
        pass_on=passed_on.append,
        clock=lambda: stopping.now_s,
    ).run()

    assert passed_on == [b'{"kind":"notification"}\n']


def test_it_does_not_inherit_what_is_its_starters_alone(monkeypatch):
    seen = {}
    monkeypatch.setattr("subprocess.Popen", lambda _arguments, **options: seen.update(options))
    start_worker([], environ={"REDIS_URL": "x", **dict.fromkeys(NOT_INHERITED, "y")})

    assert seen["env"] == {"REDIS_URL": "x"}
