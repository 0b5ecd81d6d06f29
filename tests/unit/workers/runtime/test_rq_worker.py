"""What a worker's thread says of itself to those who look after it."""

from datetime import timedelta

from workers.runtime.rq_worker import CurrentJob

MINUTE = timedelta(minutes=1)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_job_may_take_its_time_and_a_little_more() -> None:
    clock = Clock()
    current_job = CurrentJob(clock=clock)
    assert current_job.problem() is None

    current_job.begin(MINUTE)
    clock.now_s = 119
    assert current_job.problem() is None
    clock.now_s = 121
    assert current_job.problem() == "a job is stuck"
    current_job.end()
    assert current_job.problem() is None


def test_a_worker_without_a_job_asks_for_one_every_half_minute() -> None:
    clock = Clock()
    current_job = CurrentJob(clock=clock)
    clock.now_s = 29
    current_job.end()
    clock.now_s = 58
    assert current_job.problem() is None

    clock.now_s = 60

    assert current_job.problem() == "asked for no job for 30 s"
