"""The lists of runs in the App Home, a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, actions, button, section, section_with
from odps_bot.messages.run import buttons, states
from odps_bot.messages.run.findings import FINDING_EMOJI, finding_in_short
from odps_bot.messages.run.outcomes import outcome_in_words, queue_in_words
from odps_bot.messages.run.refusals import trouble_in_short
from odps_bot.messages.run_link import link_for_others, run_link
from odps_bot.messages.sql_preview import sql_as_code
from odps_bot.runs.progress import progress_percent_of
from odps_bot.runs.run import Run, RunState
from odps_bot.store.homes import HomeList

#: The action id of the buttons that turn to another page.
TURN_PAGE = "home_turn_page"

#: Runs of a page: with three lists the Home stays far below Slack's 100 blocks.
PAGE_RUNS = 5

SQL_CHARACTERS = 150
WORDS_CHARACTERS = 150


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run in a list, and what this person is allowed to do with it."""

    run: Run
    is_sql_visible: bool = True
    may_stop: bool = True
    may_see: bool = True  #: its Logview and its whole statement
    may_repeat: bool = True


@dataclass(frozen=True, kw_only=True)
class HomePage:
    """A page of a list."""

    runs: Sequence[ListedRun]
    number: int  #: from 0
    total: int
    is_total_known: bool = True  #: else there are more than ``total``

    @property
    def pages(self) -> int:
        """How many pages the list has."""
        return max(1, -(-self.total // PAGE_RUNS))

    @property
    def total_in_words(self) -> str:
        """How many runs the list has."""
        return f"{self.total:,}" if self.is_total_known else f"{self.total:,}+"


def home_page(runs: Sequence[ListedRun], *, number: int, is_total_known: bool = True) -> HomePage:
    """Return the page of that number, or the last one there is."""
    page = HomePage(runs=runs, number=0, total=len(runs), is_total_known=is_total_known)
    number = max(0, min(number, page.pages - 1))
    shown = runs[number * PAGE_RUNS : (number + 1) * PAGE_RUNS]
    return HomePage(runs=shown, number=number, total=len(runs), is_total_known=is_total_known)


def page_value(name: HomeList, number: int) -> str:
    """Return the value of a button that turns a list to a page."""
    return f"{name} {number}"


def read_page_value(value: str) -> tuple[HomeList, int] | None:
    """Return the list and page of a button's value, or None for any other value."""
    name, _, number = value.partition(" ")
    is_number = number.isascii() and number.isdecimal() and len(number) <= len("999")
    return (HomeList(name), int(number)) if name in set(HomeList) and is_number else None


def run_list(name: HomeList, page: HomePage, now: datetime) -> list[Block]:
    """Return the page with its title; nothing if there are no runs."""
    if not page.total:
        return []
    title, item = _LISTS[name]
    blocks: list[Block] = [{"type": "divider"}, section(f"*{title}*{_place_in(page)}")]
    for listed in page.runs:
        blocks += item(listed, now)
    turns = _turns(name, page)
    return [*blocks, actions(turns, block_id=f"turn:{name}")] if turns else blocks


def _place_in(page: HomePage) -> str:
    if page.pages == 1:
        return ""
    first = page.number * PAGE_RUNS + 1
    return f" · {first:,}-{first + len(page.runs) - 1:,} of {page.total_in_words}"


def _turns(name: HomeList, page: HomePage) -> list[Block]:
    """Return the buttons to other pages; lists start with the newest run."""
    pages = {"Newer": page.number - 1, "Older": page.number + 1}
    return [
        button(label, action_id=f"{TURN_PAGE}:{label.lower()}", value=page_value(name, number))
        for label, number in pages.items()
        if 0 <= number < page.pages
    ]


def _running(listed: ListedRun, now: datetime) -> list[Block]:
    run = listed.run
    is_stoppable = listed.may_stop and run.stop_requested_at is None
    row = [buttons.stop_button(run)] if is_stoppable else []
    if listed.may_see and run.instance_id:
        row.append(buttons.logview_button(run))
    if listed.may_see and buttons.is_sql_known(run):
        row.append(buttons.sql_button(run))
    lines = [_headline(run, states.since_or_duration(run, now)), _progress(run, now), _sql(listed)]
    below = [actions(row, block_id=f"running:{run.run_id}")] if row else []
    return [section(_lines(lines)), *below]


def _recent(listed: ListedRun, now: datetime) -> list[Block]:
    run = listed.run
    when = t.day_and_time(run.ended_at or run.requested_at)
    first = _headline(run, _place(run), states.run_duration(run, now), when)
    row = _ways_on(listed)
    below = [actions(row, block_id=f"recent:{run.run_id}")] if row else []
    return [section(_lines([first, _outcome(run), _sql(listed)])), *below]


def _ways_on(listed: ListedRun) -> list[Block]:
    """Return the buttons below a run that has ended; those of a card have the same ids."""
    run = listed.run
    row = []
    if listed.may_see and run.state is RunState.SUCCEEDED and run.table:
        row.append(buttons.result_button(run))
        row += buttons.csv_buttons(run)
    if listed.may_see and run.state is RunState.FAILED and run.instance_id:
        row.append(buttons.logview_button(run))
    if listed.may_repeat and buttons.is_sql_known(run):
        row += buttons.repeat_buttons(run, is_edit_wanted=True)
    return row


def _place(run: Run) -> str:
    return "in a direct message" if run.channel_id.startswith("D") else f"<#{run.channel_id}>"


def _of_the_team(listed: ListedRun, now: datetime) -> list[Block]:
    run = listed.run
    # Other people do not even learn that it was a direct message.
    where = "" if run.channel_id.startswith("D") else f" in <#{run.channel_id}>"
    owner = f"{t.mention(run.user_id)}{where}"
    since = states.since_or_duration(run, now)
    first = _headline(run, since, owner, name=link_for_others(run))
    lines = [first, _progress(run, now), _sql(listed)]
    is_stoppable = listed.may_stop and run.stop_requested_at is None
    stop = buttons.stop_button(run) if is_stoppable else None
    return [section_with(stop, _lines(lines), block_id=f"team:{run.run_id}")]


def _headline(run: Run, *more: str, name: str = "") -> str:
    first = f"{states.state_in_words(run)}: {name or run_link(run)} in {t.code(run.project)}"
    return " · ".join((first, *more))


def _progress(run: Run, now: datetime) -> str:
    parts = []
    if (percent := progress_percent_of(run)) is not None:
        parts.append(f"{t.bar(percent)} *{percent}%*")
    if queue := queue_in_words(run.queue_position, run.queue_status):
        parts.append(t.one_line(queue, limit=WORDS_CHARACTERS))
    if parts and (age := states.as_of_if_old(run, now)):
        parts.append(age)
    if finding := finding_in_short(run):
        parts.append(f"{FINDING_EMOJI} {finding}")
    if trouble := trouble_in_short(run):
        parts.append(f":warning: {t.one_line(trouble, limit=WORDS_CHARACTERS)}")
    if run.stop_requested_by:
        parts.append(f"stop requested by {t.mention(run.stop_requested_by)}")
    return " · ".join(parts)


def _outcome(run: Run) -> str:
    match run.state:
        case RunState.SUCCEEDED:
            return states.rows_in_words(run).capitalize() if run.table else ""
        case RunState.CANCELLED:
            return states.stopped_in_words(run)
        case _:
            return t.one_line(outcome_in_words(run), limit=WORDS_CHARACTERS)


def _sql(listed: ListedRun) -> str:
    is_shown = listed.is_sql_visible and buttons.is_sql_known(listed.run)
    return sql_as_code(listed.run.sql, limit=SQL_CHARACTERS) if is_shown else ""


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line)


_LISTS: Mapping[HomeList, tuple[str, Callable[[ListedRun, datetime], list[Block]]]] = {
    HomeList.RUNNING: ("My active runs", _running),
    HomeList.RECENT: ("My recent runs", _recent),
    HomeList.TEAM: ("The team's active runs", _of_the_team),
}
