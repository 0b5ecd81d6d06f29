"""The line of the audit trail about a run that has changed its state. Pure."""

from datetime import timedelta

from odps_bot.runs.outcome import Outcome
from odps_bot.runs.pricing import actual_fee, expected_fee
from odps_bot.runs.run import Run
from odps_bot.store.audit import AuditKind, AuditLine


def transition(before: Run | None, after: Run) -> AuditLine:
    """Return the line that says how a run has changed its state; the first carries its SQL."""
    return AuditLine(
        kind=AuditKind.TRANSITION,
        what=after.state,
        outcome=f"was {before.state}" if before else "accepted",
        team_id=after.team_id,
        channel_id=after.channel_id,
        user_id=after.user_id,
        project=after.project,
        run_id=after.run_id,
        run=after.name,
        instance_id=after.instance_id or "",
        sql="" if before else after.sql,
        detail=_how(after),
        duration_ms=_took_ms(after),
    )


def _why(outcome: Outcome) -> str:
    """Return reason and values: the audit trail is for machines, too."""
    budget, denial = outcome.budget, outcome.denial
    values = (
        outcome.detail,
        denial.code if denial else "",
        str(outcome.limit or ""),
        f"{budget.scope} {budget.spent} of {budget.budget}" if budget else "",
    )
    return ": ".join(filter(None, (outcome.reason, *values)))


def _took_ms(run: Run) -> int | None:
    """Return how long a run took that is over; nobody's time to decide counts."""
    if not run.is_final or run.ended_at is None:
        return None
    # MaxCompute's clock may be behind ours.
    return max(run.ended_at - run.began_at, timedelta(0)) // timedelta(milliseconds=1)


def _how(run: Run) -> str:
    """Return why a run waits or how it ended, who decided, and what was estimated and used."""
    parts = []
    if run.decision is not None:
        word = "approved" if run.decision.is_approval else "rejected"
        parts.append(f"{word} by {run.decision.user_id}")
    if run.question is not None and run.decision is None:
        parts.append(f"asks about {', '.join(run.question.reasons)}")
        if run.effect is not None:
            parts.append(run.effect.in_short)
    if run.is_interactive:
        parts.append("interactive")
    if run.fallback is not None:
        why = filter(None, (run.fallback.reason, run.fallback.detail))
        parts.append(f"not interactive: {': '.join(why)}")
    if run.outcome is not None:
        parts.append(_why(run.outcome))
    if run.result_text:
        parts.append(run.result_text)
    if run.estimate is not None:
        cost = f" = {expected}" if (expected := expected_fee(run)) else ""
        size = f"{run.estimate.input_bytes:,} B x {run.estimate.complexity:g}"
        parts.append(f"estimate {size}{cost}")
    if run.cost is not None and run.cost.input_bytes is not None:
        cost = f" = {actual}" if (actual := actual_fee(run)) else ""
        parts.append(f"used {run.cost.input_bytes:,} B{cost}")
    return "; ".join(parts)
