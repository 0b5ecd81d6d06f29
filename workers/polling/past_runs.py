"""What a success adds to the history of its statement, and what that says of a run."""

from collections.abc import Sequence
from datetime import datetime

from odps_bot.diagnosis.phases import planning_s
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import quota_of
from odps_bot.history.past_run import PastRun, PastStage, statement_of
from odps_bot.history.usual import Comparison, Usual, compare, usual_of
from odps_bot.maxcompute import InstanceSource
from odps_bot.maxcompute.models.details import TaskSummary
from odps_bot.runs import Cost, Run
from odps_bot.runs.origin import origin_of
from odps_bot.services import Services
from workers.polling.diagnosis_snapshot import stage_name
from workers.polling.resource_usage import Usage, total


def statement_of_run(run: Run) -> str:
    """Return what the run shares with others of its job; empty where that is not known."""
    return statement_of(run.sql, node_id=run.origin.node_id if run.origin else "")


def statement_of_source(source: InstanceSource | None) -> str:
    """Return the same from what was submitted as an instance."""
    tasks = source.tasks if source else ()
    sql = ";\n".join(task.query for task in tasks if task.query)
    origin = origin_of([task.name for task in tasks], _settings(source))
    return statement_of(sql, node_id=origin.node_id if origin else "")


def quota_of_source(source: InstanceSource | None) -> str:
    """Return the quota that the settings of an instance chose; empty: they chose none."""
    sql = ";\n".join(task.query for task in source.tasks if task.query) if source else ""
    return quota_of(sql, _settings(source))


def _settings(source: InstanceSource | None) -> dict[str, str]:
    tasks = source.tasks if source else ()
    return {key: value for task in tasks for key, value in task.settings.items()}


def usual_for(run: Run, services: Services) -> Usual | None:
    """Return what is usual for the run; None where its statement is not known. One round trip."""
    statement = statement_of_run(run)
    if not statement:
        return None
    at = run.started_at or run.requested_at
    runs = services.stores.history.runs(run.project, statement, now=services.clock())
    return usual_of(runs, at=at)


def keep_success(
    run: Run,
    usage: Usage,
    services: Services,
    *,
    ended_at: datetime | None,
    now: datetime,
    snapshots: Sequence[Snapshot] = (),
) -> Comparison | None:
    """Keep a success, once however often this is called; return how it differs from the usual.

    `snapshots` are those of its last minutes.
    """
    quota = quota_of(run.sql, run.hints) or _quota_of_project(run, services)
    past = past_run(run, usage, ended_at=ended_at or now, snapshots=snapshots, quota=quota)
    before = services.stores.history.add(run.project, statement_of_run(run), past, now=now)
    return compare(past, before)


def _quota_of_project(run: Run, services: Services) -> str:
    rules = services.rules.project(run.project)
    if run.is_foreign:
        return ""
    if run.is_interactive:
        return rules.interactive if isinstance(rules.interactive, str) else ""
    return rules.quota or ""


def past_run(
    run: Run,
    usage: Usage,
    *,
    ended_at: datetime,
    snapshots: Sequence[Snapshot] = (),
    quota: str = "",
) -> PastRun:
    """Return what is kept of a run that has succeeded."""
    submitted = run.started_at or run.requested_at
    return past_instance(
        run.instance_id or "",
        usage,
        submitted=submitted,
        began=run.execution_began_at,
        ended=ended_at,
        snapshots=snapshots,
        quota=quota,
    )


def past_instance(
    instance_id: str,
    usage: Usage,
    *,
    submitted: datetime,
    began: datetime | None,
    ended: datetime,
    snapshots: Sequence[Snapshot] = (),
    quota: str = "",
) -> PastRun:
    """Return what is kept of an instance that has succeeded.

    `began` is when something of it was first seen running; None: nobody saw that.
    """
    total_s = max(0.0, (ended - submitted).total_seconds())
    wait_s = None
    if began is not None:
        # The clocks of MaxCompute and of whoever has seen it differ.
        wait_s = min(total_s, max(0.0, (began - submitted).total_seconds()))
    cost = usage.cost or Cost()
    read = [amount for one in usage.summaries for amount in one.inputs.values()]
    written = [amount for one in usage.summaries for amount in one.outputs.values()]
    return PastRun(
        instance_id=instance_id,
        submitted_s=int(submitted.timestamp()),
        run_s=total_s - (wait_s or 0.0),
        wait_s=wait_s,
        planning_s=planning_s(snapshots),
        input_records=total(one.records for one in read),
        input_bytes=total(one.size_bytes for one in read) or cost.input_bytes,
        output_records=total(one.records for one in written),
        cpu_core_s=cost.cpu_core_s,
        memory_gb_s=cost.memory_gb_s,
        quota=quota,
        stages=_stages(usage.summaries),
    )


def _stages(summaries: Sequence[TaskSummary]) -> tuple[PastStage, ...]:
    """Return the stages of a job's only task; those of several may have the same names."""
    if len(summaries) != 1:
        return ()
    return tuple(
        PastStage(
            name=stage_name(one.name),
            workers=one.workers,
            input_records=one.input_records,
            output_records=one.output_records,
        )
        for one in summaries[0].stages
    )
