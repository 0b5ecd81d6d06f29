"""Approve a run and its repetitions with other values for a while; list and end such approvals."""

from datetime import datetime, timedelta

from odps_bot.authorization import ChannelMember, is_approver, is_asked_apart
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.decide import check, decide
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.denials import NOTHING_DONE
from odps_bot.messages.replies.standing_approvals import approvals_list
from odps_bot.messages.run_link import run_link
from odps_bot.policy.standing_approvals import StatementShape, rules_digest, shape_of
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.standing_approvals import StandingApproval


def approve_for(run: Run, digest: str, request: Request, services: Services) -> Answer:
    """Approve the run, and the same statement of the same person with other values for a while.

    Raises what `decide` raises.
    """
    question = check(run, digest, request, services, is_approval=True)
    life = services.rules.project(run.project).standing_approval_life
    # The rules may have changed since the button was shown: it never does more than it says.
    shown = timedelta(hours=question.standing_hours)
    shape = shape_of(run, services.rules) if shown else None
    if life is None or shape is None or request.user_id == run.user_id:
        raise CommandError(
            f"Run {run_link(run)} can only be approved by itself: use *Approve*. {NOTHING_DONE}"
        )
    until = services.clock() + min(life, shown)
    answer = decide(run, digest, request, services, is_approval=True, standing_until=until)
    _grant(_approval(run, shape, request, services, until=until), services)
    return answer


def _approval(
    run: Run, shape: StatementShape, request: Request, services: Services, *, until: datetime
) -> StandingApproval:
    return StandingApproval(
        approval_id=run.run_id,
        run=run.name,
        team_id=run.team_id,
        project=run.project,
        user_id=run.user_id,
        approver_id=request.user_id,
        channel_id=run.channel_id,
        digest=shape.digest,
        text=shape.text,
        granted_at=services.clock(),
        expires_at=until,
        rules=rules_digest(services.rules, run.project),
        is_approver_external=request.is_external,
    )


def _grant(approval: StandingApproval, services: Services) -> None:
    services.stores.standing_approvals.grant(approval)
    if services.stores.locks.get(approval.project) is not None:
        # The project was locked meanwhile, which ends those that were there.
        services.stores.standing_approvals.end(approval)
        return
    _record("standing_approval_granted", approval, approval.approver_id, services)


def list_approvals(request: Request, services: Services, *, first: str = "") -> Message:
    """Return the standing approvals that concern the person: theirs, or theirs to end."""
    now = services.clock()
    held = services.stores.standing_approvals.of_projects(
        services.settings.projects, request.team_id, now=now
    )
    theirs = [one for one in held if _concerns(one, request, services)]
    is_allowed = any(
        services.rules.project(name).standing_approval_life for name in services.settings.projects
    )
    return approvals_list(theirs, first=first, is_allowed=is_allowed)


def revoke(value: str, request: Request, services: Services) -> Answer:
    """End the approval that a button names, and return the list without it."""
    project, _, approval_id = value.partition(" ")
    held = services.stores.standing_approvals.of_project(project, now=services.clock())
    found = next(
        (one for one in held if one.approval_id == approval_id and one.team_id == request.team_id),
        None,
    )
    if found is None:
        return list_approvals(request, services, first="That approval has ended already.")
    if not _concerns(found, request, services):
        raise DeniedError(
            f":wave: Only {t.mention(found.approver_id)}, {t.mention(found.user_id)} and those who"
            f" can approve in {t.code(project)} can end it. {NOTHING_DONE}",
            Denial(code=DenialCode.NOT_APPROVER, project=project),
        )
    if services.stores.standing_approvals.end(found):
        _record("standing_approval_revoked", found, request.user_id, services)
    words = f":white_check_mark: Ended: such statements in {t.code(project)} need approval again."
    return list_approvals(request, services, first=words)


def end_for_lock(project: str, request: Request, services: Services) -> int:
    """End all approvals of a project that was locked; return how many there were."""
    ended = services.stores.standing_approvals.end_all(project, now=services.clock())
    for approval in ended:
        _record("standing_approval_ended", approval, request.user_id, services)
    return len(ended)


def _concerns(approval: StandingApproval, request: Request, services: Services) -> bool:
    """Return whether the person may see the statement here, and can end its approval.

    What anyone with a role can approve, they see in its channel only.
    """
    if request.user_id in {approval.approver_id, approval.user_id}:
        return True
    is_here = request.channel_id == approval.channel_id
    if not is_here and not is_asked_apart(approval, request, services):
        return False
    person = ChannelMember(
        user_id=request.user_id,
        channel_id=approval.channel_id,
        is_external=request.is_external,
    )
    return is_approver(person, approval.project, services)


def _record(what: str, approval: StandingApproval, user_id: str, services: Services) -> None:
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.DECISION,
            what=what,
            team_id=approval.team_id,
            channel_id=approval.channel_id,
            user_id=user_id,
            project=approval.project,
            run_id=approval.approval_id,
            run=approval.run,
            detail=f"by {approval.approver_id} for {approval.user_id} until"
            f" {approval.expires_at:%Y-%m-%dT%H:%MZ}, shape {approval.digest}",
        )
    )
