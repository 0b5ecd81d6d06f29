"""RQ's jobs, as far as they are ours.

RQ imports whatever a job names, and calls it: who may write to Redis could run any code here.
"""

from collections.abc import Callable
from typing import Any

from rq.job import Job
from rq.utils import import_attribute

from odps_bot.store.job_queue import FORMER_JOBS, JOBS


class ForbiddenJobError(Exception):
    """A job that names something else than one of our functions. It is set aside as failed."""


class AllowedJob(Job):
    """A job that can be nothing but one of `JOBS`, and calls nothing back."""

    @property
    def func(self) -> Callable[..., Any]:
        """Return our function. Raises ForbiddenJobError."""
        name = FORMER_JOBS.get(self.func_name or "", self.func_name)
        if name not in JOBS or self.instance is not None:
            raise ForbiddenJobError("the function of a job is not allowed")
        function: Callable[..., Any] = import_attribute(name)
        return function

    @property
    def success_callback(self) -> None:
        """Return nothing: none of our jobs has any."""

    @property
    def failure_callback(self) -> None:
        """Return nothing, likewise."""

    @property
    def stopped_callback(self) -> None:
        """Return nothing, likewise."""
