"""Answer which jobs there are: our records, and for a project what MaxCompute lists besides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odps_bot.authorization import ChannelMember, effective_role
from odps_bot.maxcompute import QueueingInfo
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block
from odps_bot.messages.replies.list_choice import page_value
from odps_bot.messages.replies.lists import PAGE_ROWS, Job, JobPage, job_list
from odps_bot.messages.replies.row_actions import instance_row_action, run_row_action
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.messages.run.findings import finding_in_short
from odps_bot.messages.run.origins import whose_in_words
from odps_bot.messages.run.outcomes import queue_in_words
from odps_bot.messages.run.refusals import trouble_in_short
from odps_bot.messages.run.states import (
    EMOJI,
    QUEUED,
    QUEUED_EMOJI,
    as_of_if_old,
    state_emoji,
    state_word,
)
from odps_bot.messages.run_link import link_for_others, run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.policy.visibility import is_their_job, is_visible
from odps_bot.replies.inquiries import ListInquiry
from odps_bot.runs import Run, RunState
from odps_bot.runs.progress import has_begun, progress_percent_of
from odps_bot.services import Services
from workers.queries.running_jobs import MOST_INSTANCES, running_infos
from workers.queries.status import percentage_of, waiting_words, waits

#: As many runs as are remembered of a person or channel.
MOST_RUNS = 200

#: As many of the team's open runs are looked through.
MOST_OPEN_RUNS = 500

#: As many projects are named beside the one that is listed.
SHOWN_PROJECTS = 5

LAST_IN_ORDER = 10**9


@dataclass(frozen=True)
class _Unread:
    """A run whose record is read when it is shown."""

    run_id: str


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the list has, in its order."""

    title: str
    entries: Sequence[tuple[Run | _Unread | None, QueueingInfo | None]]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Who reads the list, and what they can do with what is in it; a click checks it again."""

    inquiry: ListInquiry
    project: str
    may_stop_others: bool
    may_repeat: bool
    may_watch: bool

    @classmethod
    def of(cls, inquiry: ListInquiry, services: Services) -> "_Reader":
        effective = effective_role(
            ChannelMember(
                user_id=inquiry.user_id,
                channel_id=inquiry.channel_id,
                is_external=inquiry.is_external,
            ),
            services,
        )
        project = inquiry.choice.project or services.settings.default_project
        return cls(
            inquiry=inquiry,
            project=project,
            may_stop_others=effective.allows(Permission.STOP_OTHERS),
            may_repeat=effective.allows(Permission.READ),
            may_watch=effective.allows(Permission.WATCH, project=project),
        )

    def action(self, run: Run) -> Block | None:
        """Return the button beside a run that they may see."""
        is_theirs = is_their_job(run, user_id=self.inquiry.user_id)
        return run_row_action(
            run, may_stop=is_theirs or self.may_stop_others, may_repeat=self.may_repeat
        )


def answer_list(inquiry: ListInquiry, services: Services) -> list[Message]:
    """Return one page of the list in its forms. Raises MaxComputeError."""
    if inquiry.choice.which != "running":
        found = _remembered(inquiry, services)
    elif inquiry.choice.whose == "all":
        found = _running_in_project(inquiry, services)
    else:
        found = _running_of_ours(inquiry, services)
    return job_list(_page(found, inquiry, services))


def _page(found: _Found, inquiry: ListInquiry, services: Services) -> JobPage:
    total = len(found.entries)
    last_page = max(0, (total - 1) // PAGE_ROWS)
    page = min(inquiry.page, last_page)
    start = page * PAGE_ROWS
    shown = found.entries[start : start + PAGE_ROWS]
    now, reader = services.clock(), _Reader.of(inquiry, services)
    return JobPage(
        title=found.title,
        jobs=[_job(_run_of(run, services), info, reader, now) for run, info in shown],
        first=start + 1,
        total=total,
        notes=found.notes,
        previous_page=page_value(inquiry.choice, page - 1) if page > 0 else None,
        next_page=page_value(inquiry.choice, page + 1) if page < last_page else None,
    )


def _running_in_project(inquiry: ListInquiry, services: Services) -> _Found:
    """Return everything that runs in a project, wherever it was started."""
    project = inquiry.choice.project or services.settings.default_project
    infos = _infos(project, services)
    run_ids = services.stores.runs.watched(project)
    # The records of those on the page are read later: a project may run ten thousand.
    entries = [
        (_Unread(run_ids[info.instance_id]) if info.instance_id in run_ids else None, info)
        for info in sorted(infos.values(), key=_order_of_info)
    ]
    notes = [_as_of(services.clock()), "SQL of other channels' jobs is hidden."]
    if others := _other_projects(project, inquiry.channel_id, services):
        named = ", ".join(map(t.code, others[:SHOWN_PROJECTS]))
        notes.append(f"Other projects: {named} (`/odps list project {others[0]}`).")
    if len(infos) >= MOST_INSTANCES:
        notes.append(f"Only the first {MOST_INSTANCES:,} jobs are listed.")
    return _Found(title=f"Running in {t.code(project)}", entries=entries, notes=notes)


def _other_projects(project: str, channel_id: str, services: Services) -> list[str]:
    channel = services.rules.channel(channel_id)
    return [name for name in services.settings.projects if name != project and channel.allows(name)]


def _running_of_ours(inquiry: ListInquiry, services: Services) -> _Found:
    """Return the person's and the channel's runs that are not over, as they are on record.

    MaxCompute is not asked: its own figure of a job is another one than that of its stages, which
    the card shows, and polls and sweeps keep the records.
    """
    # The newest of a person or channel, and the open ones of the team, which may be older.
    team = services.stores.runs.open_runs(inquiry.team_id, limit=MOST_OPEN_RUNS)
    found = {run.run_id: run for run in _visible_runs(inquiry, services) if not run.is_final}
    found |= {run.run_id: run for run in team if _is_wanted(run, inquiry)}
    title = f"{_whose(inquiry)} active runs{_in_project(inquiry)}"
    return _Found(
        title=title,
        entries=[(run, None) for run in sorted(found.values(), key=_order_of_run)],
        notes=[_as_of(services.clock())],
    )


def _as_of(now: datetime) -> str:
    return f"As of {t.clock_time(now)}."


def _remembered(inquiry: ListInquiry, services: Services) -> _Found:
    """Return what failed, or was asked for today, as our records tell; nobody is asked."""
    since = services.rules.beginning_of_today(services.clock())
    runs = [
        run
        for run in _visible_runs(inquiry, services)
        if (
            run.state is RunState.FAILED
            if inquiry.choice.which == "failed"
            else run.requested_at >= since
        )
    ]
    days = f"{services.settings.keep_runs / timedelta(days=1):g}"
    notes = [f"The last {days} days, at most {MOST_RUNS} runs per person or channel."]
    if inquiry.choice.whose == "all":
        notes.append("Other channels' runs are only listed there.")
    is_of_failed = inquiry.choice.which == "failed"
    what = "failed runs" if is_of_failed else f"runs since {t.day_and_time(since)}"
    title = f"{_whose(inquiry)} {what}{_in_project(inquiry)}"
    return _Found(title=title, entries=[(run, None) for run in runs], notes=notes)


def _is_wanted(run: Run, inquiry: ListInquiry) -> bool:
    is_mine = run.user_id == inquiry.user_id
    is_here = run.channel_id == inquiry.channel_id and inquiry.choice.whose != "mine"
    return (is_mine or is_here) and inquiry.choice.project in {None, run.project}


def _visible_runs(inquiry: ListInquiry, services: Services) -> list[Run]:
    """Return the runs that the person may see here, newest first."""
    places = {inquiry.user_id, *({inquiry.channel_id} if inquiry.choice.whose != "mine" else set())}
    found = {
        run.run_id: run
        for place in places - {""}
        for run in services.stores.runs.recent(inquiry.team_id, place, limit=MOST_RUNS)
        if inquiry.choice.project in {None, run.project}
    }
    return sorted(found.values(), key=lambda run: run.requested_at, reverse=True)


def _infos(project: str, services: Services) -> dict[str, QueueingInfo]:
    """Return what MaxCompute tells of a project's running instances: one request."""
    return {info.instance_id: info for info in running_infos(project, services)}


