"""Which jobs are slow or queued for a known cause, one line each; for the person who asks only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from odps_bot.diagnosis.finding import Finding
from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, button, context, section, section_with
from odps_bot.messages.message import Message
from odps_bot.messages.replies.instances import instance_value
from odps_bot.messages.replies.row_actions import ROW
from odps_bot.messages.run.buttons import SHOW_WHY
from odps_bot.messages.run.findings import finding_line
from odps_bot.messages.run.origins import whose_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.runs.run import Run

#: More are not read; each is a block, of which Slack takes 50 in a message.
SHOWN_JOBS = 15

OWNER_CHARACTERS = 60

#: Slack cuts longer texts into several messages.
TEXT_CHARACTERS = 3_900


@dataclass(frozen=True, kw_only=True)
class FoundJob:
    """A job that has a finding."""

    finding: Finding
    run: Run | None = None
    project: str = ""
    instance_id: str = ""  #: of a job that belongs to no run
    owner: str = ""  #: of that; foreign text


@dataclass(frozen=True, kw_only=True)
class FindingsPage:
    """All that have one, as far as the person may see them."""

    project: str
    jobs: Sequence[FoundJob]
    hidden: int = 0  #: so many more have a finding
    active: int | None = None  #: jobs of the project that have not ended; None: not known
    why_unknown: str = ""  #: why nothing is known of jobs that were not started here
    at: datetime


def findings_list(page: FindingsPage) -> Message:
    """Return the list; beside each job is a button that asks for its phases and the remedy."""
    shown = page.jobs[:SHOWN_JOBS]
    title, small_print = _title(page), _small_print(page)
    lines = [_line(job, page.at) for job in shown]
    text = t.clip("\n".join([title, *lines, small_print]), TEXT_CHARACTERS)
    blocks = [section(title), *(_row(job, page.at) for job in shown), context(small_print)]
    return Message(text, blocks)


def _title(page: FindingsPage) -> str:
    where = f"this channel and {t.code(page.project)}"
    if not page.jobs:
        return f":mag: No job of {where} is slow or queued for a cause that I can see."
    count = len(page.jobs)
    jobs = "1 job" if count == 1 else f"{count:,} jobs"
    return f":mag: *Slow or queued in {where}* · {jobs}"


def _line(job: FoundJob, now: datetime) -> str:
    return f"{_name(job)}: {finding_line(job.finding, now=now)}"


def _name(job: FoundJob) -> str:
    if job.run is not None:
        return f"{run_link(job.run)} {whose_in_words(job.run)}"
    owner = f" by {t.code(job.owner, limit=OWNER_CHARACTERS)}" if job.owner else ""
    return f"{t.code(job.instance_id)}{owner}"


def _row(job: FoundJob, now: datetime) -> Block:
    name = job.run.run_id if job.run else job.instance_id
    value = job.run.run_id if job.run else instance_value(job.project, job.instance_id)
    # Slack wants each action id only once in a message.
    why = button("Why?", action_id=f"{SHOW_WHY}:{name}"[:255], value=value)
    return section_with(why, _line(job, now), block_id=f"{ROW}{name}"[:255])


def _small_print(page: FindingsPage) -> str:
    parts = []
    if page.hidden:
        jobs = "1 more job" if page.hidden == 1 else f"{page.hidden:,} more jobs"
        parts.append(f"{jobs} of other channels, shown there only")
    if len(page.jobs) > SHOWN_JOBS:
        parts.append(f"the first {SHOWN_JOBS} are listed")
    if page.active is not None:
        parts.append(f"{page.active:,} active in {t.code(page.project)}")
    if page.why_unknown:
        parts.append(f"jobs that were not started from Slack: not known ({page.why_unknown})")
    hint = "`/odps why ID` says more about any job"
    return " · ".join([*parts, t.as_of(page.at), hint])
