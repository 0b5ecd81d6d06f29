"""Measure how instances are watched, and write down what was found.

`python -m benchmarks.watch [--long | --quick]`: about six minutes, or twelve. With `--diagnosis`
only what it takes to say which of a thousand instances are sick, in seven minutes; with `--many`
only 100,000 instances in 20 projects, in five.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.watch.bars import bars, bars_of_many
from benchmarks.watch.designs import (
    BLOCKING,
    OURS,
    OURS_IN_PROJECTS,
    OURS_KILLED,
    POLLER,
    REPEATING,
    Design,
)
from benchmarks.watch.diagnosing import Ward, bars_of, diagnosing_section, measure_both
from benchmarks.watch.measure import Found, Load, measure
from benchmarks.watch.plot import plot
from benchmarks.watch.report import many_section, section
from benchmarks.world.pages import machine, replace_section

#: As many as end when 10,000 take an hour each.
ENDS_PER_S = 3

_SMALL = Load(count=100, ends_per_s=1, warm_up_s=8, window_s=15, grace_s=8)
_MIDDLE = replace(_SMALL, count=1_000, ends_per_s=ENDS_PER_S)
_GREAT = Load(count=10_000, ends_per_s=ENDS_PER_S, warm_up_s=12, window_s=40, grace_s=9)
_RIVALS = replace(_GREAT, warm_up_s=10, window_s=15)

_MANY = Load(count=100_000, ends_per_s=ENDS_PER_S, warm_up_s=45, window_s=60, grace_s=15)

_USUAL: list[tuple[Design, Load]] = [
    (OURS, _SMALL),
    (OURS, _MIDDLE),
    (OURS, _GREAT),
    (OURS_KILLED, replace(_GREAT, grace_s=15)),
    (REPEATING, _MIDDLE),
    (REPEATING, _RIVALS),
    (POLLER, _RIVALS),
    (BLOCKING, replace(_SMALL, count=8, ends_per_s=0.4)),
]
_ALSO_WHEN_LONG: list[tuple[Design, Load]] = [
    (REPEATING, _SMALL),
    (POLLER, _SMALL),
    (POLLER, _MIDDLE),
]


def main() -> None:
    """Measure, and write the section of README.md, the plot and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watch", description=__doc__)
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_true", help="measure next to nothing, as a trial")
    effort.add_argument("--long", action="store_true", help="longer, and the rivals at all sizes")
    parser.add_argument("--diagnosis", action="store_true", help="how soon sick ones are found")
    parser.add_argument("--many", action="store_true", help="100,000 instances in 20 projects")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where the processes log")
    options = parser.parse_args()

    if options.diagnosis:
        _diagnose(options.into, is_quick=options.quick, log=options.log)
        return
    if options.many:
        _watch_many(options.into, is_quick=options.quick, log=options.log)
        return
    all_found = []
    for design, load in _plan(is_quick=options.quick, is_long=options.long):
        found = measure(design, load, log=options.log)
        print(_line(found), flush=True)
        all_found.append(found)
    held = bars(all_found)
    for bar in held:
        verdict = "holds" if bar.holds else "MISSED"
        print(f"{verdict:6} {bar.found:8.3g} ≤ {bar.most:g} {bar.unit:12} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples = json.dumps([asdict(found) for found in all_found])
    (folder / "samples.json").write_text(samples + "\n")
    ours = (OURS.name, OURS_KILLED.name)
    (folder / "watching.svg").write_text(plot(all_found, ours=ours))
    text = section(all_found, held, machine=machine("rq", "redis", "aiohttp"))
    replace_section(folder / "README.md", text, name="watch")


def _diagnose(folder: Path, *, is_quick: bool, log: Path | None) -> None:
    """Measure the diagnosis, and write its section and samples."""
    quick = Ward(count=40, sick=4, warm_up_s=15, falling_ill_s=1, window_s=120)
    both = measure_both(quick if is_quick else Ward(), log=log)
    for bar in bars_of(*both):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} ≤ {bar.most:g} {bar.name}")
    folder.mkdir(parents=True, exist_ok=True)
    samples = json.dumps([asdict(one) for one in both])
    (folder / "diagnosis.json").write_text(samples + "\n")
    text = diagnosing_section(both, machine=machine("rq", "redis"))
    print(text)
    replace_section(folder / "README.md", text, name="sick")


def _watch_many(folder: Path, *, is_quick: bool, log: Path | None) -> None:
    """Measure a hundred thousand instances, and write their section and samples."""
    load = replace(_MANY, count=2_000, warm_up_s=10, window_s=5) if is_quick else _MANY
    found = measure(OURS_IN_PROJECTS, load, log=log)
    print(_line(found), flush=True)
    held = bars_of_many(found)
    for bar in held:
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} ≤ {bar.most:g} {bar.name}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "many.json").write_text(json.dumps(asdict(found)) + "\n")
    text = many_section(found, held, machine=machine("rq", "redis"))
    replace_section(folder / "README.md", text, name="many")


def _plan(*, is_quick: bool, is_long: bool) -> Iterator[tuple[Design, Load]]:
    for design, load in _USUAL + (_ALSO_WHEN_LONG if is_long else []):
        if is_quick:
            count = min(load.count, 20)
            yield design, replace(load, count=count, warm_up_s=3, window_s=3, grace_s=7)
        elif is_long:
            yield design, replace(load, window_s=load.window_s * 2)
        else:
            yield design, load


def _line(found: Found) -> str:
    late = sorted(found.lateness_s) or [float("nan")]
    return (
        f"{found.design:45} {found.count:6,}: late {late[len(late) // 2]:5.1f} s, at most"
        f" {late[-1]:5.1f} s, {len(found.unnoticed_s)} unnoticed,"
        f" {found.requests_a_minute:8,.0f} requests/min, {found.cpu_s_a_minute / 0.6:5.1f} %"
        f" of a core, {found.memory_bytes / 1e6:5.0f} MB"
    )


if __name__ == "__main__":
    main()