def _run_of(run: Run | _Unread | None, services: Services) -> Run | None:
    return services.stores.runs.get_readable(run.run_id) if isinstance(run, _Unread) else run


def _order_of_info(info: QueueingInfo) -> tuple[int, float]:
    """Order what runs by age, then what waits by its place in the queue."""
    if info.wait_position:
        return info.wait_position, 0.0
    return 0, info.start_time.timestamp() if info.start_time else 0.0


def _order_of_run(run: Run) -> tuple[int, float]:
    """Order what runs by age, then what waits by its place in the queue, then all the rest."""
    place = 0 if has_begun(run) else run.queue_position or LAST_IN_ORDER
    return place, run.requested_at.timestamp()


def _whose(inquiry: ListInquiry) -> str:
    return "Your" if inquiry.choice.whose == "mine" else "Your and this channel's"


def _in_project(inquiry: ListInquiry) -> str:
    return f" in {t.code(inquiry.choice.project)}" if inquiry.choice.project else ""


def _job(run: Run | None, info: QueueingInfo | None, reader: _Reader, now: datetime) -> Job:
    if run is not None and run.team_id == reader.inquiry.team_id:
        return _job_of_run(run, reader, now)
    if info is None:
        return Job(name="?", state="Gone", emoji=EMOJI[RunState.UNKNOWN])
    return Job(
        name=info.instance_id,
        state=_state_of(info),
        emoji=QUEUED_EMOJI if waits(info) else EMOJI[RunState.RUNNING],
        progress=_progress(info),
        span=now - info.start_time if info.start_time else None,
        owner=info.owner or "unknown",
        action=instance_row_action(reader.project, info.instance_id) if reader.may_watch else None,
    )


