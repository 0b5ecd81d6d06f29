"""Measure how soon the ends of young runs are told, and write down what was found.

`python -m benchmarks.ends [--quick]`: about six minutes.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.ends.load import Load
from benchmarks.ends.measure import measure
from benchmarks.ends.plot import plot
from benchmarks.ends.report import bars, section
from benchmarks.world.pages import machine, replace_section

_QUICK = Load(runs=20, within_s=40, longest_s=25)

#: The setting's default; zero is how it was before.
HELD, POLLED = 16, 0


def main() -> None:
    """Measure, and write the section of README.md, the plot and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ends", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure next to nothing, as a trial")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FOLDER", help="where the processes log")
    options = parser.parse_args()

    load = _QUICK if options.quick else Load()
    held = measure(load, held=HELD, log=options.log)
    polled = measure(load, held=POLLED, log=options.log)
    for bar in bars(held):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.4g} {bar.unit:3} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples = {"held": asdict(held), "polled": asdict(polled)}
    (folder / "samples.json").write_text(json.dumps(samples) + "\n")
    (folder / "ends.svg").write_text(plot(held, polled))
    text = section(held, polled, machine=machine("rq", "redis"))
    replace_section(folder / "README.md", text, name="ends")


if __name__ == "__main__":
    main()
