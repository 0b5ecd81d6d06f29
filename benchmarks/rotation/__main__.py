"""Measure whether people notice that Slack replaces the connections of Socket Mode.

`python -m benchmarks.rotation [--rotations N]`: two hundred, the default, take eight minutes.
"""

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.rotation.report import bars, section
from benchmarks.rotation.trial import Pace, installation, measure
from benchmarks.world.pages import machine, replace_section


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rotation", description=__doc__)
    parser.add_argument("--rotations", type=int, default=Pace.rotations, help="how many")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FOLDER", help="where the processes log")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        log = options.log or Path(temporary)
        log.mkdir(parents=True, exist_ok=True)
        with installation(log) as session:
            found = measure(session, Pace(rotations=options.rotations))
    for bar in bars(found):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} {bar.unit:2} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples.json").write_text(json.dumps(asdict(found)) + "\n")
    text = section(found, machine=machine("slack-bolt", "websocket-client", "rq", "redis"))
    replace_section(folder / "README.md", text, name="rotation")


if __name__ == "__main__":
    main()
