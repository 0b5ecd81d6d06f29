"""Spending by a person, in a channel or in a project, today or in the last week."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from odps_bot.config.rules import Money
from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.messages.run.resource_usage import money
from odps_bot.store.spending import Charge

#: How many runs are listed, the most expensive first.
TOP = 5


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The charges that are asked about, and those that may be shown where it was asked."""

    whose: str  #: mrkdwn: ``Your usage``
    when: str  #: ``today``
    charges: Sequence[Charge]
    visible: Sequence[Charge]  #: those of `charges` that may be listed here
    budget: Decimal | None  #: of the day, in the currency of the charges; None: there is none


def usage_answer(usage: Usage) -> Message:
    """Return the sums, the budget, and the most expensive runs."""
    lines = [f":abacus: *{usage.whose} {usage.when}* (days in UTC)"]
    by_currency = sorted(usage.charges, key=_currency)
    for currency, charges in groupby(by_currency, key=_currency):
        lines.append(_sum(list(charges), currency, usage.budget))
    if not usage.charges:
        budget = f" (budget: {usage.budget:,.2f})" if usage.budget is not None else ""
        lines.append(f"Nothing was spent{budget}.")
    lines += _dearest(usage)
    lines.append(
        "Amounts are estimates at configured prices. Projects without a price don't count."
    )
    return Message("\n".join(lines))


def _sum(charges: list[Charge], currency: str, budget: Decimal | None) -> str:
    spent = _total(charges)
    runs = "1 run" if len(charges) == 1 else f"{len(charges):,} runs"
    parts = [f"*{money(Money(amount=spent, currency=currency))}*"]
    if budget is not None:
        percent = f" ({100 * spent / budget:,.0f}%)" if budget else ""
        parts[0] += f" of {Money(amount=budget, currency=currency)}{percent}"
    parts.append(runs)
    reserved = [charge for charge in charges if not charge.is_over]
    if reserved:
        amount = money(Money(amount=_total(reserved), currency=currency))
        parts.append(f"incl. {amount} reserved by active runs")
    return " · ".join(parts)


def _dearest(usage: Usage) -> Iterator[str]:
    dearest = sorted(usage.visible, key=lambda charge: charge.amount.amount, reverse=True)
    for charge in dearest[:TOP]:
        state = "" if charge.is_over else " (reserved)"
        yield (
            f"• *{charge.name}* {money(charge.amount)}{state} · {t.code(charge.project)} · by"
            f" {t.mention(charge.user_id)} in <#{charge.channel_id}>"
        )
    hidden = len(usage.charges) - len(usage.visible)
    if hidden:
        runs = "1 run" if hidden == 1 else f"{hidden:,} runs"
        yield f"Not listed: {runs} by other people in other channels."


def _total(charges: Sequence[Charge]) -> Decimal:
    return sum((charge.amount.amount for charge in charges), Decimal(0))


def _currency(charge: Charge) -> str:
    return charge.amount.currency
