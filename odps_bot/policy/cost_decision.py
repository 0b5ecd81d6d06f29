"""Whether a statement runs, is refused or needs a decision, by its class and cost. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

import msgspec

from odps_bot.config.rules import Budgets, Project
from odps_bot.runs.pricing import fee, units
from odps_bot.runs.run import Estimate, Run
from odps_bot.sql.classification import (
    Classification,
    RunsAs,
    StatementClass,
    StatementInfo,
    classify,
)
from odps_bot.sql.statements import SqlText
from odps_bot.store.spending import Scope

#: The most that one statement may use, in GB x complexity: MaxCompute refuses what is above.
#: https://www.alibabacloud.com/help/en/maxcompute/product-overview/consumption-control
METERING_LIMIT = "odps.sql.metering.value.max"

#: What was approved above the cap may turn out a little larger than it was estimated.
MARGIN = Decimal("1.1")

#: People are warned when so much of a budget is used up.
NEARLY = Decimal("0.8")

#: These read names and definitions, but no tables.
_FREE_VERBS = frozenset({"SHOW", "DESC", "DESCRIBE", "LIST", "STATUS", "GET", "WHOAMI", "EXPLAIN"})

#: These are billed by what they read, which is nothing unless a query in them names a table.
#: https://www.alibabacloud.com/help/en/maxcompute/product-overview/computing-pricing
_FREE_WITHOUT_TABLES = frozenset(
    {"SELECT", "INSERT INTO", "INSERT OVERWRITE", "CREATE TABLE", "DROP TABLE", "DROP VIEW"}
    | {"TRUNCATE TABLE"}
)

#: Of other statements it is not known that MaxCompute estimates whatever it runs.
_ESTIMATED_AS_RUN = frozenset({"SELECT", "INSERT INTO", "INSERT OVERWRITE"})

_STEP = Decimal("0.000001")


class Verdict(StrEnum):
    """What becomes of a statement before it is submitted."""

    RUN = "run"
    ASK = "ask"  #: the requester, whether it is worth its price
    CONFIRM = "confirm"  #: the requester, whether what it destroys is to be destroyed
    APPROVE = "approve"  #: a second person must
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why a statement does not simply run."""

    DESTRUCTIVE = "destructive"  #: what it destroys can't be had back by another statement
    SECOND_PERSON = "second person"  #: one decides once the requester has
    CLASS = "class"  #: statements of its class need a second person in this project
    ABOVE_CAP = "above cap"
    ABOVE_LIMIT = "above limit"  #: more than the limit for automatic runs
    NO_ESTIMATE = "no estimate"  #: which does not mean that it costs nothing


