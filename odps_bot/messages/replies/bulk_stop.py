"""The question whether to stop several runs, and what came of it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, actions, button, context, section
from odps_bot.messages.message import Message
from odps_bot.messages.run.buttons import QUESTION
from odps_bot.messages.run.states import since_or_duration, state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.policy.bulk_stop import Hindrance, Sorted, StopChoice
from odps_bot.policy.effective_role import NEEDED, Permission
from odps_bot.runs.progress import progress_percent_of
from odps_bot.runs.run import Run, RunState

STOP_RUNS = "stop_runs"
LEAVE_RUNS = "leave_runs"
PREVIEW_STOP = "preview_stop"

#: So many runs are listed; the others are counted.
LISTED = 15

#: So many are named where they are only mentioned.
NAMED = 5

#: How many characters of a statement a line shows.
SQL_CHARACTERS = 60

#: A statement of markup is five times as long once it is escaped.
LINES_A_BLOCK = 5

#: Slack cuts longer messages into several.
MESSAGE_CHARACTERS = 3_900

TERMS = (
    "Runs that begin after this preview are not stopped. The work done so far is lost. Only you can"
    " answer; this expires in 30 minutes."
)

_NO_WAY = "MaxCompute offers no way to stop"


def stop_preview(
    found: Sorted, choice: StopChoice, *, question_id: str, now: datetime, notes: Sequence[str] = ()
) -> Message:
    """Return which runs one click will stop, and which others it won't."""
    runs = found.stoppable
    title = f":octagonal_sign: *Stop {_count(runs)}?* {_capital(choice_in_words(choice))}:"
    lines = [_line(run, now) for run in runs[:LISTED]]
    if len(runs) > LISTED:
        lines.append(f"and {len(runs) - LISTED:,} more.")
    small = [
        *_not_included(found.hindered),
        *notes,
        TERMS,
    ]
    label = f"Stop {_count(runs)}"
    buttons = [
        button(label, action_id=STOP_RUNS, value=question_id) | {"style": "danger"},
        button("Let them run", action_id=LEAVE_RUNS, value=question_id),
    ]
    blocks: list[Block] = [
        section(title),
        *_sections(lines),
        context("\n".join(small)),
        actions(buttons, block_id=QUESTION),
    ]
    return Message(t.clip("\n".join([title, *lines, *small]), MESSAGE_CHARACTERS), blocks)


def nothing_to_stop(found: Sorted, choice: StopChoice, *, notes: Sequence[str] = ()) -> Message:
    """Return that no run is left to be stopped, and why others are not."""
    first = f"Nothing to stop: no active run matches ({choice_in_words(choice)})."
    if found.hindered:
        first = f"Nothing that you can stop here: {choice_in_words(choice)}."
    return Message("\n".join([first, *_not_included(found.hindered), *notes]))


