"""Measure how soon a person gets their card in a storm, and write down what was found.

`python -m benchmarks.isolation [--quick | --only TROUBLE]`: about four minutes. With one trouble
alone nothing is written down.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.isolation.measure import Plan, measure
from benchmarks.isolation.report import bars, section, table
from benchmarks.isolation.storm import TROUBLES, Size
from benchmarks.world.pages import machine, replace_section

_QUICK = Plan(
    quiet_s=5,
    storm_s=15,
    patience_s=15,
    size=Size(file_rows=10_000, far_runs=3, response_urls=3, web_api_calls=2, ends=20, stops=3),
)


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure next to nothing, as a trial")
    parser.add_argument("--only", choices=TROUBLES, help="let only this go wrong")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="where the processes log")
    options = parser.parse_args()

    plan = _QUICK if options.quick else Plan()
    if options.only:
        plan = replace(plan, size=plan.size.only(options.only))
    found = measure(plan, logs=options.logs)
    for row in table(found):
        print(f"{row[0]:26}" + "".join(f"{cell:>9}" for cell in row[1:]))
    for bar in bars(found):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.4g} {bar.unit:6} {bar.name}")

    if options.only:
        return
    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples.json").write_text(json.dumps(asdict(found)) + "\n")
    text = section(found, plan.size, machine=machine("rq", "redis"))
    replace_section(folder / "README.md", text, name="isolation")


if __name__ == "__main__":
    main()
