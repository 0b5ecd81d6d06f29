"""What was spent in a day (UTC): reserved when a run is submitted, settled when it has ended.

A reservation and the check of all budgets are one step in Redis, so that two runs cannot both take
the last of a budget. `RunStore` settles in the step that ends a run.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec
from redis import Redis

from odps_bot.config.rules import Money
from odps_bot.store import keys
from odps_bot.store.codec import decode_or_none

Scope: TypeAlias = Literal["person", "channel", "project"]

#: Redis adds whole numbers without loss.
_SHARES = 1_000_000


#: Counts a run to the places that it belongs to unless a budget of theirs is used up, once.
#: KEYS spent, charges. ARGV run id, amount, what is known of the run, life in s, for each place
#: its field and its budget or ''… Returns the number of the place whose budget is used up, or 0.
_RESERVE = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
for i = 5, #ARGV, 2 do
  local budget = tonumber(ARGV[i + 1])
  local spent = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
  if budget and (spent >= budget or spent + tonumber(ARGV[2]) > budget) then
    return (i - 3) / 2
  end
end
if ARGV[3] == '' then return 0 end
for i = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[2]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2], ARGV[1] .. ':about', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 0
"""

#: A function for scripts: counts what a run has cost in place of what was reserved for it. Without
#: an amount, what was reserved stays. A run that was not counted yet is not counted any more; safe
#: to repeat. Both keys live as long, so that what is added to a sum never outlives it.
SETTLE = """
local function settle(spent, charges, run_id, amount, life, fields)
  if redis.call('HEXISTS', charges, run_id .. ':about') == 0 then
    redis.call('HSET', charges, run_id, 0)
  elseif amount ~= '' then
    local more = amount - (tonumber(redis.call('HGET', charges, run_id)) or 0)
    for _, field in ipairs(fields) do
      redis.call('HINCRBY', spent, field, string.format('%.0f', more))
    end
    redis.call('HSET', charges, run_id, amount)
  end
  redis.call('HSET', charges, run_id .. ':over', 1)
  redis.call('EXPIRE', spent, life)
  redis.call('EXPIRE', charges, life)
end
"""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What one run counts for."""

    run_id: str
    name: str
    user_id: str
    channel_id: str
    project: str
    amount: Money
    is_over: bool = False  #: what the run has cost, not what is reserved for it

    def belongs_to(self, scope: Scope, who: str) -> bool:
        """Return whether it counts to a person, channel or project."""
        return self.places[scope] == who

    @property
    def places(self) -> Mapping[Scope, str]:
        """Whose budgets it counts to."""
        return {"person": self.user_id, "channel": self.channel_id, "project": self.project}

    def field(self, scope: Scope) -> str:
        """Return the field of a day's sums that it counts to."""
        return f"{scope}:{self.places[scope]}:{self.amount.currency}"


class Spending:
    """The sums of each day. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._reserve = redis.register_script(_RESERVE)

    def reserve(
        self,
        team_id: str,
        day: date,
        charge: Charge,
        *,
        budgets: Mapping[Scope, Decimal],
        is_trial: bool = False,
    ) -> Scope | None:
        """Count the charge, or return whose budget it would exceed; then nothing is counted.

        A run is counted once, however often this is repeated. A trial never counts anything.
        """
        scopes = list(charge.places)
        arguments: list[str | int] = []
        for scope in scopes:
            budget = budgets.get(scope)
            arguments += [charge.field(scope), "" if budget is None else shares(budget)]
        about = b"" if is_trial else msgspec.json.encode(charge)
        place = self._reserve(
            keys=[keys.spending(team_id, day), keys.charges(team_id, day)],
            args=[
                charge.run_id,
                shares(charge.amount.amount),
                about,
                keys.spending.life_s,
                *arguments,
            ],
        )
        return scopes[place - 1] if place else None

    def spent(self, team_id: str, day: date, charge: Charge) -> dict[Scope, Money]:
        """Return what was spent in the day in each place of the charge, in its currency."""
        scopes = list(charge.places)
        fields = [charge.field(scope) for scope in scopes]
        found = self._redis.hmget(keys.spending(team_id, day), fields)
        return {
            scope: Money(amount=_amount(shares or 0), currency=charge.amount.currency)
            for scope, shares in zip(scopes, found, strict=True)
        }

    def charges(self, team_id: str, days: Iterable[date]) -> list[Charge]:
        """Return what all runs of these days count for, without corrupt entries."""
        found = []
        for day in days:
            kept: Any = self._redis.hgetall(keys.charges(team_id, day))
            for field, about in kept.items():
                run_id, _, what = field.partition(b":")
                if what == b"about" and (charge := _charge(about, kept, run_id)):
                    found.append(charge)
        return found


def _charge(about: bytes, kept: Mapping[bytes, bytes], run_id: bytes) -> Charge | None:
    charge = decode_or_none(about, Charge)
    if charge is None:
        return None
    amount = msgspec.structs.replace(charge.amount, amount=_amount(kept.get(run_id, 0)))
    return msgspec.structs.replace(charge, amount=amount, is_over=run_id + b":over" in kept)


def shares(amount: Decimal) -> int:
    """Return an amount as scripts count it."""
    return int(amount * _SHARES)


def _amount(shares: bytes | str | int) -> Decimal:
    return Decimal(int(shares)) / _SHARES
