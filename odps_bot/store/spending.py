"""What was spent in a day: reserved when a run is submitted, settled when it has ended.

A reservation and the check of all budgets are one step in Redis, so that two runs cannot both take
the last of a budget. `RunStore` settles in the step that ends a run.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import groupby
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


#: Sums up the runs of a place, so that not every run of a day is sent to whoever asks.
#: KEYS charges. ARGV what a record has in it of a run that belongs to the place, that is the
#: viewer's, and that belongs to the viewer's channel; number of runs to return.
#: Returns {currency, runs, amount, reserved}…, {record, amount, whether it is over}…, number of
#: runs that the viewer may not see. Records are our own compact JSON, in which a quotation mark
#: within a value is escaped.
_SUM_UP = """
local stored, kept = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #stored, 2 do kept[stored[i]] = stored[i + 1] end
local limit = tonumber(ARGV[4])
local currencies, sums, dearest, hidden = {}, {}, {}, 0
local function has(about, part) return string.find(about, part, 1, true) end
local function currency_in(about)
  local _, before = has(about, '"currency":"')
  local behind = before and string.find(about, '"', before + 1, true)
  return behind and string.sub(about, before + 1, behind - 1)
end
local function insert(one)
  local place = #dearest
  while place > 0 and dearest[place].amount < one.amount do place = place - 1 end
  table.insert(dearest, place + 1, one)
  dearest[limit + 1] = nil
end
for i = 1, #stored, 2 do
  local about = stored[i + 1]
  local is_wanted = string.sub(stored[i], -6) == ':about' and has(about, ARGV[1])
  local currency = is_wanted and currency_in(about)
  if currency then
    local run_id = string.sub(stored[i], 1, -7)
    local amount, is_over = tonumber(kept[run_id]) or 0, kept[run_id .. ':over']
    local sum = sums[currency]
    if not sum then
      sum = {runs = 0, amount = 0, reserved = 0}
      sums[currency] = sum
      table.insert(currencies, currency)
    end
    sum.runs, sum.amount = sum.runs + 1, sum.amount + amount
    if not is_over then sum.reserved = sum.reserved + amount end
    if has(about, ARGV[2]) or has(about, ARGV[3]) then
      insert({about = about, amount = amount, is_over = is_over})
    else
      hidden = hidden + 1
    end
  end
end
local function text(amount) return string.format('%.0f', amount) end
local found, shown = {}, {}
for _, currency in ipairs(currencies) do
  local sum = sums[currency]
  table.insert(found, {currency, sum.runs, text(sum.amount), text(sum.reserved)})
end
for _, run in ipairs(dearest) do
  table.insert(shown, {run.about, text(run.amount), run.is_over and 1 or 0})
end
return {found, shown, hidden}
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

    @property
    def places(self) -> Mapping[Scope, str]:
        """Whose budgets it counts to."""
        return {"person": self.user_id, "channel": self.channel_id, "project": self.project}

    def field(self, scope: Scope) -> str:
        """Return the field of a day's sums that it counts to."""
        return f"{scope}:{self.places[scope]}:{self.amount.currency}"


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What runs have cost together, in one currency."""

    amount: Money
    reserved: Money  #: the part of runs that go on
    runs: int


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent in a place."""

    sums: tuple[Sum, ...] = ()  #: by currency
    dearest: tuple[Charge, ...] = ()  #: of those the viewer may see, without corrupt ones
    hidden: int = 0  #: number of the other runs


class Spending:
    """The sums of each day. Methods raise redis.RedisError when Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._reserve = redis.register_script(_RESERVE)
        self._sum_up = redis.register_script(_SUM_UP)

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

    def usage(
        self,
        team_id: str,
        days: Iterable[date],
        place: tuple[Scope, str],
        *,
        viewer: tuple[str, str],
        limit: int,
    ) -> Usage:
        """Return what was spent in a place in these days, and its `limit` most expensive runs.

        The `viewer` is a person, who sees their own runs and those of the channel where they ask.
        """
        user_id, channel_id = viewer
        arguments: list[bytes | int] = [
            _needle(place[0], place[1]),
            _needle("person", user_id),
            _needle("channel", channel_id),
            limit,
        ]
        found = [
            _decode_usage(self._sum_up(keys=[keys.charges(team_id, day)], args=arguments))
            for day in days
        ]
        dearest = sorted(
            (charge for one in found for charge in one.dearest),
            key=lambda charge: charge.amount.amount,
            reverse=True,
        )
        return Usage(
            sums=_added(found),
            dearest=tuple(dearest[:limit]),
            hidden=sum(one.hidden for one in found),
        )


def _needle(scope: Scope, who: str) -> bytes:
    """Return what only the records of runs that belong to the place have in them."""
    field = {"person": "user_id", "channel": "channel_id", "project": "project"}[scope]
    return msgspec.json.encode({field: who})[1:-1]


def _decode_usage(response: Sequence[Any]) -> Usage:
    sums, dearest, hidden = response
    return Usage(
        sums=tuple(
            Sum(
                amount=Money(amount=_amount(amount), currency=currency.decode()),
                reserved=Money(amount=_amount(reserved), currency=currency.decode()),
                runs=runs,
            )
            for currency, runs, amount, reserved in sums
        ),
        dearest=tuple(
            charge
            for about, amount, is_over in dearest
            if (charge := _charge(about, amount, is_over=bool(is_over)))
        ),
        hidden=hidden,
    )


def _added(days: Sequence[Usage]) -> tuple[Sum, ...]:
    sums = sorted((one for day in days for one in day.sums), key=_currency)
    return tuple(reduce(_add, same_currency) for _, same_currency in groupby(sums, key=_currency))


def _add(one: Sum, other: Sum) -> Sum:
    return Sum(
        amount=_plus(one.amount, other.amount),
        reserved=_plus(one.reserved, other.reserved),
        runs=one.runs + other.runs,
    )


def _plus(one: Money, other: Money) -> Money:
    return Money(amount=one.amount + other.amount, currency=one.currency)


def _currency(one: Sum) -> str:
    return one.amount.currency


def _charge(about: bytes, amount: bytes, *, is_over: bool) -> Charge | None:
    charge = decode_or_none(about, Charge)
    if charge is None:
        return None
    known = msgspec.structs.replace(charge.amount, amount=_amount(amount))
    return msgspec.structs.replace(charge, amount=known, is_over=is_over)


def shares(amount: Decimal) -> int:
    """Return an amount as scripts count it."""
    return int(amount * _SHARES)


def _amount(shares: bytes | str | int) -> Decimal:
    return Decimal(int(shares)) / _SHARES
