"""Settle whether a run may be submitted now: what it costs, who must decide on it, its budgets."""

import secrets
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Literal

from odps_bot.authorization import approvers_for
from odps_bot.config.rules import Money
from odps_bot.messages.people import MOST_NAMED
from odps_bot.messages.run.questions import can_be_shown, fits_on_card
from odps_bot.policy.approvers import Approvers
from odps_bot.policy.cost_decision import (
    METERING_LIMIT,
    CostDecision,
    Reason,
    Verdict,
    decide_by_cost,
    digest_of,
    metering_limit,
    needs_approval,
    needs_check,
    needs_estimate,
)
from odps_bot.policy.destruction import decide_by_destruction, has_consent
from odps_bot.runs import Outcome, Question, ReasonCode, Run, lifecycle
from odps_bot.services import Services
from odps_bot.sql.classification import RunsAs, classify
from workers.submission.approvals import can_be_approved, no_approver, standing_hours
from workers.submission.charge import charge_run, is_within_budgets
from workers.submission.covering_approval import cover
from workers.submission.effect import find_effect, needs_effect
from workers.submission.estimate import estimate_run
from workers.submission.queued_run import change_queued, refuse_queued

#: What is asked where a decision is needed.
_KINDS: Mapping[Verdict, Literal["cost", "destruction", "approval"]] = MappingProxyType(
    {Verdict.ASK: "cost", Verdict.CONFIRM: "destruction", Verdict.APPROVE: "approval"}
)


def admit(run: Run, services: Services) -> bool:
    """Return whether the run, which is in `queued`, may be submitted now.

    If not, it is refused, somebody is asked, or its job is enqueued again. Safe to repeat.
    """
    if run.tracked_instance_id is not None:
        return True
    judged = _judged(run, services)
    return judged is not None and charge_run(judged, services)


def _judged(run: Run, services: Services) -> Run | None:
    """Return the run when its class and cost allow it, or somebody has; None when not now."""
    statement = classify(run.sql, run.hints)
    is_one = len(statement.statements) == 1 or statement.runs_as is RunsAs.SQL
    if statement.runs_as in {None, RunsAs.ODPSCMD} or not is_one:
        # Such runs are no longer accepted; one may have been, by an earlier version.
        refuse_queued(run, Outcome(reason=ReasonCode.CLIENT_COMMAND), services)
        return None
    rules = services.rules
    project = rules.project(run.project)
    found = change_queued(
        run,
        services,
        statement_class=statement.statement_class.label,
        price_per_gb=project.price_per_gb,
    )
    if found and needs_approval(statement, project) and not can_be_approved(found, services):
        # Before an estimate, for which nobody would have any use.
        refuse_queued(found, no_approver(found, services), services)
        return None
    is_open = found is not None and found.estimate is None and found.no_estimate is None
    # Whoever has decided did so before such statements were compiled first.
    is_checked_first = run.decision is None and needs_check(statement, project)
    is_worth_asking = is_checked_first or needs_estimate(statement, project, rules.budgets)
    if found and is_open and is_worth_asking:
        found = estimate_run(found, services)
    if found and needs_approval(statement, project):
        found = cover(found, services)
    if found is None:
        return None
    judgement = decide_by_cost(
        statement,
        project=project,
        budgets=rules.budgets,
        estimate=found.estimate,
        is_cost_accepted=found.is_cost_accepted,
        is_class_approved=found.covered_by is not None,
    )
    if needs_effect(found, statement, project):
        found = find_effect(found, statement, services)
    if found is None:
        return None
    judgement = decide_by_destruction(
        judgement, statement, project=project, has_consent=has_consent(found)
    )
    if judgement.verdict is Verdict.RUN or _is_decided(found, judgement):
        return found
    _do_not_run(found, judgement, services)
    return None


def expire(run: Run, services: Services) -> None:
    """End a run on which nobody has decided in time; before, see to it that this is asked again."""
    services.stores.runs.apply(run.run_id, partial(lifecycle.expire, now=services.clock()))


def engine_limit(run: Run, services: Services) -> dict[str, str]:
    """Return the setting by which MaxCompute itself holds the run to the project's cap."""
    question, decision = run.question, run.decision
    is_above_cap_approved = (
        question is not None
        and decision is not None
        and decision.is_approval
        and Reason.ABOVE_CAP in question.reasons
    )
    limit = metering_limit(
        services.rules.project(run.project),
        estimate=run.estimate,
        is_above_cap_approved=is_above_cap_approved,
    )
    return {} if limit is None else {METERING_LIMIT: limit}


def _is_decided(run: Run, judgement: CostDecision) -> bool:
    """Return whether whoever must decide has said yes; the rules may ask for more meanwhile."""
    question, decision = run.question, run.decision
    if question is None or decision is None or not decision.is_approval:
        return False
    if judgement.verdict is Verdict.REFUSE:
        return False
    may_decide = (
        question.kind == "approval"
        or judgement.verdict is Verdict.ASK
        or (judgement.verdict is Verdict.CONFIRM and question.kind == "destruction")
    )
    return may_decide and decision.digest == digest_of(run)


def _do_not_run(run: Run, judgement: CostDecision, services: Services) -> None:
    """Refuse the run, or ask whoever must decide on it."""
    project = services.rules.project(run.project)
    if judgement.verdict is Verdict.REFUSE:
        limit = _money(project.cap, run)
        refuse_queued(run, Outcome(reason=ReasonCode.ABOVE_CAP, limit=limit), services)
    elif _needs_second_person(judgement) and not can_be_shown(run):
        refuse_queued(run, Outcome(reason=ReasonCode.NOT_DISPLAYABLE), services)
    elif _needs_second_person(judgement) and not can_be_approved(run, services):
        refuse_queued(run, no_approver(run, services), services)
    elif is_within_budgets(run, services, is_trial=True):
        _ask(run, judgement, services)


def _needs_second_person(judgement: CostDecision) -> bool:
    return judgement.verdict is Verdict.APPROVE or Reason.SECOND_PERSON in judgement.reasons


def _ask(run: Run, judgement: CostDecision, services: Services) -> None:
    project = services.rules.project(run.project)
    now = services.clock()
    is_above_cap = Reason.ABOVE_CAP in judgement.reasons
    needs_approval = judgement.verdict is Verdict.APPROVE
    approvers = approvers_for(run, services) if needs_approval else Approvers()
    named = () if approvers.is_anyone else approvers.named
    question = Question(
        kind=_KINDS[judgement.verdict],
        reasons=judgement.reasons,
        requested_at=now,
        expires_at=now + project.approval_life,
        digest=digest_of(run),
        is_shown=not needs_approval or fits_on_card(run),
        limit=_money(project.cap if is_above_cap else project.automatic_limit, run),
        approvers=project.approvers if needs_approval and not project.approver_ids else None,
        named_approvers=named[:MOST_NAMED],
        more_approvers=len(named[MOST_NAMED:]),
        standing_hours=standing_hours(run, judgement.reasons, services),
        is_self_approval=project.self_approval,
        file_key=secrets.token_hex(4),
    )
    services.stores.runs.apply(run.run_id, partial(lifecycle.await_decision, question=question))
    services.jobs.deliver()


def _money(amount: Decimal | None, run: Run) -> Money | None:
    if amount is None or run.price_per_gb is None:
        return None
    return Money(amount=amount, currency=run.price_per_gb.currency)
