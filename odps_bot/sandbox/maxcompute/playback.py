"""Which life an instance plays, and how quickly. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from math import inf

from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life

#: Hints for one instance, as settings or `set` lines.
LIFE = "sandbox.life"
#: So many times as quick as real ones.
SPEED = "sandbox.life.speed"
#: Begin that many seconds after its submission.
FROM = "sandbox.life.from"
#: With `false`, no worker tells its records.
RECORDS = "sandbox.life.records"

_MOST_SPEED = 10_000.0
#: What a hint in the statement, or this setting, helps against.
_SKEWED = frozenset({"skew", "skew_with_backup"})
_SPREADS = re.compile(r"/\*\+[^*]*\b(skewjoin|mapjoin)\s*\(", re.IGNORECASE)
_GROUPS = "odps.sql.groupby.skewindata"


class UnknownLifeError(SqlError):
    """There is no life of this name; the text is for people."""


@dataclass(frozen=True)
class Playback:
    """A life as an instance plays it."""

    life: Life
    speed: float = 1.0
    from_s: float = 0.0
    tells_records: bool = True

    def seconds(self, elapsed_s: float) -> float:
        """Return the second of the life at which it is so long after the submission."""
        return self.from_s + max(elapsed_s, 0.0) * self.speed

    @property
    def waits_s(self) -> float:
        """How long after the submission it begins to run."""
        return self._elapsed_s(self.life.runs_s)

    @property
    def takes_s(self) -> float:
        """How long it runs then; infinite: until somebody stops it."""
        return self._elapsed_s(self.life.ends_s) - self.waits_s

    def _elapsed_s(self, seconds: float) -> float:
        return max(seconds - self.from_s, 0.0) / self.speed


def playback(settings: Mapping[str, str], *, sql: str = "") -> Playback | None:
    """Return the life that the settings ask for, or None; raises `UnknownLifeError`.

    A statement with the hint that helps against it does not play it. Other invalid hints are
    ignored.
    """
    name = settings.get(LIFE, "").strip().strip("'\"").lower().replace("-", "_")
    if not name:
        return None
    if name not in LIVES:
        raise UnknownLifeError(_unknown(name))
    if name in _SKEWED and (_SPREADS.search(sql) or settings.get(_GROUPS, "").lower() == "true"):
        return None
    return Playback(
        _life(name),
        speed=min(_number(settings.get(SPEED), 1.0) or 1.0, _MOST_SPEED),
        from_s=_number(settings.get(FROM), 0.0),
        tells_records=settings.get(RECORDS, "").strip().lower() != "false",
    )


@lru_cache(maxsize=16)
def _life(name: str) -> Life:
    return Life(LIVES[name].plan())


def _unknown(name: str) -> str:
    close = get_close_matches(name, LIVES, n=1)
    meant = f"; did you mean {close[0]}?" if close else "."
    return (
        f"ODPS-0420061: Invalid parameter in HTTP request - {LIFE} has no life {name}{meant} "
        f"There are: {', '.join(sorted(LIVES))}"
    )


def _number(text: str | None, default: float) -> float:
    try:
        number = float(text or "")
    except ValueError:
        return default
    # NaN fails both comparisons.
    return number if 0 <= number < inf else default
