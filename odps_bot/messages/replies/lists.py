"""Lists of jobs, a page at a time; for the requester only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from odps_bot.messages import blocks as b
from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.messages.replies.row_actions import ROW
from odps_bot.messages.sql_preview import sql_as_code

SHOW_PAGE = "show_page_of_jobs"

#: Rows of a page, each of them a block: Slack takes 50 in a message, but nobody reads them.
PAGE_ROWS = 20

SQL_CHARACTERS = 80
OWNER_CHARACTERS = 60
WORD_CHARACTERS = 64

#: Slack cuts longer texts into several messages.
TEXT_CHARACTERS = 3_900


@dataclass(frozen=True, kw_only=True)
class Job:
    """A line of the list: a run, an instance, or both."""

    name: str  #: of the run, or the id of an instance that belongs to no run
    link: str = ""  #: mrkdwn: the name of the run, which leads to its card
    row_id: str = ""  #: the same over all pages and updates; empty: the name
    action: b.Block | None = None  #: the button or menu beside it
    state: str  #: in one word: ``Running``; foreign text
    emoji: str
    progress: str = ""  #: ``42%``, or why it waits; foreign text
    span: timedelta | None = None  #: since it began, or how long it took
    whose: str = ""  #: mrkdwn: who requested it in Slack, or follows it
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
    """Return the page; a row has a button or menu beside it."""
    text = _as_text(page)
    if not page.jobs:
        return [Message(text)]
    head, foot = b.section(_headline(page)), _footer(page)
    return [Message(text, [head, *_rows(page), *foot])]


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


def _span(job: Job) -> str:
    return "" if job.span is None else t.duration(job.span)


def _rows(page: JobPage) -> list[b.Block]:
    return [
        b.section_with(job.action, _line(job), block_id=f"{ROW}{job.row_id or job.name}"[:255])
        for job in page.jobs
    ]


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
    state, progress = (
        t.one_line(word, limit=WORD_CHARACTERS) for word in (job.state, job.progress)
    )
    name = job.link or t.code(job.name, limit=WORD_CHARACTERS)
    parts = [f"{job.emoji} *{state}*", progress, name, _span(job)]
    parts.append(
        job.whose or (f"by {t.code(job.owner, limit=OWNER_CHARACTERS)}" if job.owner else "")
    )
    if job.sql:
        parts.append(sql_as_code(job.sql, limit=SQL_CHARACTERS))
    return " · ".join(part for part in parts if part)
