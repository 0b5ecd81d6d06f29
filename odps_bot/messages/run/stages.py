"""The parts of a run and their progress: stages of a job, or steps of an XFlow.

Slack's plan block shows them best: https://docs.slack.dev/reference/block-kit/blocks/plan-block
Where Slack rejects it, a paragraph shows the same.
"""

from dataclasses import dataclass
from enum import StrEnum

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, rich_text, section
from odps_bot.runs.run import Run, RunState, Stage, SubInstance

#: Slack allows 50 tasks in a plan; more than a screenful is of no use.
PLANNED = 30

#: A paragraph shows fewer, and of stages only those that are not done.
LISTED = 8

NAME_CHARACTERS = 60

#: How much of a text is read.
FOREIGN_CHARACTERS = 1_000


class Progress(StrEnum):
    """The status of a part, as the plan block names it."""

    ERROR = "error"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    COMPLETE = "complete"


#: The most important first.
_ORDER = tuple(Progress)

_EMOJI = {
    Progress.ERROR: ":x:",
    Progress.IN_PROGRESS: ":arrow_forward:",
    Progress.PENDING: ":white_circle:",
    Progress.COMPLETE: ":white_check_mark:",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stage or a sub-instance, in plain text of one line; not escaped."""

    name: str
    progress: Progress
    words: str
    instance_id: str = ""  #: of a sub-instance


def parts_of(run: Run) -> tuple[Part, ...]:
    """Return the parts that the card shows: steps of a flow always, stages while the run runs."""
    if run.sub_instances:
        return tuple(map(_of_sub_instance, run.sub_instances))
    if run.state in {RunState.RUNNING, RunState.STOPPING}:
        return tuple(map(_of_stage, run.stages))
    return ()


def done_in_words(run: Run) -> str:
    """Return how many parts are done: ``2 of 5 stages done``; empty without parts."""
    parts = parts_of(run)
    if not parts:
        return ""
    kind = "step" if run.sub_instances else "stage"
    plural = "" if len(parts) == 1 else "s"
    done = sum(part.progress is Progress.COMPLETE for part in parts)
    return f"{done:,} of {len(parts):,} {kind}{plural} done"


def plan(run: Run) -> Block | None:
    """Return the parts as a plan block, or None where there are none."""
    parts = parts_of(run)
    if not parts:
        return None
    shown = _most_telling(parts, PLANNED)
    title = "Steps" if run.sub_instances else "Stages"
    if len(shown) < len(parts):
        title += f" (showing {len(shown)} of {len(parts):,})"
    return {"type": "plan", "title": title, "tasks": [_task(n, parts[n]) for n in shown]}


def paragraph(run: Run) -> Block | None:
    """Return the parts as text, or None where there are none to show."""
    parts = parts_of(run)
    listed = parts if run.sub_instances else _unfinished(parts)
    if not listed:
        return None
    shown = _most_telling(listed, LISTED)
    lines = [_line(listed[n]) for n in shown]
    if len(shown) < len(listed):
        lines.append(f"and {len(listed) - len(shown):,} more")
    return section("\n".join(lines))


def _unfinished(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.progress is not Progress.COMPLETE)


def _most_telling(parts: tuple[Part, ...], limit: int) -> list[int]:
    """Return the indexes of the parts to show, in their own order."""
    ranked = sorted(range(len(parts)), key=lambda n: (_ORDER.index(parts[n].progress), n))
    return sorted(ranked[:limit])


def _task(place: int, part: Part) -> Block:
    task = {
        "task_id": f"part-{place}",
        "title": f"{part.name}: {part.words}",
        "status": str(part.progress),
    }
    return task | ({"details": _details(part.instance_id)} if part.instance_id else {})


def _details(instance_id: str) -> Block:
    element = {"type": "text", "text": instance_id, "style": {"code": True}}
    return rich_text(element)


def _line(part: Part) -> str:
    instance = f" · {t.code(part.instance_id)}" if part.instance_id else ""
    return f"{_EMOJI[part.progress]} {t.code(part.name)} {t.escape(part.words)}{instance}"


def _plain(foreign: str, *, otherwise: str = "") -> str:
    """Return a name or word of MaxCompute's, cut, or `otherwise` if nothing of it is visible."""
    return " ".join(t.clean(foreign[:FOREIGN_CHARACTERS]).split())[:NAME_CHARACTERS] or otherwise


def _of_stage(stage: Stage) -> Part:
    total, done = stage.total_workers, stage.terminated_workers
    workers = "1 worker" if total == 1 else f"{total:,} workers"
    running = f", {stage.running_workers:,} running" if stage.running_workers else ""
    if stage.status in {"FAILED", "CANCELLED"}:
        progress, words = Progress.ERROR, f"{stage.status.lower()}, {done:,} of {workers} done"
    elif done >= total > 0:
        progress, words = Progress.COMPLETE, f"done, {workers}"
    elif done or stage.running_workers:
        progress, words = Progress.IN_PROGRESS, f"{done:,} of {workers} done{running}"
    else:
        progress, words = Progress.PENDING, f"waiting, {workers}" if total else "waiting"
    return Part(name=_plain(stage.name, otherwise="unnamed"), progress=progress, words=words)


#: Statuses of instances and of flows, in lower case; any other counts as in progress.
_ENDED_WELL = frozenset({"success", "succeeded", "terminated", "finished"})
_ENDED_BADLY = frozenset({"failed", "cancelled", "canceled", "error", "killed"})
_NOT_BEGUN = frozenset({"waiting", "pending", "ready", "not started", "prepared", "skipped"})


def _of_sub_instance(sub_instance: SubInstance) -> Part:
    word = _plain(sub_instance.status, otherwise="unknown")
    if word.lower() in _ENDED_WELL:
        progress = Progress.COMPLETE
    elif word.lower() in _ENDED_BADLY:
        progress = Progress.ERROR
    elif word.lower() in _NOT_BEGUN:
        progress = Progress.PENDING
    else:
        progress = Progress.IN_PROGRESS
    return Part(
        name=_plain(sub_instance.name, otherwise="unnamed"),
        progress=progress,
        words=word,
        instance_id=_plain(sub_instance.instance_id),
    )
