"""Measure how well lives of instances are diagnosed, and write down what was found.

`python -m benchmarks.diagnosis [--lives N] [--quick]`: about half an hour on two idle cores.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.diagnosis.bars import bars
from benchmarks.diagnosis.cost import cost_in_fresh_processes
from benchmarks.diagnosis.found import Found, summed_up
from benchmarks.diagnosis.measure import PLANS, counts, measure
from benchmarks.diagnosis.plot import plot
from benchmarks.diagnosis.report import section
from benchmarks.world.pages import machine, replace_section

_HEALTHY_BY_SICK = 4
#: Polling everything costs three times as much, and only shows how quick the rules are.
_PART_OF_EVERYTHING = 10
_ROUNDS = 9


def main() -> None:
    """Measure, and write the section of README.md, the plot and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("--lives", type=int, default=1_000, help="how many of each sickness")
    parser.add_argument("--quick", action="store_true", help="measure next to nothing, as a trial")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    options = parser.parse_args()

    lives = 1 if options.quick else options.lives
    as_bot, everything = PLANS
    all_found = [
        _measured(as_bot, lives, options.processes),
        _measured(everything, -(-lives // _PART_OF_EVERYTHING), options.processes),
    ]
    costs = cost_in_fresh_processes(1 if options.quick else _ROUNDS)
    for bar in bars(all_found, costs):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:>8} {bar.bar:>8} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples = {
        "lives": [asdict(found) for found in all_found],
        "costs": [asdict(cost) for cost in costs],
    }
    (folder / "samples.json").write_text(json.dumps(samples) + "\n")
    (folder / "diagnosed.svg").write_text(plot(all_found[0]))
    text = section(all_found, costs, machine=machine("odps-bot"))
    replace_section(folder / "README.md", text, name="diagnosis")


def _measured(plan: str, lives: int, processes: int) -> Found:
    started = time.monotonic()
    many = counts(lives, _HEALTHY_BY_SICK * lives)
    found = summed_up(plan, measure(plan, many, processes=processes))
    found.took_s = round(time.monotonic() - started)
    print(f"{plan}: {found.lives:,} lives in {found.took_s:,.0f} s", flush=True)
    return found


if __name__ == "__main__":
    main()
