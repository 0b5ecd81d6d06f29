"""Why a job is slow or queued: the answer to `/odps why`, for the person who asks only.

Cause, remedy, phases with their times, who holds the quota, what is usual, and what nobody told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from odps_bot.diagnosis.finding import Finding, Kind
from odps_bot.diagnosis.phases import Phase
from odps_bot.history.usual import Usual
from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, Block, actions, button, context, section
from odps_bot.messages.message import Message
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW, instance_value
from odps_bot.messages.replies.phase_table import phase_lines, phase_tables
from odps_bot.messages.run.buttons import logview_button, stop_button
from odps_bot.messages.run.finding_buttons import finding_buttons, worker_log_buttons
from odps_bot.messages.run.findings import finding_in_words, past_finding_in_words
from odps_bot.messages.run.states import EMOJI, QUEUED, QUEUED_EMOJI, WORDS, state_in_words
from odps_bot.messages.run.usual import (
    comparison_in_words,
    few_in_words,
    range_in_words,
    times_in_words,
)
from odps_bot.messages.run_link import run_link
from odps_bot.openapi.job_info import SceneResult
from odps_bot.runs.run import Run, RunState

REFRESH_WHY = "refresh_why"

#: Slack cuts longer texts into several messages.
TEXT_CHARACTERS = 3_900

OWNER_CHARACTERS = 60
STATE_CHARACTERS = 40

#: MaxCompute's own diagnosis is shown up to here.
SHOWN_SCENES = 3
SCENE_CHARACTERS = 300

#: The vendor calls less than this part of the CPU that was asked for a lack of resources.
LACKS_CPU = 0.95

#: So many hints are worth reading.
SHOWN_HINTS = 3


#: States of what goes on.
_NOW = {
    "queued": (QUEUED_EMOJI, QUEUED),
    "compiling": (QUEUED_EMOJI, "Compiling"),
    "finishing": (EMOJI[RunState.RUNNING], "Finishing"),
    "running": (EMOJI[RunState.RUNNING], WORDS[RunState.RUNNING]),
}


#: Of a quota, what is in use when nothing else gets any of it.
_BUSY = 0.8


class Fact(StrEnum):
    """What MaxCompute is asked for, and may not tell."""

    STATUS = "its status"
    PHASES = "its phases and place in the queue"
    STAGES = "its stages"
    WORKERS = "its single workers"
    QUOTA = "its quota"
    SOURCE = "its statement"
    OWNER = "whose it is"
    JOBS = "the project's other jobs"
    SUMMARY = "its final summary"
    EARLIER = "what it did earlier"
    HISTORY = "what is usual"
    OPINION = "MaxCompute's own diagnosis"


class Silence(StrEnum):
    """Why a fact is not known."""

    FORBIDDEN = "my account lacks the permission"
    GONE = "MaxCompute no longer has it"
    THROTTLED = "MaxCompute throttles my requests"
    NO_RESPONSE = "MaxCompute didn't respond in time"
    UNREADABLE = "I couldn't read the response"
    REFUSED = "MaxCompute refused to say"
    NOT_TOLD = "MaxCompute doesn't say"
    TOO_SOON = "MaxCompute says it every 30 seconds only; try again"
    NOT_SEEN = "I wasn't following it"
    NOT_KEPT = "not kept once a job has ended"
    NEVER_SUCCEEDED = "I haven't seen this statement succeed before"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A job that runs while this one waits."""

    share: float | None  #: of the CPU that the project's jobs use; None: nobody tells
    run: Run | None = None  #: that the reader may see
    is_elsewhere: bool = False  #: a run of a channel that they may not see
    instance_id: str = ""  #: of a job that was not started from Slack
    owner: str = ""  #: of that; foreign text
    running_for: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What a waiting job waits for."""

    position: int | None = None
    length: int | None = None
    quota: str = ""  #: foreign text
    used_share: float | None = None  #: of what the quota may use now
    holders: Sequence[Holder] = ()
    running: int | None = None  #: jobs of the project that run; None: not known


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is known of why a job is as it is."""

    project: str
    instance_id: str
    run: Run | None = None  #: None: it belongs to none
    owner: str = ""  #: of an instance of no run; foreign text
    state: str  #: in one word: ``queued``, ``running``, or how an instance of no run ended
    is_over: bool
    is_queued: bool = False
    took: timedelta | None = None  #: until now, while it goes on
    phases: Sequence[Phase] = ()
    finding: Finding | None = None
    hints: Sequence[Finding] = ()
    usual: Usual | None = None  #: None: its statement is not known
    queue: Queue | None = None
    scenes: Sequence[SceneResult] = ()  #: MaxCompute's own diagnosis; foreign text
    cpu_ratio: float | None = None  #: CPU that it has by CPU that it wants
    unknown: dict[Fact, Silence] = field(default_factory=dict)
    at: datetime


