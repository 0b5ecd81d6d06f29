"""Measure how soon everything that Slack sends is acknowledged, and write down what was found.

`python -m benchmarks.acknowledge [--rounds N]`: about a minute for twenty rounds, the default.
"""

import argparse
import json
from pathlib import Path

from benchmarks.acknowledge.measure import measure
from benchmarks.acknowledge.report import bars, section
from benchmarks.world.pages import machine, replace_section

_ROUNDS = 20


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.acknowledge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"(default: {_ROUNDS})")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    options = parser.parse_args()

    acks = measure(rounds=options.rounds)
    for bar in bars(acks):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} {bar.unit:2} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples: dict[str, list[float]] = {}
    for ack in acks:
        samples.setdefault(ack.shape, []).append(round(1_000 * ack.after_s, 1))
    (folder / "samples.json").write_text(json.dumps(samples) + "\n")
    text = section(acks, machine=machine("slack-bolt", "waitress", "redis"))
    replace_section(folder / "README.md", text, name="acknowledge")


if __name__ == "__main__":
    main()
