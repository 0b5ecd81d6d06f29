"""Measure both clients and write down the results: `python -m benchmarks.client [--quick]`."""

import argparse
import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.client.bars import ratio_bars, request_bars
from benchmarks.client.plot import plot
from benchmarks.client.report import section
from benchmarks.client.request_counts import count_requests
from benchmarks.client.rounds import FULL, QUICK, measure_all

_BEGIN = "<!-- written by `make bench`: client -->"
_END = "<!-- end of client -->"


def main() -> None:
    """Measure, and write the section of README.md, the plot and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure almost nothing, as a trial")
    parser.add_argument("--into", type=Path, default=Path(__file__).parents[1], metavar="FOLDER")
    arguments = parser.parse_args()
    effort = QUICK if arguments.quick else FULL

    counts = list(count_requests())
    samples = measure_all(effort)
    bars = [*ratio_bars(samples), *request_bars(counts)]

    folder: Path = arguments.into
    (folder / "client").mkdir(parents=True, exist_ok=True)
    found = {"samples": samples, "requests": [asdict(count) for count in counts]}
    (folder / "client" / "samples.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "client" / "ratios.svg").write_text(plot(bars))
    text = section(samples, counts, bars, effort=effort, machine=machine())
    _replace_section(folder / "README.md", text)
    for bar in bars:
        print(f"{bar.ratio.middle:6.3f}  {'MISSED' if bar.holds is False else '':7} {bar.name}")


def machine() -> str:
    """Return a description of this machine."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("pyodps", "requests", "urllib3"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()},"
        f" {platform.python_implementation()} {platform.python_version()}, {packages},"
        f" {datetime.now(UTC):%-d %B %Y}"
    )


def _replace_section(readme: Path, text: str) -> None:
    before, after = "", "\n"
    if readme.exists():
        before, _, rest = readme.read_text().partition(_BEGIN)
        after = rest.partition(_END)[2]
    readme.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}")


if __name__ == "__main__":
    main()
