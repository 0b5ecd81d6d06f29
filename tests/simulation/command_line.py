"""Play seeds, replay one and make what went wrong short, find planted faults.

python -m tests.simulation [--minutes 15] [--from SEED] [--count N] [--no-shrink]
python -m tests.simulation replay SEED [--trace]
python -m tests.simulation planted [NAME …] [--minutes 10]
python -m tests.simulation keys
"""

import argparse
import gc
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.simulation.episode import STORIES, Outcome, Player
from tests.simulation.key_growth import measure, table
from tests.simulation.outside import real_monotonic_s, take_over_modules
from tests.simulation.planted import PLANTS, planted
from tests.simulation.redis_server import NotInstalledError, VirtualRedisServer
from tests.simulation.shrink import Shrinker
from tests.simulation.world import connect_product

#: So many violations of a seed are printed.
SHOWN = 8


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; return the exit status."""
    options = _parsed(arguments)
    # As by Ctrl-C: Redis and the folders go, too.
    for ending in (signal.SIGTERM, signal.SIGINT):  # a shell has its background jobs ignore SIGINT
        signal.signal(ending, lambda number, _frame: sys.exit(128 + number))
    take_over_modules()
    connect_product()
    # Worlds are full of circles; they are collected between two episodes.
    gc.freeze()
    gc.disable()
    try:
        with VirtualRedisServer() as server:
            player = Player(server)
            match options.what:
                case "replay":
                    return _replay(player, options)
                case "planted":
                    return _find_planted(player, options)
                case "keys":
                    return _measure_keys(player)
                case _:
                    return _play(player, options)
    except NotInstalledError as error:
        print(error)
        return 2


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", nargs="?", choices=("play", "replay", "planted", "keys"), default="play"
    )
    parser.add_argument("names", nargs="*", help="the seed to replay, or planted faults")
    parser.add_argument("--from", dest="first", type=int, help="begin with this seed")
    parser.add_argument("--count", type=int, default=10**9, help="play so many seeds")
    parser.add_argument("--stories", type=int, default=STORIES, help="tell so many stories")
    parser.add_argument("--minutes", type=float, help="play for so long")
    parser.add_argument("--trace", action="store_true", help="print what crosses each boundary")
    parser.add_argument("--shrink", action="store_true", help="shrink planted faults, too")
    parser.add_argument("--no-shrink", action="store_true", help="print failing seeds as they are")
    return parser.parse_args(arguments)


def _seeds(options: argparse.Namespace) -> range:
    first = options.first
    if first is None:
        first = random.SystemRandom().randrange(1, 10**9)
    return range(first, first + options.count)


def _play(player: Player, options: argparse.Namespace) -> int:
    minutes = 15 if options.minutes is None else options.minutes
    seeds = _seeds(options)
    began_s, began_cpu_s = real_monotonic_s(), player.cpu_s()
    outcomes = []
    print(f"playing from seed {seeds[0]}", flush=True)
    for outcome in _played(player, seeds, until_s=began_s + minutes * 60, stories=options.stories):
        outcomes.append(outcome)
        if outcome.violations:
            _show(outcome)
    took_s, cpu_s = real_monotonic_s() - began_s, player.cpu_s() - began_cpu_s
    lives = sum(outcome.lives.all for outcome in outcomes)
    asked = sum(outcome.lives.asked for outcome in outcomes)
    failed = [outcome for outcome in outcomes if outcome.violations]
    print(
        f"{len(outcomes)} seeds, {lives:,} lives ({asked:,} asked for by a statement),"
        f" {sum(len(o.struck) for o in outcomes):,} faults"
        f" in {took_s:.0f} s: {lives / took_s * 3600:,.0f} lives an hour,"
        f" {lives / cpu_s * 3600:,.0f} an hour of one core;"
        f" {sum(o.redis_calls for o in outcomes) / max(1, lives):.0f} Redis calls a life"
    )
    struck = Counter(one.fault for outcome in outcomes for one in outcome.struck)
    print("; ".join(f"{fault}: {count}" for fault, count in struck.most_common()))
    print(f"failing seeds: {' '.join(str(outcome.seed) for outcome in failed) or 'none'}")
    if failed and not options.no_shrink:
        _shrink(player, failed[0])
    return 1 if failed else 0


def _played(
    player: Player, seeds: Iterable[int], *, until_s: float, stories: int, is_brief: bool = False
) -> Iterable[Outcome]:
    for seed in seeds:
        yield player.play(seed, stories=stories, is_brief=is_brief)
        gc.collect()
        if real_monotonic_s() >= until_s:
            return


def _replay(player: Player, options: argparse.Namespace) -> int:
    on_line = print if options.trace else None
    outcome = player.play(int(options.names[0]), on_line=on_line, stories=options.stories)
    print(f"seed {outcome.seed}: {outcome.lives.all} lives, digest {outcome.digest:08x}")
    if not outcome.violations:
        return 0
    _show(outcome)
    if not options.no_shrink:
        _shrink(player, outcome)
    return 1


def _find_planted(player: Player, options: argparse.Namespace) -> int:
    missed = []
    for name in options.names or PLANTS:
        with planted(name):
            if not _is_found(player, name, options):
                missed.append(name)
    print(f"not found: {', '.join(missed)}" if missed else "all found")
    return 1 if missed else 0


def _is_found(player: Player, name: str, options: argparse.Namespace) -> bool:
    minutes = 10 if options.minutes is None else options.minutes
    began_s = real_monotonic_s()
    until_s = began_s + minutes * 60
    outcomes = _played(
        player, _seeds(options), until_s=until_s, stories=options.stories, is_brief=True
    )
    found = next((outcome for outcome in outcomes if outcome.violations), None)
    took_s = real_monotonic_s() - began_s
    if found is None:
        print(f"{name}: not found within {took_s:.0f} s", flush=True)
        return False
    again = player.play(found.seed, stories=options.stories, is_brief=True)
    is_same = (again.digest, again.violations) == (found.digest, found.violations)
    replays = "replays" if is_same else "DOES NOT REPLAY"
    print(f"{name}: seed {found.seed} after {took_s:.0f} s, {replays}", flush=True)
    print(f"    {found.violations[0]}", flush=True)
    if not options.shrink:
        return is_same
    return is_same and _shrink(player, player.play(found.seed, stories=options.stories))


def _measure_keys(player: Player) -> int:
    growths = measure(player)
    print(table(growths))
    return 1 if any(growth.grows for growth in growths) else 0


def _show(outcome: Outcome) -> None:
    print(f"seed {outcome.seed} failed, after {len(outcome.struck)} faults:", flush=True)
    for violation in outcome.violations[:SHOWN]:
        print(f"  {violation}")


def _shrink(player: Player, failed: Outcome) -> bool:
    print(f"shrinking seed {failed.seed} …", flush=True)
    shrinker = Shrinker(player, failed)
    shortest = shrinker.shrink()
    stories = ", ".join(map(str, shortest.stories or ["all"]))
    print(f"shortest: stories {stories}; {len(shortest.struck)} faults")
    for struck in shortest.struck:
        print(f"  {struck}")
    for violation in shortest.violations[:SHOWN]:
        print(f"  → {violation}")
    is_same = shrinker.replays()
    print("it replays" if is_same else "it DOES NOT REPLAY")
    return is_same
