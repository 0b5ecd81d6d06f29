"""Play seeds, replay one, and make what went wrong short."""

import argparse
import gc
import random
from collections.abc import Callable, Sequence

from tests.simulation.episode import Outcome, Player
from tests.simulation.outside import real_monotonic_s, take_over_datetimes
from tests.simulation.redis_server import VirtualRedisServer
from tests.simulation.world import connect_product


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this seed only")
    parser.add_argument("--from", dest="first", type=int, help="begin with this seed")
    parser.add_argument("--count", type=int, default=10**9, help="play so many seeds")
    parser.add_argument("--minutes", type=float, default=15, help="play for so long")
    parser.add_argument("--trace", action="store_true", help="print what crosses each boundary")
    options = parser.parse_args(arguments)
    take_over_datetimes()
    connect_product()
    with VirtualRedisServer() as server:
        return _play(Player(server), options)


def _play(player: Player, options: argparse.Namespace) -> int:
    first = options.first
    if first is None:
        first = random.SystemRandom().randrange(1, 10**9)
    seeds = [options.seed] if options.seed else range(first, first + options.count)
    began_s, began_cpu_s = real_monotonic_s(), player.cpu_s()
    lives, played, failed = 0, 0, []
    for seed in seeds:
        outcome = player.play(seed, on_line=print if options.trace else None)
        lives += outcome.lives
        played += 1
        if outcome.violations:
            failed.append(outcome)
            _show(outcome)
        gc.collect()
        if real_monotonic_s() - began_s > options.minutes * 60:
            break
    took_s, cpu_s = real_monotonic_s() - began_s, player.cpu_s() - began_cpu_s
    print(
        f"{played} seeds from {seeds[0]}, {lives} lives in {took_s:.1f} s: {lives / took_s * 3600:,.0f}"
        f" an hour, {lives / cpu_s * 3600:,.0f} an hour of one core; {len(failed)} failed"
    )
    return 1 if failed else 0


def _show(outcome: Outcome) -> None:
    print(f"seed {outcome.seed} failed (digest {outcome.digest:08x}):")
    for violation in outcome.violations[:8]:
        print(f"  {violation}")
    print(f"  after {len(outcome.struck)} faults")


Print = Callable[[str], None]
