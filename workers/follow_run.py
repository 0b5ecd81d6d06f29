"""RQ job: look once at a run's instance, and book the next look."""

import logging
from datetime import datetime

import msgspec

from odps_bot import following
from odps_bot.maxcompute import (
    AlreadyTerminatedError,
    ApiError,
    Instance,
    MaxComputeError,
    NotFoundError,
)
from odps_bot.messages.refusals import INSTANCE_GONE, OUT_OF_REACH, why_maxcompute_refused
from odps_bot.runs import Change, Milestone, Run, RunState, Telling
from odps_bot.services import Services
from workers.look import Sight, look_at
from workers.process_services import services

log = logging.getLogger(__name__)


def follow_run(run_id: str) -> None:
    """Look at the run; RQ calls this by name."""
    follow(run_id, services())


def follow(run_id: str, services: Services) -> None:
    """Look once, record what changed, and book the next look unless it is over.

    Safe to repeat: a look that comes before its time asks nobody anything.
    """
    run = services.runs.get(run_id)
    if run is None:
        services.runs.forget_due(run_id)
        return
    now = services.clock()
    if run.state not in {RunState.RUNNING, RunState.STOPPING} or following.is_early(run, now):
        return
    try:
        instance = services.maxcompute.get_instance(run.instance_id or "", project=run.project)
        if run.state is RunState.STOPPING and not run.is_stop_sent:
            _send_stop(run, instance, now, services)
        sight = look_at(instance)
    except NotFoundError as error:
        log.warning("run %s: %s", run_id, error)
        changed = services.runs.change(run_id, lambda run: _lost(run, INSTANCE_GONE, now))
    except MaxComputeError as error:
        log.warning("run %s: a look failed: %s", run_id, error)
        changed = services.runs.change(run_id, lambda run: _unseen(run, now, services))
    else:
        changed = services.runs.change(run_id, lambda run: _seen(run, sight, now))
    if changed is not None:
        _book_next(changed, now, services)


def _send_stop(run: Run, instance: Instance, now: datetime, services: Services) -> None:
    try:
        instance.stop()
    except AlreadyTerminatedError:
        log.info("run %s ended before it could be stopped", run.run_id)
    except ApiError as error:
        if error.is_retryable or isinstance(error, NotFoundError):
            raise
        log.warning("run %s cannot be stopped: %s", run.run_id, error)
        why = f"Could not be stopped. {why_maxcompute_refused(error)}"
        services.runs.change(run.run_id, lambda run: _unstoppable(run, why, now))
        return
    services.runs.note(run.run_id, is_stop_sent=True)


def _unstoppable(run: Run, why: str, now: datetime) -> Change | None:
    """Return what a refused stop changes: the run goes on, and may be stopped again."""
    if run.state is not RunState.STOPPING:
        return None
    milestone = Milestone(at=now, text=why)
    goes_on = msgspec.structs.replace(
        run,
        state=RunState.RUNNING,
        stop_requested_by=None,
        stop_requested_at=None,
        milestones=following.with_milestones(run.milestones, (milestone,)),
    )
    return Change(run=goes_on, tell=(Telling.CARD, Telling.PROGRESS))


def _seen(run: Run, sight: Sight, now: datetime) -> Change | None:
    """Return what a look changes."""
    if run.is_final:
        return None
    happened = following.stage_milestones(run.stages, sight.stages, at=now)
    if sight.waiting_for and sight.waiting_for != run.waiting_for:
        happened = (Milestone(at=now, text=sight.waiting_for), *happened)
    seen = msgspec.structs.replace(
        run,
        looks=run.looks + 1,
        unreachable_since=None,
        stages=sight.stages or run.stages,
        finished_percentage=following.overall_percentage(sight.stages or run.stages),
        waiting_for=sight.waiting_for,
        milestones=following.with_milestones(run.milestones, happened),
    )
    if sight.outcome is not None:
        return _ended(seen, sight, sight.outcome, now)
    is_shown_change = (
        seen.stages != run.stages
        or seen.waiting_for != run.waiting_for
        or run.unreachable_since is not None
        or seen.looks % following.LOOKS_A_CARD == 0
    )
    tell = ((Telling.CARD,) if is_shown_change else ()) + ((Telling.PROGRESS,) if happened else ())
    return _with_next_look(seen, tell, now)


def _ended(seen: Run, sight: Sight, outcome: RunState, now: datetime) -> Change:
    milestone = Milestone(at=now, text=outcome.value.capitalize())
    ended = msgspec.structs.replace(
        seen,
        state=outcome,
        ended_at=sight.ended_at or now,
        table=sight.table,
        result_text=sight.text,
        next_look_at=None,
        milestones=following.with_milestones(seen.milestones, (milestone,)),
    )
    return Change(run=ended, tell=(Telling.CARD, Telling.COMPLETION, Telling.PROGRESS))


def _unseen(run: Run, now: datetime, services: Services) -> Change | None:
    """Return what a failed look changes: said after a while, given up after a long one."""
    if run.is_final:
        return None
    since = run.unreachable_since or now
    if now - since > services.settings.patience:
        return _lost(run, OUT_OF_REACH, now)
    unseen = msgspec.structs.replace(run, looks=run.looks + 1, unreachable_since=since)
    is_worth_saying = now - since >= following.SILENCE_WORTH_SAYING
    return _with_next_look(unseen, (Telling.CARD,) if is_worth_saying else (), now)


def _lost(run: Run, why: str, now: datetime) -> Change | None:
    if run.is_final:
        return None
    lost = msgspec.structs.replace(run, state=RunState.LOST, result_text=why, ended_at=now)
    return Change(run=lost, tell=(Telling.CARD, Telling.COMPLETION))


def _with_next_look(run: Run, tell: tuple[Telling, ...], now: datetime) -> Change:
    pause = following.pause_before_look(run, now)
    return Change(
        run=msgspec.structs.replace(run, next_look_at=now + pause),
        tell=tell,
        due_in=pause + following.SAFETY_NET,
    )


def _book_next(run: Run, now: datetime, services: Services) -> None:
    if run.next_look_at is not None and not run.is_final:
        services.jobs.follow_run(run.run_id, after=run.next_look_at - now)
    services.jobs.deliver()