def _job_of_run(run: Run, reader: _Reader, now: datetime) -> Job:
    """Return what is on record of the run, as its card and its status show it."""
    inquiry = reader.inquiry
    is_seen = is_visible(
        run,
        team_id=inquiry.team_id,
        channel_id=inquiry.channel_id,
        user_id=inquiry.user_id,
    )
    return Job(
        name=run.name,
        link=run_link(run) if is_seen else link_for_others(run),
        row_id=run.run_id,
        action=reader.action(run) if is_seen else None,
        state=state_word(run),
        emoji=state_emoji(run),
        progress=_last_seen(run, now),
        span=(run.ended_at or now) - run.began_at,
        whose=whose_in_words(run),
        sql=run.sql if is_seen and is_sql_known(run) else None,
    )


def _state_of(info: QueueingInfo) -> str:
    return QUEUED if waits(info) else info.status.value


def _progress(info: QueueingInfo) -> str:
    percentage = percentage_of(info)
    return waiting_words(info) or ("" if percentage is None else f"{percentage}%")


def _last_seen(run: Run, now: datetime) -> str:
    if run.is_final:
        return ""
    if trouble := trouble_in_short(run):
        return trouble
    percentage = progress_percent_of(run)
    waits = queue_in_words(run.queue_position, run.queue_status)
    figure = waits if percentage is None else f"{percentage}%"
    figure = ", ".join(filter(None, (figure, finding_in_short(run))))
    if figure and run.polled_at and as_of_if_old(run, now):
        # It is escaped with foreign words: a time of the reader's own zone would be, too.
        return f"{figure} ({t.duration(now - run.polled_at)} ago)"
    return figure