@dataclass(frozen=True, kw_only=True)
class CostDecision:
    """A verdict, and what has led to it."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


def needs_estimate(statement: Classification, project: Project, budgets: Budgets) -> bool:
    """Return whether the cost of the statement matters before it runs."""
    if statement.statements and all(map(_is_free, statement.statements)):
        return False
    return (
        project.estimates
        or project.automatic_limit is not None
        or project.cap is not None
        or (bool(budgets_of(project, budgets)) and project.price_per_gb is not None)
    )


def needs_check(statement: Classification, project: Project) -> bool:
    """Return whether an estimate should find errors before a second person is asked.

    MaxCompute compiles what it estimates: what can't run needs nobody's approval.
    """
    verbs = [info.verb for info in statement.statements]
    is_compiled = len(verbs) == 1 and verbs[0] in _ESTIMATED_AS_RUN
    return is_compiled and needs_approval(statement, project)


def needs_approval(statement: Classification, project: Project) -> bool:
    """Return whether statements of this class need a second person in the project."""
    return statement.statement_class.label in project.approve


def _is_free(statement: StatementInfo) -> bool:
    if statement.runs_as is RunsAs.AUTHORIZATION:
        return True
    if statement.statement_class is StatementClass.UNKNOWN:
        return False
    if statement.verb in _FREE_VERBS:
        return True
    return statement.verb in _FREE_WITHOUT_TABLES and not statement.sources


def decide_by_cost(
    statement: Classification,
    *,
    project: Project,
    budgets: Budgets,
    estimate: Estimate | None,
    is_cost_accepted: bool = False,
    is_class_approved: bool = False,
) -> CostDecision:
    """Return whether the statement may run.

    `is_class_approved` says that statements of its class need no approval of their own here.
    `is_cost_accepted` says that the requester has seen the estimate and asked for the run then.
    """
    is_class_open = needs_approval(statement, project) and not is_class_approved
    reasons = [Reason.CLASS] if is_class_open else []
    if needs_estimate(statement, project, budgets):
        reasons += _reasons_by_cost(statement, project, estimate)
    if Reason.ABOVE_CAP in reasons and project.above_cap == "refuse":
        return CostDecision(verdict=Verdict.REFUSE, reasons=tuple(reasons))
    if Reason.CLASS in reasons or Reason.ABOVE_CAP in reasons:
        return CostDecision(verdict=Verdict.APPROVE, reasons=tuple(reasons))
    if reasons and not (is_cost_accepted and estimate is not None):
        return CostDecision(verdict=Verdict.ASK, reasons=tuple(reasons))
    return CostDecision(verdict=Verdict.RUN)


def _reasons_by_cost(
    statement: Classification, project: Project, estimate: Estimate | None
) -> list[Reason]:
    if estimate is None or (estimate.input_bytes == 0 and _may_read_tables(statement)):
        # Of external tables, which are billed too, no input is counted.
        return [Reason.NO_ESTIMATE]
    if project.price_per_gb is None:
        return []
    amount = fee(estimate, project.price_per_gb).amount
    if project.cap is not None and amount > project.cap:
        return [Reason.ABOVE_CAP]
    if project.automatic_limit is not None and amount > project.automatic_limit:
        return [Reason.ABOVE_LIMIT]
    return []


def _may_read_tables(statement: Classification) -> bool:
    is_unknown = statement.statement_class is StatementClass.UNKNOWN
    return is_unknown or any(info.sources for info in statement.statements)


def metering_limit(
    project: Project, *, estimate: Estimate | None, is_above_cap_approved: bool = False
) -> str | None:
    """Return the value of `METERING_LIMIT` for a run; None where the project has no cap.

    A run that was approved above the cap may use what was estimated, and a little more.
    """
    price = project.price_per_gb
    if project.cap is None or price is None or price.amount == 0:
        return None
    limit = project.cap / price.amount
    if is_above_cap_approved:
        if estimate is None:
            return None
        limit = max(limit, units(estimate.input_bytes, estimate.complexity) * MARGIN)
    return f"{max(limit.quantize(_STEP, rounding=ROUND_DOWN), _STEP):f}"


def reserved_amount(project: Project, estimate: Estimate | None) -> Decimal:
    """Return what is counted for a run until it is over, in the project's currency.

    Without an estimate that is the cap, above which MaxCompute lets nothing run.
    """
    if project.price_per_gb is None:
        return Decimal(0)
    if estimate is None:
        return project.cap or Decimal(0)
    return fee(estimate, project.price_per_gb).amount


def budgets_of(project: Project, budgets: Budgets) -> dict[Scope, Decimal]:
    """Return what may be spent in a day in each place of a run."""
    known: dict[Scope, Decimal | None] = {
        "person": budgets.person,
        "channel": budgets.channel,
        "project": project.daily_budget,
    }
    return {scope: budget for scope, budget in known.items() if budget is not None}


def is_nearly_used_up(spent: Decimal, budget: Decimal) -> bool:
    """Return whether people are warned."""
    return spent >= budget * NEARLY


def digest_of(run: Run) -> str:
    """Return a digest of all that is decided on: statement, settings, place and estimate."""
    estimate = run.estimate
    decided_on = [
        run.run_id,
        run.user_id,
        run.channel_id,
        run.project,
        run.sql,
        sorted(run.hints.items()),
        run.priority,
        [estimate.input_bytes, estimate.complexity, estimate.udf_count] if estimate else None,
    ]
    if run.interactive is not None:
        decided_on.append(run.interactive)
    if run.effect is not None:
        decided_on.append(msgspec.to_builtins(run.effect))
    return hashlib.sha256(json.dumps(decided_on).encode()).hexdigest()[:16]


def without_own_limit(sql: str, hints: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """Return text and settings without a person's own `METERING_LIMIT`; None: they set none."""
    forbidden = classify(sql, hints).forbidden_settings
    if all(setting.key.lower() != METERING_LIMIT for setting in forbidden):
        return None
    kept = {key: value for key, value in hints.items() if key.lower() != METERING_LIMIT}
    return SqlText(sql).without_settings(key=METERING_LIMIT).text, kept
