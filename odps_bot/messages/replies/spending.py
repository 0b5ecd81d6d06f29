"""Spending by a person, in a channel or in a project, today or in the last week."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from odps_bot.config.rules import Money
from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.messages.run.resource_usage import money
from odps_bot.messages.run_link import name_link
from odps_bot.store.spending import Sum, Usage

#: How many runs are listed, the most expensive first.
TOP = 5


def usage_answer(
    usage: Usage,
    *,
    whose: str,
    when: str,
    budget: Decimal | None,
    time_zone: str = "UTC",
    card_urls: Mapping[str, str] = MappingProxyType({}),
) -> Message:
    """Return the sums, the budget, and the most expensive runs.

    `whose` is mrkdwn: ``Your usage``. The budget is that of the day, in the currency of the sums.
    `card_urls` has, by the id of a run, where its card is.
    """
    lines = [f":abacus: *{whose} {when}* (days in {time_zone})"]
    lines += [_sum(one, budget) for one in usage.sums]
    if not usage.sums:
        of_budget = f" (budget: {budget:,.2f})" if budget is not None else ""
        lines.append(f"Nothing was spent{of_budget}.")
    lines += _dearest(usage, card_urls)
    lines.append(
        "Amounts are estimates at configured prices. Projects without a price don't count."
    )
    return Message("\n".join(lines))


def _sum(found: Sum, budget: Decimal | None) -> str:
    runs = "1 run" if found.runs == 1 else f"{found.runs:,} runs"
    parts = [f"*{money(found.amount)}*"]
    if budget is not None:
        percent = f" ({100 * found.amount.amount / budget:,.0f}%)" if budget else ""
        parts[0] += f" of {Money(amount=budget, currency=found.amount.currency)}{percent}"
    parts.append(runs)
    if found.reserved.amount:
        parts.append(f"incl. {money(found.reserved)} reserved by active runs")
    return " · ".join(parts)


def _dearest(usage: Usage, card_urls: Mapping[str, str]) -> Iterator[str]:
    for charge in usage.dearest:
        name = name_link(charge.name, card_urls.get(charge.run_id, ""))
        state = "" if charge.is_over else " (reserved)"
        yield (
            f"• {name} {money(charge.amount)}{state} · {t.code(charge.project)} · by"
            f" {t.mention(charge.user_id)} in <#{charge.channel_id}>"
        )
    if usage.hidden:
        runs = "1 run" if usage.hidden == 1 else f"{usage.hidden:,} runs"
        yield f"Not listed: {runs} by other people in other channels."