def ask_whose(owners: Mapping[str, int], *, name: str, values: Mapping[str, str]) -> Message:
    """Return the question which person was meant; Slack gives no id with a name that is typed.

    `owners` are people with how many runs they have, `values` what the buttons carry.
    """
    question = f"Slack doesn't tell me who {t.code(name, limit=40)} is. Whose runs do you mean?"
    rows: list[Block] = []
    lines = [question]
    for user_id, count in owners.items():
        words = f"{t.mention(user_id)} · {count:,} {'run' if count == 1 else 'runs'}"
        show = button("Show", action_id=PREVIEW_STOP, value=values[user_id])
        rows.append(section(words) | {"block_id": f"{QUESTION}-{user_id}", "accessory": show})
        lines.append(words)
    return Message("\n".join(lines), [section(question), *rows])


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What came of the runs that a person wanted to be stopped."""

    stopped: Sequence[Run]
    others: Mapping[Hindrance, Sequence[Run]]
    gone: int = 0  #: there is no record of so many any more


def runs_stopped(result: Stopped) -> Message:
    """Return the reply to the person who stopped them."""
    early = [
        run for run in result.stopped if run.state is RunState.CANCELLED and not run.instance_id
    ]
    later = len(result.stopped) - len(early)
    before = f"before {'it was' if len(early) == 1 else 'they were'} submitted"
    after = (
        f"MaxCompute ends {'it' if later == 1 else 'them'} at"
        f" {'its' if later == 1 else 'their'} next checkpoint; the"
        f" {'card shows' if later == 1 else 'cards show'} it"
    )
    how = ""
    if early and later:
        under_way = f"{later:,} {'is' if later == 1 else 'are'} under way"
        how = f": {len(early):,} {before}; {under_way}, and {after}"
    elif early:
        how = f" {before}"
    elif later:
        how = f". {after}"
    first = f":octagonal_sign: *{_capital(_count(result.stopped))} stopped*{how}."
    if not result.stopped:
        first = "No run was stopped."
    others = [*_outcomes(result.others)]
    if result.gone:
        others.append(f"{result.gone:,} I have no record of any more")
    return Message("\n".join([first, *([f"Not stopped: {' · '.join(others)}."] if others else [])]))


def still_stopping(count: int) -> Message:
    """Return what is shown while that takes longer than a moment."""
    return Message(f":octagonal_sign: Stopping {count:,} {'run' if count == 1 else 'runs'} …")


def runs_left(count: int) -> Message:
    """Return the reply to the person who decided not to stop them."""
    return Message(f"OK, the {'run goes' if count == 1 else 'runs go'} on. Nothing was stopped.")


def choice_in_words(choice: StopChoice) -> str:
    """Return which runs were asked for (mrkdwn): `this channel's queued runs older than 2 h`."""
    phase = f"{choice.phase} runs" if choice.phase else "active runs"
    whose = "your " if choice.is_mine else "this channel's " if choice.is_channel else ""
    parts = [f"{whose}{phase}"]
    if choice.is_mine and choice.is_channel:
        parts.append("in this channel")
    if choice.project is not None:
        parts.append(f"in project {t.code(choice.project)}")
    if owners := [*map(t.mention, choice.owners), *map(t.code, choice.accounts)]:
        parts.append(f"of {', '.join(owners)}")
    if choice.older is not None:
        parts.append(f"older than {t.duration(choice.older)}")
    return " ".join(parts)


def _line(run: Run, now: datetime) -> str:
    percent = progress_percent_of(run)
    progress = "" if percent is None else f" {percent}%"
    return (
        f"{run_link(run)} by {t.mention(run.user_id)} · {state_in_words(run)}{progress}"
        f" · {since_or_duration(run, now)} · {sql_as_code(run.sql, limit=SQL_CHARACTERS)}"
    )


def _sections(lines: Sequence[str]) -> Iterator[Block]:
    """Yield the lines, as few to a block as certainly fit."""
    for start in range(0, len(lines), LINES_A_BLOCK):
        yield section("\n".join(lines[start : start + LINES_A_BLOCK]))


def _not_included(hindered: Mapping[Hindrance, Sequence[Run]]) -> Iterator[str]:
    """Yield a line about those that one can't stop, if there are any."""
    needed = f"*{NEEDED[Permission.STOP_OTHERS]}*"
    parts = []
    if count := len(hindered.get(Hindrance.ROLE, ())):
        parts.append(f"{count:,} more {'needs' if count == 1 else 'need'} {needed}")
    if count := len(hindered.get(Hindrance.ELSEWHERE, ())):
        parts.append(f"{count:,} can't be stopped from this channel")
    if count := len(hindered.get(Hindrance.STOPPING, ())):
        parts.append(f"{count:,} {'is' if count == 1 else 'are'} being stopped already")
    if runs := hindered.get(Hindrance.NO_WAY):
        parts.append(f"{_named(runs)}, which {_NO_WAY}")
    if parts:
        yield f"Not included: {' · '.join(parts)}."


def _outcomes(others: Mapping[Hindrance, Sequence[Run]]) -> Iterator[str]:
    denied = [*others.get(Hindrance.ROLE, ()), *others.get(Hindrance.ELSEWHERE, ())]
    if runs := others.get(Hindrance.ENDED):
        yield f"{len(runs):,} had ended ({_named(runs)})"
    if runs := others.get(Hindrance.STOPPING):
        yield f"{len(runs):,} {'was' if len(runs) == 1 else 'were'} being stopped already"
    if denied:
        yield f"{len(denied):,} no longer allowed ({_named(denied)})"
    if runs := others.get(Hindrance.NO_WAY):
        yield f"{_named(runs)}, which {_NO_WAY}"


def _named(runs: Sequence[Run]) -> str:
    names = ", ".join(map(run_link, runs[:NAMED]))
    return f"{names} and {len(runs) - NAMED:,} more" if len(runs) > NAMED else names


def _count(runs: Sequence[Run]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs):,} runs"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
