"""Which runs are stopped together, and why others are not. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from odps_bot.errors import Denial, DenialCode
from odps_bot.policy.effective_role import EffectiveRole, Permission
from odps_bot.policy.visibility import is_their_job, why_hidden
from odps_bot.runs import Run, RunState
from odps_bot.runs.account_names import account_names
from odps_bot.runs.progress import has_begun

#: How far a run has got: not begun in MaxCompute yet, or begun.
Phase = Literal["queued", "running"]

_WAITING = frozenset({RunState.QUEUED, RunState.SUBMITTING})


@dataclass(frozen=True, kw_only=True)
class StopChoice:
    """Which runs were asked for; every part narrows the choice down."""

    is_mine: bool = False
    is_channel: bool = False
    project: str | None = None
    phase: Phase | None = None
    older: timedelta | None = None
    owners: tuple[str, ...] = ()  #: ids of people
    accounts: tuple[str, ...] = ()  #: names of MaxCompute accounts, in lower case

    @property
    def has_scope(self) -> bool:
        """Whether it says whose runs are meant."""
        return self.is_mine or self.is_channel or self.project is not None


@dataclass(frozen=True, kw_only=True)
class Stopper:
    """Who stops runs, and from where."""

    team_id: str
    channel_id: str
    user_id: str
    role: EffectiveRole


class Hindrance(StrEnum):
    """Why a run is not stopped."""

    ENDED = "ended"
    STOPPING = "stopping"  #: it is being stopped already
    NO_WAY = "no_way"  #: MaxCompute offers no way to stop it
    ROLE = "role"  #: the person may not stop other people's runs here
    ELSEWHERE = "elsewhere"  #: the channel does not allow it, or is not the run's


def stop_denial(run: Run, who: Stopper) -> Denial | None:
    """Return why the person may not stop the run here; None if they may. Everybody may stop theirs.

    Whoever took up an instance that was there does not own it.
    """
    if is_their_job(run, user_id=who.user_id):
        return None
    if denial := who.role.denial(Permission.STOP_OTHERS, project=run.project):
        return denial
    hidden = why_hidden(run, team_id=who.team_id, channel_id=who.channel_id, user_id=who.user_id)
    return Denial(code=DenialCode.OTHER_CHANNEL, project=run.project) if hidden else None


def hindrance_of(run: Run, who: Stopper) -> Hindrance | None:
    """Return why the person can't stop the run now; None if they can."""
    if run.is_final:
        return Hindrance.ENDED
    if run.stop_requested_at is not None:
        return Hindrance.STOPPING
    denial = stop_denial(run, who)
    if denial is not None:
        return Hindrance.ROLE if denial.code is DenialCode.ROLE else Hindrance.ELSEWHERE
    return Hindrance.NO_WAY if run.query_id is not None else None


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """The chosen runs that can be stopped, and the others by what hinders that."""

    stoppable: tuple[Run, ...]
    hindered: dict[Hindrance, list[Run]] = field(default_factory=dict)


def sort_runs(runs: Iterable[Run], who: Stopper) -> Sorted:
    """Return the runs by whether the person can stop them, each in the order it came."""
    stoppable, hindered = [], defaultdict(list)
    for run in runs:
        if hindrance := hindrance_of(run, who):
            hindered[hindrance].append(run)
        else:
            stoppable.append(run)
    return Sorted(stoppable=tuple(stoppable), hindered=dict(hindered))


def is_chosen(run: Run, choice: StopChoice, who: Stopper, *, now: datetime) -> bool:
    """Return whether the run is one of those that were asked for."""
    is_wanted = (
        (not choice.is_mine or is_their_job(run, user_id=who.user_id))
        and (
            not choice.is_channel or (run.team_id, run.channel_id) == (who.team_id, who.channel_id)
        )
        and choice.project in {None, run.project}
        and (choice.phase is None or phase_of(run) == choice.phase)
        and (choice.older is None or now - run.began_at >= choice.older)
    )
    return is_wanted and _is_of_owner(run, choice)


def phase_of(run: Run) -> Phase | None:
    """Return whether the run waits, here or in MaxCompute's queue, or is carried out.

    None: it waits for a person.
    """
    if run.state is RunState.AWAITING_DECISION:
        return None
    is_queued = run.state in _WAITING or (run.state is RunState.RUNNING and not has_begun(run))
    return "queued" if is_queued else "running"


def _is_of_owner(run: Run, choice: StopChoice) -> bool:
    if not (choice.owners or choice.accounts):
        return True
    if any(is_their_job(run, user_id=user_id) for user_id in choice.owners):
        return True
    return run.owner is not None and bool(account_names(run.owner) & set(choice.accounts))
