"""Measure how fresh boards are, with and without them, and write down what was found.

`python -m benchmarks.board [--quick]`: about six minutes.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.board.measure import Load, measure
from benchmarks.board.report import bars, section
from benchmarks.world.pages import machine, replace_section

_QUICK = Load(
    live=60, channels=3, boards=3, settle_s=20, burst=3, before_burst_s=10, after_burst_s=20
)


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure next to nothing, as a trial")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where the processes log")
    options = parser.parse_args()

    load = _QUICK if options.quick else Load()
    without = measure(replace(load, boards=0), log=options.log)
    found = measure(load, log=options.log)
    for bar in bars(found, load):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.4g} {bar.unit:3} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples = {"with_boards": asdict(found), "without": asdict(without)}
    (folder / "samples.json").write_text(json.dumps(samples) + "\n")
    text = section(found, without, load, machine=machine("rq", "redis"))
    replace_section(folder / "README.md", text, name="board")


if __name__ == "__main__":
    main()
