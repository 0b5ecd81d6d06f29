"""Robust statistics of what earlier runs took. Pure; durations in seconds."""

import math
import statistics
from collections.abc import Iterable, Sequence

from odps_bot.history.baseline import Spread

#: Fewer runs are told one by one, and nothing is compared with them.
LEAST_RUNS = 5
#: From so many on nobody is alarmed for nothing: of 1,000 runs whose durations spread by a tenth to
#: a third (log-normal, sigma 0.1 to 0.3) at most 27 would seem slow.
LEAST_FOR_ALERTS = 8
#: From so many on quartiles are told in place of the least and the greatest.
LEAST_FOR_QUARTILES = 10

#: A duration is slow that is this many deviations above the median of the logarithms, …
DEVIATIONS = 3
#: … of which one is the median distance from the median, as it is for a normal distribution, …
DEVIATION_BY_DISTANCE = 1.4826
LEAST_DISTANCE = math.log(1.1)
#: … and this many times the median, and this much longer.
SLOW_RATIO = 1.5
LEAST_EXCESS_S = 120.0

#: Shorter durations are compared as if they were so long: nobody waits for them.
LEAST_COMPARED_S = 1.0


def spread_of(values: Iterable[float | None]) -> Spread | None:
    """Return how the values that are known spread; None of fewer than five."""
    known = sorted(value for value in values if value is not None)
    if len(known) < LEAST_RUNS:
        return None
    low, high = known[0], known[-1]
    if len(known) >= LEAST_FOR_QUARTILES:
        low, _, high = statistics.quantiles(known, n=4, method="inclusive")
    return Spread(count=len(known), low=low, median=statistics.median(known), high=high)


def slow_after_s(durations: Sequence[float], *, by_input: float = 1.0) -> float | None:
    """Return which duration is slow after these; None after fewer than five.

    With `by_input` times the usual input, so many times the usual duration is expected.
    """
    if len(durations) < LEAST_RUNS:
        return None
    logarithms = [math.log(max(one, LEAST_COMPARED_S)) for one in durations]
    middle = statistics.median(logarithms)
    distance = statistics.median(abs(one - middle) for one in logarithms)
    deviation = DEVIATION_BY_DISTANCE * max(distance, LEAST_DISTANCE)
    median = statistics.median(durations)
    expected = median * max(by_input, 1.0)
    return max(
        math.exp(middle + DEVIATIONS * deviation), SLOW_RATIO * expected, expected + LEAST_EXCESS_S
    )


def rest_s(durations: Iterable[float], elapsed_s: float) -> float | None:
    """Return how much longer it probably takes; None where it took less each time before."""
    longer = [one for one in durations if one > elapsed_s]
    return statistics.median(longer) - elapsed_s if longer else None
