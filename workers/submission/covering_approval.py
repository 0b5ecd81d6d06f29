"""Whether an approval that was given before covers a run."""

from odps_bot.authorization import ChannelMember, is_approver
from odps_bot.messages.run.questions import can_be_shown
from odps_bot.policy.standing_approvals import rules_digest, shape_of
from odps_bot.runs import Cover, Run
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.standing_approvals import StandingApproval
from workers.submission.approvals import is_approved
from workers.submission.queued_run import change_queued


def cover(run: Run, services: Services) -> Run | None:
    """Record which standing approval covers a run in `queued`, if one does now.

    Returns the run, or None when it is no longer queued.
    """
    approval = None if is_approved(run) else covering_approval(run, services)
    covered_by = approval and Cover(
        approver_id=approval.approver_id, run=approval.run, until=approval.expires_at
    )
    if covered_by == run.covered_by:
        return run
    covered = change_queued(run, services, covered_by=covered_by)
    if covered is not None and approval is not None:
        _record_use(covered, approval, services)
    return covered


def covering_approval(run: Run, services: Services) -> StandingApproval | None:
    """Return the approval that covers the run now, if there is one.

    It holds as long as the rules are the same, the project isn't locked, and whoever gave it could
    approve this run in its channel.
    """
    rules = services.rules
    shape = shape_of(run, rules)
    if shape is None or not can_be_shown(run):
        return None
    approval = services.stores.standing_approvals.find(
        run.project,
        team_id=run.team_id,
        user_id=run.user_id,
        digest=shape.digest,
        now=services.clock(),
    )
    if approval is None or approval.approver_id == run.user_id:
        return None
    approver = ChannelMember(
        user_id=approval.approver_id,
        channel_id=run.channel_id,
        is_external=approval.is_approver_external,
    )
    holds = (
        approval.rules == rules_digest(rules, run.project)
        and services.stores.locks.get(run.project) is None
        and is_approver(approver, run.project, services)
    )
    return approval if holds else None


def _record_use(run: Run, approval: StandingApproval, services: Services) -> None:
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.DECISION,
            what="standing_approval_used",
            team_id=run.team_id,
            channel_id=run.channel_id,
            user_id=run.user_id,
            project=run.project,
            run_id=run.run_id,
            run=run.name,
            sql=run.sql,
            detail=f"approved by {approval.approver_id} with run {approval.run}",
        )
    )
