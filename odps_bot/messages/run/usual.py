"""How long a run usually takes, and how it has differed from that, in words. Pure."""

from odps_bot.history.baseline import Spread
from odps_bot.history.spread import LEAST_COMPARED_S, LEAST_RUNS
from odps_bot.history.usual import Comparison, Usual
from odps_bot.messages.run.finding_numbers import ratio, rough_duration
from odps_bot.runs.progress import is_executing
from odps_bot.runs.run import Run, RunState

#: A shorter wait is none worth telling.
LEAST_WAIT_S = 60
#: A wait is unusual from so many times the usual on.
WAIT_RATIO = 3

#: Up to so much of the usual, or so many seconds, a run takes as long as usual.
EVEN_PART = 0.1
EVEN_S = 10
#: What usually takes less is not worth a word where it takes as long as usual.
LEAST_USUAL_S = 30

#: More is told as a factor.
MOST_PERCENT = 200

#: Input is told when it is this many times the usual, or this part of it.
NOTABLE_INPUT = 1.5

EN_DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"

_TIMES = ("", "once", "twice")


def usual_in_words(run: Run) -> str:
    """Return how long an active run usually takes; empty where nothing is known."""
    usual = run.usual
    if usual is None or not usual.count or run.state is not RunState.RUNNING:
        return ""
    if usual.baseline is None or usual.baseline.run_s is None:
        return f"ran {times_in_words(usual.count)} before: {few_in_words(usual)}"
    spread = usual.baseline.run_s
    words = f"usually {range_in_words(spread)}"
    wait = usual.baseline.wait_s
    if not is_executing(run) and wait is not None and wait.high >= LEAST_WAIT_S:
        words = f"usually waits {range_in_words(wait)}, then runs {range_in_words(spread)}"
    words = f"{words} ({spread.count} runs)"
    return f"{words} · longer than each of them" if _is_longest(run, usual) else words


def comparison_in_words(comparison: Comparison | None) -> str:
    """Return how a success differs from what is usual; empty where too little is known."""
    if comparison is None:
        return ""
    words, wait = _difference(comparison), _wait(comparison)
    if words:
        words = f"{words} ({comparison.count} runs)"
    if not words or not wait:
        return words or wait
    # The card shows how long both took together.
    return f"{wait} · ran {rough_duration(comparison.run_s)}: {words}"


def range_in_words(spread: Spread) -> str:
    """Return the usual range in one unit: such as 12 to 15 min."""
    return between(spread.low, spread.high)


def between(low_s: float, high_s: float) -> str:
    """Return two durations as a range, in the unit of the longer one."""
    low, high = rough_duration(low_s), rough_duration(high_s)
    if low == high:
        return high
    number, _, unit = low.rpartition(" ")
    return f"{number}{EN_DASH}{high}" if high.endswith(f" {unit}") else f"{low}{EN_DASH}{high}"


def times_in_words(count: int) -> str:
    """Return how often something happened: ``once``, ``twice``, ``3 times``."""
    return _TIMES[count] if count < len(_TIMES) else f"{count} times"


def few_in_words(usual: Usual) -> str:
    """Return how long each of a few runs took: a range would promise more than is known."""
    shown = [rough_duration(one) for one in usual.run_s[:LEAST_RUNS]]
    if len(set(shown)) == 1:
        return shown[0]
    last = shown[-1]
    unit = f" {last.rpartition(' ')[2]}"
    if all(one.endswith(unit) for one in shown):
        shown = [one.removesuffix(unit) for one in shown[:-1]] + [last]
    return f"{', '.join(shown[:-1])} and {last}"


def _is_longest(run: Run, usual: Usual) -> bool:
    began, seen = run.execution_began_at, run.polled_at
    if began is None or seen is None or not usual.run_s:
        return False
    return (seen - began).total_seconds() > usual.run_s[-1] + EVEN_S


def _difference(comparison: Comparison) -> str:
    usual_s = comparison.usual_run.median
    difference = comparison.run_s - usual_s
    data = _input(comparison.input_ratio)
    if abs(difference) <= max(EVEN_S, EVEN_PART * usual_s):
        if data:
            return f"{data} of usual"
        return "as long as usual" if usual_s >= LEAST_USUAL_S else ""
    # What usually ends as soon as it is first seen running has run for no time at all.
    compared_s = max(usual_s, LEAST_COMPARED_S)
    percent = round(100 * difference / compared_s)
    if percent > MOST_PERCENT:
        times = f"{ratio(comparison.run_s / compared_s)} as long"
        return f"{times}, {data} of usual" if data else f"{times} as usual"
    if data:
        return f"{'+' if percent > 0 else MINUS}{abs(percent)} %, {data} of usual"
    return f"{abs(percent)} % {'longer' if percent > 0 else 'shorter'} than usual"


def _input(times: float | None) -> str:
    is_notable = times is not None and not 1 / NOTABLE_INPUT < times < NOTABLE_INPUT
    return f"input {ratio(times)}" if times is not None and is_notable else ""


def _wait(comparison: Comparison) -> str:
    wait, usual = comparison.wait_s, comparison.usual_wait
    if wait is None or usual is None or wait < max(LEAST_WAIT_S, WAIT_RATIO * usual.high):
        return ""
    return f"queued {rough_duration(wait)}, usually {rough_duration(usual.median)}"
