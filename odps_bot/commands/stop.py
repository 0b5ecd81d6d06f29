"""`/odps stop`: request to stop a run; the workers carry it out."""

import contextlib
from functools import partial

from redis.exceptions import RedisError

from odps_bot.authorization import effective_role, require_permission
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.request import Answer, Request
from odps_bot.input.stop_choice import USAGE, names_several
from odps_bot.interactions import stop_runs
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.run.states import run_duration, state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.policy.bulk_stop import Stopper, stop_denial
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run, RunState, lifecycle
from odps_bot.services import Services


def answer(request: Request, services: Services) -> Answer:
    """Stop the named run, ask about those that are described, or offer the running ones."""
    if names_several(request.text):
        return stop_runs.preview(request.text, request, services)
    wanted = find_run.identifier(request, services, usage=USAGE)
    if wanted is None:
        return _offer(request, services)
    hint = (
        "I'm not following instance {}. Nothing was changed. {} starts following it; operators can"
        " then stop it here."
    )
    run = find_run.known_run(request, services, wanted, if_instance=hint)
    return stop(run, request, services)


def stop(run: Run, request: Request, services: Services) -> Answer:
    """Request to stop `run`, if this person is allowed to; safe to repeat."""
    _check(run, request, services)
    if run.query_id and not run.is_final:
        raise CommandError(
            f"MaxCompute is carrying out run {run_link(run)}, and offers no way to stop that."
            " Nothing was changed."
        )
    event = partial(lifecycle.request_stop, user_id=request.user_id, now=services.clock())
    changed = services.stores.runs.apply(run.run_id, event)
    if changed is None:
        return _too_late(services.stores.runs.get(run.run_id) or run, services)
    # The request is stored: the reconciler enqueues the jobs if that fails here.
    with contextlib.suppress(RedisError):
        if changed.state is RunState.STOPPING:
            services.jobs.stop_run(run.run_id)
        services.jobs.deliver()
    if request.is_click and not request.is_ephemeral:
        # The card that was clicked will show it in a moment.
        return None
    if changed.is_final:
        return Message(f":octagonal_sign: Run {run_link(run)} was stopped before it was submitted.")
    return Message(
        f":octagonal_sign: Stopping run {run_link(run)}. MaxCompute stops it at its next"
        " checkpoint; the card will show it."
    )


def _check(run: Run, request: Request, services: Services) -> None:
    """Raise DeniedError unless the person is allowed to stop the run; everybody may stop theirs."""
    who = Stopper(**request.who, role=effective_role(request, services))
    if stop_denial(run, who) is None:
        return
    require_permission(request, services, Permission.STOP_OTHERS, project=run.project)
    raise DeniedError(
        f"Run {run_link(run)} can only be stopped by {t.mention(run.user_id)}, or in"
        f" <#{run.channel_id}>.",
        Denial(code=DenialCode.OTHER_CHANNEL, project=run.project),
    )


def _too_late(run: Run, services: Services) -> Answer:
    took = run_duration(run, services.clock())
    if run.is_final:
        return Message(
            f"Run {run_link(run)} has already ended ({state_in_words(run)} after {took})."
            " Nothing was changed."
        )
    who = t.mention(run.stop_requested_by) if run.stop_requested_by else "Somebody"
    return Message(f"{who} already requested to stop run {run_link(run)}.")


def _offer(request: Request, services: Services) -> Answer:
    may_stop_others = effective_role(request, services).allows(Permission.STOP_OTHERS)
    running = [
        run
        for run in find_run.my_open_runs(request, services)
        if run.stop_requested_at is None
        and run.query_id is None
        and (may_stop_others or request.owns(run))
    ]
    return ephemeral.offer(ephemeral.STOP, running, now=services.clock())


COMMAND = Command(
    usage=USAGE,
    summary="Stop a run, or several after a preview; without an ID, choose from the active ones",
    group=Group.CONTROL,
    examples=(
        "/odps stop",
        "/odps stop r42",
        "/odps stop mine",
        "/odps stop channel queued older 2h",
        "/odps stop project analytics owner @bob",
    ),
    answer=answer,
)
