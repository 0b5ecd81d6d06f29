"""Polls ahead of their time, as many as MaxCompute may be asked for, and in turn.

Where hundreds of runs of one channel end together, the one of somebody else must not wait for all
of them: the next sweep finds the rest again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest

from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.store import sweeps
from workers.polling.sweep_lease import SweepLease

#: A poll of an instance that has ended asks for its status, its result and its cost.
REQUESTS_PER_POLL = 3

#: Prompted polls get this share of the rate limit; the rest is for everything else.
SHARE = 0.6

#: However many wait, maybe for another endpoint, so many are added.
LEAST_POLLS = 2

#: The lease is renewed after so many runs, which are read from Redis at once.
RUNS_AT_ONCE = 200


def room_for_polls(services: Services) -> int:
    """Return how many polls can be prompted now so that all are made before the next sweep."""
    requests = services.settings.requests_per_second * sweeps.INTERVAL.total_seconds()
    polls = int(requests * SHARE / REQUESTS_PER_POLL)
    return max(LEAST_POLLS, polls - services.jobs.waiting_prompts())


def prompt_polls(
    project: str,
    found: Mapping[str, str],
    lease: SweepLease,
    services: Services,
    *,
    most: int,
    seen: Mapping[str, str] | None = None,
) -> int:
    """Have `most` of these runs, by instance, polled now, but none that was to be a moment ago.

    Returns how many. Channels take turns, and so do people in a channel. An instance whose run is
    over or gone is watched no longer. `seen` is the instances' progress, where that is why.
    """
    progress = seen or {}
    waiting = iter(take_turns(_open_runs(project, found, lease, services), _channel, _person))
    left = most
    while left > 0 and (some := list(islice(waiting, left))):
        wanted = {run.run_id: progress.get(run.instance_id or "", "") for run in some}
        for run_id in services.stores.sweeps.request_polls(wanted):
            services.jobs.poll_now(run_id)
            left -= 1
        lease.keep()
    return most - left


def take_turns(runs: Iterable[Run], *owners: Callable[[Run], str]) -> list[Run]:
    """Return the runs, one of each owner after the other, and so on within those of one owner."""
    if not owners:
        return list(runs)
    lines: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        lines[owners[0](run)].append(run)
    in_turn = [take_turns(line, *owners[1:]) for line in lines.values()]
    return [run for some in zip_longest(*in_turn) for run in some if run is not None]


def _channel(run: Run) -> str:
    return f"{run.team_id} {run.channel_id}"


def _person(run: Run) -> str:
    return run.user_id


def _open_runs(
    project: str, found: Mapping[str, str], lease: SweepLease, services: Services
) -> Iterator[Run]:
    """Yield the runs that are not over, in the order of their instances."""
    for some in _in_parts(list(found.items())):
        runs = services.stores.runs.get_all_readable(run_id for _, run_id in some)
        is_open = {run.run_id for run in runs if not run.is_final}
        for instance_id, run_id in some:
            if run_id not in is_open:
                services.stores.runs.forget_watched(project, instance_id, run_id)
        yield from (run for run in runs if not run.is_final)
        lease.keep()


def _in_parts(pairs: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    for first in range(0, len(pairs), RUNS_AT_ONCE):
        yield pairs[first : first + RUNS_AT_ONCE]
