"""Whoever may write to Redis can have no other code run than ours."""

import pkgutil
from types import SimpleNamespace

import pytest

from odps_bot.store.job_queue import FORMER_JOBS, JOBS
from workers import jobs
from workers.runtime.allowed_jobs import AllowedJob, ForbiddenJobError


def job(name, *, instance=None):
    """Return a job as RQ restores it, without Redis."""
    named = type("Named", (AllowedJob,), {"func_name": name, "instance": instance})
    return named.__new__(named)


@pytest.mark.parametrize("name", JOBS)
def test_each_of_our_jobs_is_a_function(name):
    assert job(name).func.__name__ == name.rpartition(".")[2]


def test_each_module_of_jobs_is_one_of_our_jobs():
    modules = {f"{jobs.__name__}.{module.name}" for module in pkgutil.iter_modules(jobs.__path__)}

    assert {name.rpartition(".")[0] for name in JOBS} == modules


@pytest.mark.parametrize(("former", "name"), FORMER_JOBS.items())
def test_what_version_0_2_has_enqueued_is_still_run(former, name):
    assert job(former).func is job(name).func


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "builtins.eval",
        "",
        None,
        f"{JOBS[0]} ",
        JOBS[0].upper(),
        "workers.submission.submit.submit",
    ],
)
def test_anything_else_is_refused(name):
    with pytest.raises(ForbiddenJobError):
        _ = job(name).func


def test_a_method_of_an_object_is_refused_whatever_its_name():
    with pytest.raises(ForbiddenJobError):
        _ = job(JOBS[0], instance=SimpleNamespace()).func


def test_nothing_is_called_back():
    ours = job(JOBS[0])

    assert (ours.success_callback, ours.failure_callback, ours.stopped_callback) == (None,) * 3
