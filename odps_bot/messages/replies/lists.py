"""Lists of jobs, a page at a time; for the requester only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from odps_bot.messages import blocks as b
from odps_bot.messages import text as t
from odps_bot.messages.message import Message

SHOW_PAGE = "show_page_of_jobs"

#: Rows of a page; Slack's table would take 200, but nobody reads them.
PAGE_ROWS = 20

#: Lines of a page without a table, for each of its sections.
SECTION_LINES = 5

SQL_CHARACTERS = 80
OWNER_CHARACTERS = 60
WORD_CHARACTERS = 64

#: Slack cuts longer texts into several messages.
TEXT_CHARACTERS = 3_900

COLUMNS = ("Job", "State", "Progress", "Duration", "Owner", "SQL")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A line of the list: a run, an instance, or both."""

    name: str  #: of the run, or the id of an instance that belongs to no run
    state: str  #: in one word: ``Running``; foreign text
    emoji: str
    progress: str = ""  #: ``42%``, or why it waits; foreign text
    span: timedelta | None = None  #: since it began, or how long it took
    user_id: str | None = None  #: who requested it in Slack
    owner: str | None = None  #: otherwise MaxCompute's owner; foreign text
    sql: str | None = None  #: None: hidden from this person


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """A page of a list."""

    title: str  #: mrkdwn
    jobs: Sequence[Job]
    first: int  #: the place of the first job, from 1
    total: int
    notes: Sequence[str] = ()  #: mrkdwn: what the list covers
    previous_page: str | None = None  #: the value of the b.button
    next_page: str | None = None


def job_list(page: JobPage) -> list[Message]:
    """Return the page and its fallback, best first."""
    text = _as_text(page)
    if not page.jobs:
        return [Message(text)]
    around = (b.section(_headline(page)), _footer(page))
    return [
        Message(text, _framed(around, [_data_table(page)])),
        Message(text, _framed(around, _sections(page))),
    ]


def _framed(around: tuple[b.Block, list[b.Block]], middle: list[b.Block]) -> list[b.Block]:
    head, foot = around
    return [head, *middle, *foot]


def _headline(page: JobPage) -> str:
    last = page.first + len(page.jobs) - 1
    if len(page.jobs) == page.total:
        return f"*{page.title}* · {page.total:,}"
    return f"*{page.title}* · {page.first:,}-{last:,} of {page.total:,}"


def _footer(page: JobPage) -> list[b.Block]:
    blocks = [b.context(" ".join(page.notes))] if page.notes else []
    buttons = [
        b.button(label, action_id=f"{SHOW_PAGE}:{label.lower()}", value=value)
        for label, value in (("Previous", page.previous_page), ("Next", page.next_page))
        if value is not None
    ]
    return [*blocks, b.actions(buttons, block_id=b.BUTTONS)] if buttons else blocks


def _data_table(page: JobPage) -> b.Block:
    header = [{"type": "raw_text", "text": name} for name in COLUMNS]
    return {
        "type": "data_table",
        "caption": "Jobs",
        "page_size": PAGE_ROWS,
        "rows": [header, *map(_row, page.jobs)],
    }


def _row(job: Job) -> list[b.Block]:
    return [
        b.raw_text(_one_line(job.name, WORD_CHARACTERS)),
        b.raw_text(_one_line(job.state, WORD_CHARACTERS)),
        b.raw_text(_one_line(job.progress, WORD_CHARACTERS)),
        b.raw_text(_span(job)),
        _who(job),
        b.raw_text(_one_line(job.sql or "", SQL_CHARACTERS)),
    ]


def _who(job: Job) -> b.Block:
    if job.user_id is None:
        return b.raw_text(_one_line(job.owner or "", OWNER_CHARACTERS))
    element = {"type": "user", "user_id": job.user_id}
    return b.rich_text(element)


def _one_line(foreign: str, limit: int) -> str:
    """Return literal text on one line, cut."""
    line = " ".join(t.clean(t.beginning(foreign, limit)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + t.ELLIPSIS


def _span(job: Job) -> str:
    return "" if job.span is None else t.duration(job.span)


def _sections(page: JobPage) -> list[b.Block]:
    lines = [_line(job) for job in page.jobs]
    starts = range(0, len(lines), SECTION_LINES)
    return [b.section("\n".join(lines[start : start + SECTION_LINES])) for start in starts]


def _as_text(page: JobPage) -> str:
    if not page.jobs:
        return "\n".join((f"*{page.title}*: none.", *page.notes))
    kept, left = [_headline(page)], TEXT_CHARACTERS - sum(map(len, page.notes)) - 200
    for line in map(_line, page.jobs):
        left -= len(line) + 1
        if left < 0:
            kept.append(t.ELLIPSIS)
            break
        kept.append(line)
    return "\n".join((*kept, *page.notes))


def _line(job: Job) -> str:
    owner = t.code(job.owner, limit=OWNER_CHARACTERS) if job.owner else ""
    who = t.mention(job.user_id) if job.user_id else owner
    state, progress = (
        t.one_line(word, limit=WORD_CHARACTERS) for word in (job.state, job.progress)
    )
    name = t.code(job.name, limit=WORD_CHARACTERS)
    parts = [f"{job.emoji} *{state}*", progress, name, _span(job)]
    parts += [f"by {who}" if who else "", t.code(job.sql, limit=SQL_CHARACTERS) if job.sql else ""]
    return " · ".join(part for part in parts if part)