def nothing_to_explain(run: Run) -> Message:
    """Return the answer about a run that MaxCompute has no instance of."""
    what = f"Run {run_link(run)} is {state_in_words(run)}."
    if run.is_final:
        return Message(f"{what} It never ran in MaxCompute; its card says why.")
    if run.state is RunState.AWAITING_DECISION:
        return Message(f"{what} It is submitted once somebody decides; its card says who can.")
    since = run.held_back_since or run.requested_at
    why = (
        "MaxCompute is busy or not responding."
        if run.held_back_since
        else "A worker submits it as soon as one is free."
    )
    return Message(f"{what} Not in MaxCompute yet, since {t.clock_time(since)}: {why}")


def explanation(why: Explanation) -> list[Message]:
    """Return the answer in its forms, best first: the phases as a table, or in fixed width."""
    text = t.clip("\n".join(_lines(why)), TEXT_CHARACTERS)
    tables = phase_tables(why.phases, now=why.at, is_over=why.is_over)
    return [Message(text, _blocks(why, table)) for table in tables]


def _lines(why: Explanation) -> Iterator[str]:
    yield _headline(why)
    yield _cause(why)
    yield from phase_lines(why.phases, now=why.at, is_over=why.is_over)
    yield from filter(None, (_queue(why), _scenes(why), _hints(why), _small_print(why)))


def _blocks(why: Explanation, table: Block | None) -> list[Block]:
    blocks = [section(f"{_headline(why)}\n{_cause(why)}")]
    if table is not None:
        blocks.append(table)
    blocks += [section(words) for words in (_queue(why), _scenes(why), _hints(why)) if words]
    return [*blocks, context(_small_print(why)), actions(_buttons(why), block_id=BUTTONS)]


def _headline(why: Explanation) -> str:
    name = run_link(why.run) if why.run else t.code(why.instance_id)
    if why.is_over:
        question = f"Why did {name} take {_took(why)}?"
    else:
        question = f"Why is {name} {'queued' if why.is_queued else 'slow'}?"
    parts = [f":mag: *{question}*", _state(why)]
    if not why.is_over and why.took is not None:
        parts.append(f"{t.duration(why.took)} elapsed")
    parts.append(f"in {t.code(why.project)}")
    if why.owner and why.run is None:
        parts.append(f"owner {t.code(why.owner, limit=OWNER_CHARACTERS)}")
    return " · ".join(parts)


def _took(why: Explanation) -> str:
    return "so long" if why.took is None else t.duration(why.took)


def _state(why: Explanation) -> str:
    """Return the state as it is now, which the record of the run may not know yet."""
    run = why.run
    if run is not None and (run.is_final or run.state is RunState.STOPPING):
        return state_in_words(run)
    if not why.is_over and why.state in _NOW:
        emoji, word = _NOW[why.state]
        return f"{emoji} *{word}*"
    return f"*{t.one_line(why.state.capitalize(), limit=STATE_CHARACTERS)}*"


def _cause(why: Explanation) -> str:
    if why.finding is not None:
        in_words = past_finding_in_words if why.is_over else finding_in_words
        return in_words(why.finding, now=why.at)
    if why.is_over:
        return "I found nothing that held it up."
    if Fact.STATUS in why.unknown:
        return "I can't tell now: see below what is not known."
    if why.is_queued:
        return "It is waiting for its turn."
    if Fact.EARLIER in why.unknown:
        return (
            "I see nothing that holds it up, but I wasn't following it."
            " *Refresh* in a minute or two can tell more."
        )
    return "I see nothing that holds it up."


def _queue(why: Explanation) -> str:
    queue = why.queue
    if queue is None:
        return ""
    is_told = why.finding is not None and why.finding.kind is Kind.WAIT_QUOTA
    place = "" if is_told else _place(queue)
    return "\n".join(filter(None, (place, _holders(queue, why.project), _follows(why))))


