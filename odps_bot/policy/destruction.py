"""Who must say yes before a statement destroys something. Pure."""

from odps_bot.config.rules import Project
from odps_bot.policy.cost_decision import CostDecision, Reason, Verdict, digest_of
from odps_bot.runs.run import Run
from odps_bot.sql.classification import Classification


def needs_yes(statement: Classification, project: Project) -> bool:
    """Return whether the statement destroys something that somebody must say yes to first."""
    return bool(statement.destroys) and project.destructive != "allow"


def decide_by_destruction(
    judged: CostDecision, statement: Classification, *, project: Project, has_consent: bool
) -> CostDecision:
    """Return the decision by class and cost, with what else a destructive statement needs.

    The requester's own yes comes first, to what is destroyed and to the cost in one; then, where
    class, cap or the project want it, a second person's. `has_consent` says that the requester has
    said yes. Where people may approve their own statements, their approval is that yes.
    """
    if judged.verdict is Verdict.REFUSE or not needs_yes(statement, project):
        return judged
    needs_second_person = judged.verdict is Verdict.APPROVE or project.destructive == "approve"
    reasons = (Reason.DESTRUCTIVE, *judged.reasons)
    if not needs_second_person:
        return CostDecision(verdict=Verdict.CONFIRM, reasons=reasons)
    if has_consent or project.self_approval:
        return CostDecision(verdict=Verdict.APPROVE, reasons=reasons)
    first = (Reason.DESTRUCTIVE, Reason.SECOND_PERSON)
    return CostDecision(verdict=Verdict.CONFIRM, reasons=first)


def has_consent(run: Run) -> bool:
    """Return whether the requester has said yes to what the run destroys, as it is now known."""
    consent = run.consent
    if run.question is not None and run.question.kind == "destruction":
        consent = run.decision
    return consent is not None and consent.is_approval and consent.digest == digest_of(run)
