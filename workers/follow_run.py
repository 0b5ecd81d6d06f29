"""RQ job: look once at a run's instance, and book the next look."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

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
from odps_bot.runs import Change, Cost, Milestone, Run, RunState, Telling
from odps_bot.services import Services
from workers.actual_cost import actual_cost
from workers.look import Sight, look_at
from workers.look_xflow import is_xflow
from workers.process_services import services

log = logging.getLogger(__name__)

#: A result that cannot be read for so long is not shown, so that its end is told.
UNREADABLE_PATIENCE = timedelta(seconds=20)

#: Ends after which MaxCompute is asked what was used.
HAVE_USED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})


def follow_run(run_id: str, *, is_prompted: bool = False) -> None:
    """Look at the run; RQ calls this by name."""
    follow(run_id, services(), is_prompted=is_prompted)


def follow(run_id: str, services: Services, *, is_prompted: bool = False) -> None:
    """Look once, record what changed, and book the next look unless it is over.

    Safe to repeat: a look that comes before its time asks nobody anything, unless it is prompted
    because something is known to have happened.
    """
    run = services.runs.get_or_set_aside(run_id)
    if run is None:
        return
    now = services.clock()
    is_early = following.is_early(run, now) and not is_prompted
    if run.state not in {RunState.RUNNING, RunState.STOPPING} or is_early:
        return
    is_swept = services.sweeps.are_trusted(run.project)
    decide: Callable[[Run], Change | None]
    is_flow = is_xflow(run.sql)
    try:
        instance = services.maxcompute_of(run.project).get_instance(
            run.instance_id or "", project=run.project
        )
        if following.is_stop_unsent(run):
            _send_stop(run, instance, now, services)
        sight = look_at(
            instance,
            is_last_try=_is_long_unseen(run, now),
            known_steps=run.sub_instances if is_flow else None,
        )
    except NotFoundError as error:
        log.warning("run %s: %s", run_id, error)
        decide = partial(_lost, why=INSTANCE_GONE, now=now)
    except MaxComputeError as error:
        log.warning("run %s: a look failed: %s", run_id, error)
        patience = services.settings.patience
        decide = partial(_unseen, now=now, patience=patience, is_swept=is_swept)
    else:
        # An XFlow uses nothing itself; its steps do, each in an instance of its own.
        has_used = sight.outcome in HAVE_USED and not is_flow
        cost = actual_cost(instance) if has_used else None
        decide = partial(_seen, sight=sight, cost=cost, now=now, is_swept=is_swept)
    changed = services.runs.change(run_id, decide)
    if changed is None:
        return
    if changed.is_final:
        log.info("run %s has ended: %s", run_id, changed.state)
    _park(run, changed, services)
    services.jobs.deliver()


def _park(before: Run, after: Run, services: Services) -> None:
    """Let one look be parked for the run, or none when it is over."""
    if after.next_look_at == before.next_look_at:
        return
    if before.next_look_at is not None:
        services.jobs.cancel_look(before.run_id, before.next_look_at)
    if after.next_look_at is not None:
        services.jobs.follow_run(after.run_id, at=after.next_look_at)


def _is_long_unseen(run: Run, now: datetime) -> bool:
    since = run.unreachable_since
    return since is not None and now - since > UNREADABLE_PATIENCE


def _send_stop(run: Run, instance: Instance, now: datetime, services: Services) -> None:
    """Stop the instance; what fails for now is left for the next look."""
    try:
        instance.stop()
    except AlreadyTerminatedError:
        log.info("run %s ended before it could be stopped", run.run_id)
    except ApiError as error:
        if isinstance(error, NotFoundError):
            raise
        if error.is_retryable:
            # The instance may answer all the same: it is not out of reach because of this.
            log.warning("run %s: the stop is not accepted yet: %s", run.run_id, error)
            return
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


def _seen(
    run: Run, *, sight: Sight, cost: Cost | None, now: datetime, is_swept: bool
) -> Change | None:
    """Return what a look changes."""
    if run.is_final:
        return None
    happened = following.stage_milestones(run.stages, sight.stages, at=now)
    if run.is_silence_told:
        happened = (Milestone(at=now, text="MaxCompute answers again"), *happened)
    if sight.waiting_for and sight.waiting_for != run.waiting_for:
        happened = (Milestone(at=now, text=sight.waiting_for), *happened)
    seen = msgspec.structs.replace(
        run,
        looks=run.looks + 1,
        looked_at=now,
        unreachable_since=None,
        is_silence_told=False,
        stages=sight.stages or run.stages,
        sub_instances=sight.sub_instances or run.sub_instances,
        finished_percentage=following.overall_percentage(sight.stages or run.stages),
        waiting_for=sight.waiting_for,
        milestones=following.with_milestones(run.milestones, happened),
    )
    if sight.outcome is not None:
        return _ended(seen, sight, sight.outcome, cost, now)
    is_shown_change = (
        seen.stages != run.stages
        or seen.sub_instances != run.sub_instances
        or seen.waiting_for != run.waiting_for
        or run.unreachable_since is not None
        or seen.looks % following.LOOKS_A_CARD == 0
    )
    tell = ((Telling.MOVED,) if is_shown_change else ()) + ((Telling.PROGRESS,) if happened else ())
    return _with_next_look(seen, tell, now, is_swept=is_swept)


def _ended(seen: Run, sight: Sight, outcome: RunState, cost: Cost | None, now: datetime) -> Change:
    milestone = Milestone(at=now, text=outcome.value.capitalize())
    ended = msgspec.structs.replace(
        seen,
        state=outcome,
        ended_at=sight.ended_at or now,
        table=sight.table,
        cost=cost,
        result_text=sight.text,
        next_look_at=None,
        milestones=following.with_milestones(seen.milestones, (milestone,)),
    )
    return Change(run=ended, tell=(Telling.FINAL, Telling.COMPLETION, Telling.PROGRESS))


def _unseen(run: Run, *, now: datetime, patience: timedelta, is_swept: bool) -> Change | None:
    """Return what a failed look changes: said after a while, given up after a long one."""
    if run.is_final:
        return None
    since = run.unreachable_since or now
    if now - since > patience:
        return _lost(run, why=OUT_OF_REACH, now=now)
    unseen = msgspec.structs.replace(run, looks=run.looks + 1, unreachable_since=since)
    if run.is_silence_told or now - since < following.SILENCE_WORTH_SAYING:
        return _with_next_look(unseen, (), now, is_swept=is_swept)
    silence = Milestone(at=now, text="MaxCompute does not answer; I keep trying")
    told = msgspec.structs.replace(
        unseen,
        is_silence_told=True,
        milestones=following.with_milestones(run.milestones, (silence,)),
    )
    return _with_next_look(told, (Telling.CARD, Telling.PROGRESS), now, is_swept=is_swept)


def _lost(run: Run, *, why: str, now: datetime) -> Change | None:
    if run.is_final:
        return None
    lost = msgspec.structs.replace(
        run, state=RunState.LOST, result_text=why, ended_at=now, next_look_at=None
    )
    return Change(run=lost, tell=(Telling.FINAL, Telling.COMPLETION))


def _with_next_look(
    run: Run, tell: tuple[Telling, ...], now: datetime, *, is_swept: bool
) -> Change:
    pause = following.pause_before_look(run, now, is_swept=is_swept)
    if following.is_look_parked(run, now, pause):
        return Change(run=run, tell=tell)
    return Change(
        run=msgspec.structs.replace(run, next_look_at=now + pause),
        tell=tell,
        due_in=pause + following.SAFETY_NET,
    )