def _place(queue: Queue) -> str:
    parts = []
    if queue.position:
        of = f" of {queue.length:,}" if queue.length else ""
        parts.append(f"Place {queue.position:,}{of} in the queue")
    if queue.quota:
        used = "" if queue.used_share is None else f", {queue.used_share:.0%} of it in use"
        parts.append(f"Quota {t.code(queue.quota, limit=OWNER_CHARACTERS)}{used}")
    return " · ".join(parts)


def _holders(queue: Queue, project: str) -> str:
    if queue.running is None:
        return ""
    where = t.code(project)
    if not queue.running:
        is_busy = queue.used_share is not None and queue.used_share > _BUSY
        others = ", so other projects use the quota" if is_busy else ""
        return f"No other job of {where} is running{others}."
    jobs = "1 job" if queue.running == 1 else f"{queue.running:,} jobs"
    title = f"*Running in {where} now* ({jobs}, by CPU)"
    return "\n".join([title, *(f"• {_holder(holder)}" for holder in queue.holders)])


def _holder(holder: Holder) -> str:
    if holder.run is not None:
        who = f"{run_link(holder.run)} by {t.mention(holder.run.user_id)}"
    elif holder.is_elsewhere:
        who = "a run of another channel"
    else:
        who = t.code(holder.instance_id)
        who += f" by {t.code(holder.owner, limit=OWNER_CHARACTERS)}" if holder.owner else ""
    parts = ["" if holder.share is None else f"{holder.share:.0%} of the CPU", who]
    parts.append("" if holder.running_for is None else f"for {t.duration(holder.running_for)}")
    return " · ".join(part for part in parts if part)


def _follows(why: Explanation) -> str:
    """Return when a waiting job usually begins."""
    baseline = why.usual.baseline if why.usual else None
    if baseline is None or baseline.wait_s is None:
        return ""
    wait = baseline.wait_s
    return f"It usually begins after {range_in_words(wait)} ({wait.count} runs)."


def _scenes(why: Explanation) -> str:
    """Return what MaxCompute itself says of the job, where its OpenAPI is enabled."""
    shown = [scene.summary or scene.description or scene.tag for scene in why.scenes[:SHOWN_SCENES]]
    lines = [f"• {t.one_line(words, limit=SCENE_CHARACTERS)}" for words in shown if words]
    if why.cpu_ratio is not None and why.cpu_ratio < LACKS_CPU:
        lines.append(f"• It gets {why.cpu_ratio:.0%} of the CPU that it asks for.")
    return "\n".join(["*MaxCompute's own diagnosis*", *lines]) if lines else ""


def _hints(why: Explanation) -> str:
    if not why.hints:
        return ""
    hints = [f"• {finding_in_words(hint, now=why.at)}" for hint in why.hints[:SHOWN_HINTS]]
    return "\n".join(["*Perhaps worth a try*", *hints])


def _small_print(why: Explanation) -> str:
    parts = [_usual(why)]
    if why.unknown:
        told = "; ".join(f"{fact} ({silence})" for fact, silence in why.unknown.items())
        parts.append(f"Not known: {told}")
    if not why.is_over:
        parts.append(t.as_of(why.at))
    return " · ".join(part for part in parts if part) or "Everything that is known."


def _usual(why: Explanation) -> str:
    """Return how long it usually runs, or how it differed from that."""
    if why.run is not None and (words := comparison_in_words(why.run.comparison)):
        return words
    usual = why.usual
    if usual is None or not usual.count:
        return ""
    if usual.baseline is None or usual.baseline.run_s is None:
        return f"Ran {times_in_words(usual.count)} before: {few_in_words(usual)}"
    run = usual.baseline.run_s
    return f"Usually runs {range_in_words(run)} ({run.count} runs)"


def _buttons(why: Explanation) -> list[Block]:
    run, finding = why.run, why.finding
    value = instance_value(why.project, why.instance_id)
    refresh = button("Refresh", action_id=REFRESH_WHY, value=run.run_id if run else value)
    buttons = [] if why.is_over else [refresh]
    if run is None:
        if finding is not None:
            at = {"project": why.project, "instance_id": why.instance_id}
            buttons += worker_log_buttons(finding, **at)
        return [*buttons, button("Logview", action_id=SHOW_INSTANCE_LOGVIEW, value=value)]
    if finding is not None:
        buttons += finding_buttons(run, finding)
    if not run.is_final and run.stop_requested_at is None and run.query_id is None:
        buttons.append(stop_button(run))
    return [*buttons, logview_button(run)]
