"""What MaxCompute estimates a statement to cost: an instance of its own, polled later."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from odps_bot.maxcompute import Client, Instance, MaxComputeError, TaskState
from odps_bot.messages.failures import is_compile_error
from odps_bot.policy.engine_settings import name_settings
from odps_bot.replies.inquiries import CostInquiry
from odps_bot.runs import Estimate, Outcome, ReasonCode, Requester, Run
from odps_bot.runs.outcome import kept_detail
from odps_bot.services import Services
from odps_bot.sql.classification import classify
from odps_bot.sql.job_settings import QUOTA


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """What is estimated, and where."""

    sql: str
    hints: Mapping[str, str]
    projects: Collection[str]  #: the one it is estimated in, and those that are known, too

    @classmethod
    def of(cls, what: Run | CostInquiry, services: Services) -> Self:
        """Return what a run or an inquiry about the cost has estimated."""
        projects = {name.lower() for name in (what.project, *services.settings.projects)}
        return cls(sql=what.sql, hints=what.hints, projects=projects)


def begin_estimate(
    client: Client, what: Run | CostInquiry, owner: Requester, services: Services, *, guid: str
) -> Instance:
    """Have a statement estimated; whose the estimate is, is recorded. Raises MaxComputeError.

    A repetition with the same Guid finds the same estimate.
    """
    # First: the statement is as private as a run's own instance.
    services.stores.owners.remember(owner, guid)
    rules = services.rules.project(what.project)
    # No interactive quota estimates anything.
    chosen = {
        key: value
        for key, value in what.hints.items()
        if not what.interactive or key.lower() != QUOTA
    }
    hints = chosen | name_settings(classify(what.sql, what.hints), rules)
    instance = client.run_sql_cost(what.sql, project=what.project, hints=hints, guid=guid)
    services.stores.owners.remember(owner, instance.id)
    return instance


def poll_estimate(instance: Instance, estimated: Estimated) -> Estimate | Outcome | None:
    """Return the estimate, why there is none, or None while it goes on. Raises MaxComputeError."""
    statuses = instance.get_task_statuses()
    if not statuses.is_terminated:
        return None
    if not statuses.is_successful:
        return no_estimate(_why(instance), estimated)
    cost = instance.get_sql_cost()
    return Estimate(
        input_bytes=cost.input_bytes, complexity=cost.complexity, udf_count=cost.udf_count
    )


def no_estimate(error_text: str, estimated: Estimated) -> Outcome:
    """Return what an error means: that what is estimated can never run, or no more than that."""
    is_fatal = is_compile_error(
        error_text, sql=estimated.sql, hints=estimated.hints, projects=estimated.projects
    )
    reason = ReasonCode.COMPILE_ERROR if is_fatal else ReasonCode.ESTIMATE_FAILED
    return Outcome(reason=reason, detail=kept_detail(error_text))


def _why(instance: Instance) -> str:
    try:
        results = instance.get_task_results().values()
    except MaxComputeError:
        return ""
    texts = (r.error.text for r in results if r.status in {TaskState.FAILED, None})
    return "\n".join(texts).strip()
