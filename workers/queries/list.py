"""Answer which jobs there are: our records, joined with one list of MaxCompute's a project."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odps_bot.maxcompute import InstanceStatus, MaxComputeError, QueueingInfo
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies.list_choice import page_value
from odps_bot.messages.replies.lists import PAGE_ROWS, Job, JobPage, job_list
from odps_bot.messages.run.outcomes import queue_in_words
from odps_bot.messages.run.refusals import trouble_in_short, why_maxcompute_refused
from odps_bot.messages.run.states import EMOJI, WORDS
from odps_bot.policy.visibility import is_visible
from odps_bot.replies.inquiries import ListInquiry
from odps_bot.runs import Run, RunState
from odps_bot.services import Services
from workers.queries.status import percentage_of, waiting_words

#: As many as MaxCompute puts on one page.
MOST_INSTANCES = 1_000

#: As many runs as are remembered of a person or channel.
MOST_RUNS = 200

#: As many of the team's open runs are looked through.
MOST_OPEN_RUNS = 500

#: As many projects are named beside the one that is listed.
SHOWN_PROJECTS = 5

TODAY = timedelta(hours=24)

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
    now = services.clock()
    return JobPage(
        title=found.title,
        jobs=[_job(_run_of(run, services), info, inquiry, now) for run, info in shown],
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
    notes = ["SQL of other channels' jobs is hidden."]
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
    """Return the person's and the channel's runs that are not over, as MaxCompute sees them."""
    # The newest of a person or channel, and the open ones of the team, which may be older.
    team = services.stores.runs.open_runs(inquiry.team_id, limit=MOST_OPEN_RUNS)
    found = {run.run_id: run for run in _visible_runs(inquiry, services) if not run.is_final}
    found |= {run.run_id: run for run in team if _is_wanted(run, inquiry)}
    runs = list(found.values())
    infos: dict[str, QueueingInfo] = {}
    notes = []
    for project in sorted({run.project for run in runs if run.instance_id}):
        try:
            infos |= _infos(project, services)
        except MaxComputeError as error:
            why = t.clip(t.escape(why_maxcompute_refused(error)), 300)
            notes.append(f"As of my last poll in {t.code(project)}: {why}")
    entries = [(run, infos.get(run.instance_id or "")) for run in runs]
    entries.sort(key=_order_of_run)
    title = f"{_whose(inquiry)} active runs{_in_project(inquiry)}"
    return _Found(title=title, entries=entries, notes=notes)


def _remembered(inquiry: ListInquiry, services: Services) -> _Found:
    """Return what failed, or was asked for today, as our records tell; nobody is asked."""
    since = services.clock() - TODAY
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
    what = "failed runs" if inquiry.choice.which == "failed" else "runs of the last 24 hours"
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
    infos = services.maxcompute.of(project, Purpose.QUERY).list_queueing_infos(
        project=project, status=InstanceStatus.RUNNING, limit=MOST_INSTANCES
    )
    return {info.instance_id: info for info in infos}


def _run_of(run: Run | _Unread | None, services: Services) -> Run | None:
    return services.stores.runs.get_readable(run.run_id) if isinstance(run, _Unread) else run


def _order_of_info(info: QueueingInfo) -> tuple[int, float]:
    """Order what runs by age, then what waits by its place in the queue."""
    if info.wait_position:
        return info.wait_position, 0.0
    return 0, info.start_time.timestamp() if info.start_time else 0.0


def _order_of_run(entry: tuple[Run, QueueingInfo | None]) -> tuple[int, float]:
    run, info = entry
    if info is not None:
        return _order_of_info(info)
    return (0 if run.stages else LAST_IN_ORDER), run.requested_at.timestamp()


def _whose(inquiry: ListInquiry) -> str:
    return "Your" if inquiry.choice.whose == "mine" else "Your and this channel's"


def _in_project(inquiry: ListInquiry) -> str:
    return f" in {t.code(inquiry.choice.project)}" if inquiry.choice.project else ""


def _job(run: Run | None, info: QueueingInfo | None, inquiry: ListInquiry, now: datetime) -> Job:
    if run is not None and run.team_id == inquiry.team_id:
        return _job_of_run(run, info, inquiry, now)
    if info is None:
        return Job(name="?", state="Gone", emoji=EMOJI[RunState.UNKNOWN])
    return Job(
        name=info.instance_id,
        state=_state_of(info),
        emoji=EMOJI[RunState.RUNNING],
        progress=_progress(info),
        span=now - info.start_time if info.start_time else None,
        owner=info.owner or "unknown",
    )


def _job_of_run(run: Run, info: QueueingInfo | None, inquiry: ListInquiry, now: datetime) -> Job:
    may_see = is_visible(
        run,
        team_id=inquiry.team_id,
        channel_id=inquiry.channel_id,
        user_id=inquiry.user_id,
    )
    is_running = run.state is RunState.RUNNING and info is not None
    return Job(
        name=run.name,
        state=_state_of(info) if is_running and info else WORDS[run.state],
        emoji=EMOJI[run.state],
        progress=_progress(info) if info else _last_seen(run),
        span=(run.ended_at or now) - run.began_at,
        user_id=run.user_id,
        sql=run.sql if may_see else None,
    )


def _state_of(info: QueueingInfo) -> str:
    return "Queued" if info.wait_position else info.status.value


def _progress(info: QueueingInfo) -> str:
    percentage = percentage_of(info)
    return waiting_words(info) or ("" if percentage is None else f"{percentage}%")


def _last_seen(run: Run) -> str:
    if run.is_final:
        return ""
    if trouble := trouble_in_short(run):
        return trouble
    if run.stages or run.progress_percent:
        return f"{run.progress_percent}%"
    return queue_in_words(run.queue_position, run.queue_status)
