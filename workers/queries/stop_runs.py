"""Stop the runs of a question that was answered with yes, a part of them at a time.

What was done is read from the runs themselves: whoever repeats a step that broke off goes on there.
"""

import contextlib
from collections import defaultdict
from datetime import timedelta
from functools import partial

from redis.exceptions import RedisError

from odps_bot.authorization import ChannelMember, effective_role
from odps_bot.messages import Message
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.bulk_stop import Stopped, runs_stopped
from odps_bot.policy.bulk_stop import Hindrance, Stopper, hindrance_of
from odps_bot.replies.inquiries import StopInquiry
from odps_bot.runs import MilestoneCode, Run, RunState, lifecycle
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.stop_questions import StopQuestion

#: So many are stopped in one step: other people's inquiries wait no longer.
STEP = 100

NEXT_STEP = timedelta(0)


def answer_stops(inquiry: StopInquiry, services: Services) -> list[Message] | timedelta:
    """Stop the next runs; return what came of all of them, or when to go on. Safe to repeat."""
    question = services.stores.stop_questions.get(inquiry.question_id)
    if question is None or question.confirmed_at is None:
        why = "I no longer know which runs these were. `/odps status` shows what is active."
        return [ephemeral.problem(why)]
    who = _stopper(inquiry, services)
    runs = services.stores.runs.get_all_readable(question.run_ids)
    left = [
        run for run in runs if not _is_stopped(run, question) and hindrance_of(run, who) is None
    ]
    for run in left[:STEP]:
        _stop(run, question, who, services)
    services.jobs.deliver()
    if len(left) > STEP:
        return NEXT_STEP
    # Those that have changed are read anew: some have ended before their stop came.
    result = _result(question, who, services)
    _record(inquiry, question, result, services)
    return [runs_stopped(result)]


def _stopper(inquiry: StopInquiry, services: Services) -> Stopper:
    member = ChannelMember(
        user_id=inquiry.user_id,
        channel_id=inquiry.channel_id,
        is_external=inquiry.is_external,
        is_membership_unknown=inquiry.is_membership_unknown,
    )
    return Stopper(
        team_id=inquiry.team_id,
        channel_id=inquiry.channel_id,
        user_id=inquiry.user_id,
        role=effective_role(member, services),
    )


def _is_stopped(run: Run, question: StopQuestion) -> bool:
    """Return whether the person has stopped the run since they said yes.

    A stop that MaxCompute has refused leaves the run as it was, but for a milestone.
    """
    requested_at, since = run.stop_requested_at, question.confirmed_at
    if since is None:
        return False
    if requested_at is None:
        refused = (one.at for one in run.milestones if one.code is MilestoneCode.STOP_REFUSED)
        return any(at >= since for at in refused)
    return run.stop_requested_by == question.user_id and requested_at >= since


def _stop(run: Run, question: StopQuestion, who: Stopper, services: Services) -> None:
    now = services.clock()
    event = partial(lifecycle.request_stop, user_id=who.user_id, now=now)
    changed = services.stores.runs.apply(run.run_id, event)
    if changed is None:
        return
    # The request is stored: the reconciler enqueues the job if that fails here.
    with contextlib.suppress(RedisError):
        if changed.state is RunState.STOPPING:
            services.jobs.stop_run(run.run_id)
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.DECISION,
            what="stop",
            team_id=who.team_id,
            channel_id=who.channel_id,
            user_id=who.user_id,
            project=run.project,
            run_id=run.run_id,
            run=run.name,
            instance_id=run.instance_id or "",
            detail=f"one of several: {question.asked_for}",
        )
    )


def _result(question: StopQuestion, who: Stopper, services: Services) -> Stopped:
    runs = services.stores.runs.get_all_readable(question.run_ids)
    stopped: list[Run] = []
    others: dict[Hindrance, list[Run]] = defaultdict(list)
    for run in runs:
        hindrance = hindrance_of(run, who)
        # Of one whose stop MaxCompute has refused, the thread says so.
        if hindrance is None or _is_stopped(run, question):
            stopped.append(run)
        else:
            others[hindrance].append(run)
    return Stopped(stopped=stopped, others=others, gone=len(question.run_ids) - len(runs))


def _record(
    inquiry: StopInquiry, question: StopQuestion, result: Stopped, services: Services
) -> None:
    counts = {"stopped": len(result.stopped), "gone": result.gone}
    counts |= {hindrance.value: len(runs) for hindrance, runs in result.others.items()}
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.DECISION,
            what="stop_runs",
            team_id=inquiry.team_id,
            channel_id=inquiry.channel_id,
            user_id=inquiry.user_id,
            detail=f"{question.asked_for}: {told}",
        )
    )
