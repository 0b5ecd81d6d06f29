"""Decide on the open question of a run: its cost, or somebody else's approval."""

import contextlib
import logging
from datetime import datetime
from functools import partial

from redis.exceptions import RedisError

from odps_bot.authorization import (
    ChannelMember,
    effective_role,
    is_approver,
    require_run_permission,
)
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError
from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message, denials, people
from odps_bot.messages import text as t
from odps_bot.messages.denials import NOTHING_DONE
from odps_bot.messages.run.questions import decision_in_words
from odps_bot.messages.run.states import state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.policy.cost_decision import digest_of
from odps_bot.runs import Decision, Question, Run, RunState, lifecycle
from odps_bot.services import Services
from odps_bot.sql.classification import classify
from odps_bot.store.audit import AuditKind, AuditLine

log = logging.getLogger(__name__)


def decide(
    run: Run,
    digest: str | None,
    request: Request,
    services: Services,
    *,
    is_approval: bool,
    reason: str = "",
    standing_until: datetime | None = None,
) -> Answer:
    """Decide on the run, if this person is allowed to and nobody has decided; safe to repeat.

    `digest` is that of what the clicked message showed; None: of what is shown now. Raises
    CommandError if there is nothing to decide, DeniedError if this person can't decide it.
    """
    question = check(run, digest, request, services, is_approval=is_approval)
    decision = Decision(
        user_id=request.user_id,
        at=services.clock(),
        is_approval=is_approval,
        digest=question.digest,
        reason=reason,
        standing_until=standing_until,
    )

    changed = services.stores.runs.apply(run.run_id, partial(lifecycle.decide, decision=decision))
    if changed is None:
        # Somebody else was faster.
        raise _nothing_open(services.stores.runs.get(run.run_id) or run)
    _record(changed, decision, services)
    # The decision is stored: the reconciler enqueues the jobs if that fails here.
    with contextlib.suppress(RedisError):
        if is_approval:
            services.jobs.submit_run(run.run_id)
        services.jobs.deliver()
    if request.is_click:
        # The card that was clicked will show it in a moment.
        return None
    goes_on = "See its card." if is_approval else "Nothing was submitted."
    return Message(f"Run {run_link(run)}: {decision_in_words(changed)}. {goes_on}")


def check(
    run: Run, digest: str | None, request: Request, services: Services, *, is_approval: bool
) -> Question:
    """Return the open question if this person can decide it now. Raises what `decide` raises."""
    question = run.question
    if run.state is not RunState.AWAITING_DECISION or question is None:
        raise _nothing_open(run)
    if services.clock() >= question.expires_at:
        raise CommandError(f"The question about run {run_link(run)} has expired. {NOTHING_DONE}")
    _check_right(run, question, request, services)
    if (digest or question.digest) != question.digest or digest_of(run) != question.digest:
        raise CommandError(
            f"What run {run_link(run)} would do has changed since. {NOTHING_DONE} Check its card"
            " and decide again."
        )
    if is_approval and not question.is_shown:
        raise CommandError(
            f"Run {run_link(run)} can't be approved before its whole statement is in the thread."
            f" {NOTHING_DONE} Try again in a moment."
        )
    return question


def _check_right(run: Run, question: Question, request: Request, services: Services) -> None:
    if question.is_for_requester:
        if request.user_id != run.user_id:
            raise _denied(
                f"Only {t.mention(run.user_id)}, who requested run {run_link(run)}, can"
                f" {'accept its cost' if question.kind == 'cost' else 'confirm it'}.",
                Denial(code=DenialCode.NOT_REQUESTER, project=run.project, detail=run.user_id),
            )
        require_run_permission(run, services)
        return
    project = services.rules.project(run.project)
    # In the channel of its card, wherever this person is.
    person = ChannelMember(
        user_id=request.user_id, channel_id=run.channel_id, is_external=request.is_external
    )
    effective = effective_role(person, services)
    if project.approver_ids and not is_approver(person, run.project, services):
        raise _denied(
            f"Only {people.named(project.approver_ids)} can decide on run {run_link(run)}.",
            Denial(code=DenialCode.NOT_APPROVER, project=run.project),
        )
    if not is_approver(person, run.project, services):
        unknown = f" {denials.MEMBERSHIP_NOT_KNOWN}" if request.is_membership_unknown else ""
        raise _denied(
            f"You need the role *{project.approvers}* in <#{run.channel_id}> to decide on run"
            f" {run_link(run)}. Yours is *{effective.role}*.{unknown}"
            f" {denials.ask_for_help(services.rules.contact, user_id=request.user_id)}",
            Denial(
                code=DenialCode.ROLE,
                project=run.project,
                needed=project.approvers,
                has=effective.role,
            ),
        )
    if request.user_id == run.user_id and not project.self_approval:
        raise _denied(
            f"You can't approve or reject your own run {run_link(run)}. To withdraw it:"
            f" {t.code(f'/odps stop {run.name}')}.",
            Denial(code=DenialCode.OWN_RUN, project=run.project),
        )
    lock = services.stores.locks.get(run.project)
    if lock is not None and not classify(run.sql, run.hints).is_read:
        raise DeniedError(
            denials.locked(lock),
            Denial(code=DenialCode.LOCKED, project=run.project, detail=lock.reason),
        )


def _denied(why: str, denial: Denial) -> DeniedError:
    return DeniedError(f":wave: {why} {NOTHING_DONE}", denial)


def _nothing_open(run: Run) -> CommandError:
    how = decision_in_words(run) or f"it is {state_in_words(run)}"
    return CommandError(
        f"Run {run_link(run)} isn't awaiting a decision: {how}. Nothing was changed."
    )


def _record(run: Run, decision: Decision, services: Services) -> None:
    kind = run.question.kind if run.question else ""
    effect = f" {run.effect.in_short}." if run.effect else ""
    detail = f"{kind} of {run.user_id}'s run, {decision.digest}.{effect} {decision.reason}"
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.DECISION,
            what=("approve" if decision.is_approval else "reject"),
            team_id=run.team_id,
            channel_id=run.channel_id,
            user_id=decision.user_id,
            project=run.project,
            run_id=run.run_id,
            run=run.name,
            sql=run.sql,
            detail=detail.strip(),
            at=decision.at,
        )
    )
