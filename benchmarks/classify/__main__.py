"""Measure the processor time to classify long texts.

`python -m benchmarks.classify [--rounds N]`: five rounds, the default, take about two minutes.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks.classify.measure import measure, yardstick_s
from benchmarks.classify.report import bars, section
from benchmarks.world.pages import machine, replace_section


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classify", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how many")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    options = parser.parse_args()

    yardsticks_s = [yardstick_s()]
    found = measure(options.rounds)
    yardsticks_s += [yardstick_s(), yardstick_s()]
    for bar in bars(found):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} {bar.unit:5} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples = {"yardsticks_s": yardsticks_s, "found": [asdict(one) for one in found]}
    (folder / "samples.json").write_text(json.dumps(samples) + "\n")
    text = section(found, yardstick_s=median(yardsticks_s), machine=machine("odps-bot"))
    replace_section(folder / "README.md", text, name="classify")


if __name__ == "__main__":
    main()
