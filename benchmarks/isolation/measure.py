"""One measurement: quiet, then the storm, and who waited how long."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.isolation.office import Office, open_office
from benchmarks.isolation.person import Waited, await_all, type_statements
from benchmarks.isolation.storm import Size, Storm

#: Six channels, so that Slack's limit of a post per second and channel delays no card.
_CHANNELS = 6

_FIRST_QUIET, _FIRST_OF_STORM = 1_000_000, 2_000_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long is measured, and how much goes wrong."""

    every_s: float = 1
    quiet_s: float = 40
    storm_s: float = 100
    patience_s: float = 30  #: after which what has not come is counted as it is
    size: Size = field(default_factory=Size)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found."""

    quiet: Waited
    storm: Waited
    stops_s: list[float]  #: from the click on *Stop* until MaxCompute was asked for it
    files_made: int
    ends_told: int


def measure(plan: Plan, *, logs: Path | None = None) -> Found:
    """Return how long people waited for one bot and one worker."""
    with open_office(file_rows=plan.size.file_rows, logs=logs) as office:
        channels = [office.slack.create_channel(f"people-{n}") for n in range(_CHANNELS)]
        storm = Storm(office=office, size=plan.size)
        storm.prepare(ends_in_s=_seeding_s(plan) + plan.quiet_s + 5)
        quiet = await_all(
            office,
            type_statements(
                office, channels, first=_FIRST_QUIET, every_s=plan.every_s, span_s=plan.quiet_s
            ),
            patience_s=plan.patience_s,
        )
        return _in_storm(office, channels, storm, plan, quiet)


def _seeding_s(plan: Plan) -> float:
    """Return how long it takes to start the runs that end together."""
    return 0.04 * plan.size.ends


def _in_storm(
    office: Office, channels: list[str], storm: Storm, plan: Plan, quiet: Waited
) -> Found:
    with storm.raging(plan.storm_s):
        typed = type_statements(
            office, channels, first=_FIRST_OF_STORM, every_s=plan.every_s, span_s=plan.storm_s
        )
        waited = await_all(office, typed, patience_s=plan.patience_s)
    return Found(
        quiet=quiet,
        storm=waited,
        stops_s=storm.stops_s(),
        files_made=storm.files_made(),
        ends_told=storm.ends_told(),
    )
