"""Measure acknowledgements and cards, and write down what was found.

`python -m benchmarks.commands [--long | --quick]`: about four minutes, or twenty, in which every
card has its turn.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.commands.acks import Pace, measure_acks
from benchmarks.commands.cards import Cards, measure_cards
from benchmarks.commands.people import Ack
from benchmarks.commands.plot import plot
from benchmarks.commands.report import bars, section
from benchmarks.world.pages import machine, replace_section

_QUICK_PACE = Pace(watched=200, per_s=20, span_s=3, bare_span_s=3, warm_up_s=3)
_QUICK_CARDS = Cards(live=20, ending=5, before_s=10, after_s=15)
_LONG_CARDS = Cards(before_s=1_000)


def main() -> None:
    """Measure, and write the section of README.md, the plot and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commands", description=__doc__)
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_true", help="measure next to nothing, as a trial")
    effort.add_argument("--long", action="store_true", help="look until every card had its turn")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where the processes log")
    options = parser.parse_args()

    acks = measure_acks(_QUICK_PACE if options.quick else Pace(), log=options.log)
    cards = _QUICK_CARDS if options.quick else _LONG_CARDS if options.long else Cards()
    told = measure_cards(cards, log=options.log)
    for bar in bars(acks, told):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.4g} {bar.unit:6} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    found = {"ours_ms": _by_command(acks.ours), "bare_ms": _by_command(acks.bare)}
    samples = json.dumps({**found, "cards": asdict(told)})
    (folder / "samples.json").write_text(samples + "\n")
    (folder / "acknowledged.svg").write_text(plot(acks))
    text = section(acks, told, machine=machine("slack-bolt", "waitress", "rq", "redis"))
    replace_section(folder / "README.md", text, name="commands")


def _by_command(acks: list[Ack]) -> dict[str, list[float]]:
    """Return after how many milliseconds each was acknowledged, by its verb, the soonest first."""
    verbs = sorted({ack.command for ack in acks})
    return {
        verb: sorted(round(1_000 * ack.after_s, 1) for ack in acks if ack.command == verb)
        for verb in verbs
    }


if __name__ == "__main__":
    main()
