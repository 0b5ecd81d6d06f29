"""What a run counts for in the budgets of a day. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odps_bot.config.rules import Money
from odps_bot.runs.pricing import actual_fee
from odps_bot.runs.run import Run
from odps_bot.store.spending import Charge


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What a run that has ended counts for, in place of what was reserved for it."""

    day: date  #: whose budgets it counts to
    cost: Decimal | None  #: None: MaxCompute does not tell; what was reserved stays
    fields: tuple[str, ...]  #: of the day's sums


def charge_of(run: Run, amount: Money) -> Charge:
    """Return the charge of a run."""
    return Charge(
        run_id=run.run_id,
        name=run.name,
        user_id=run.user_id,
        channel_id=run.channel_id,
        project=run.project,
        amount=amount,
    )


def settlement_of(run: Run) -> Settlement | None:
    """Return how a run is settled, or None when it goes on or is not counted at all."""
    price = run.price_per_gb
    if not run.is_final or run.charged_on is None or price is None:
        return None
    cost = actual_fee(run)
    charge = charge_of(run, cost or price)
    return Settlement(
        day=run.charged_on,
        cost=cost.amount if cost else None,
        fields=tuple(charge.field(scope) for scope in charge.places),
    )
