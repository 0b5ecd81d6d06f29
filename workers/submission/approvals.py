"""Whether a second person can approve a run at all."""

from collections.abc import Sequence

from odps_bot.authorization import approvers_for
from odps_bot.errors import Denial, DenialCode
from odps_bot.policy.cost_decision import Reason
from odps_bot.policy.standing_approvals import shape_of
from odps_bot.runs import Outcome, ReasonCode, Run
from odps_bot.services import Services


def is_approved(run: Run) -> bool:
    """Return whether a second person has approved this very run."""
    question, decision = run.question, run.decision
    is_yes = decision is not None and decision.is_approval
    return is_yes and question is not None and not question.is_for_requester


def can_be_approved(run: Run, services: Services) -> bool:
    """Return whether somebody can approve the run, or has, or it isn't known that nobody can."""
    if is_approved(run) or services.rules.project(run.project).self_approval:
        return True
    return not approvers_for(run, services).is_nobody


def standing_hours(run: Run, reasons: Sequence[str], services: Services) -> float:
    """Return for how long an approval of the run may hold for other values; 0: it may not."""
    life = services.rules.project(run.project).standing_approval_life
    if life is None or Reason.CLASS not in reasons or shape_of(run, services.rules) is None:
        return 0
    return life.total_seconds() / 3_600


def no_approver(run: Run, services: Services) -> Outcome:
    """Return why a run is refused that nobody but its requester could approve."""
    project, highest = (
        services.rules.project(run.project),
        services.rules.channel(run.channel_id).highest_role,
    )
    is_channel = not project.approver_ids and not highest.includes(project.approvers)
    denial = Denial(
        code=DenialCode.CHANNEL if is_channel else DenialCode.ROLE,
        project=run.project,
        needed="" if project.approver_ids else project.approvers,
        has=highest if is_channel else "",
    )
    return Outcome(reason=ReasonCode.NO_APPROVER, denial=denial, contact=services.rules.contact)
