"""The phases of an instance as a small table: what it did, how long, and which part of the whole.

Slack's table block shows it best: https://docs.slack.dev/reference/block-kit/blocks/table-block
Where Slack rejects it, text in fixed width shows the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from odps_bot.diagnosis.phases import Phase, PhaseKind
from odps_bot.diagnosis.stage_phases import StagePhase
from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, preformatted, raw_text

#: A longer table is not read; what took longest is shown.
SHOWN_STAGES = 8

NAME_CHARACTERS = 40

_HEAD = ("Phase", "Time", "Share")

_WORDS: Mapping[PhaseKind, str] = MappingProxyType(
    {
        PhaseKind.WAITING_FOR_SLOT: "Waiting for a slot",
        PhaseKind.REPLICATION: "Waiting for data of another cluster",
        PhaseKind.COMPILING: "Compiling",
        PhaseKind.PLANNING: "Planning: listing files",
        PhaseKind.QUEUED_IN_QUOTA: "Queued for the quota",
        PhaseKind.RUNNING: "Running",
        PhaseKind.RERUN: "Starting again as a normal job",
        PhaseKind.FINISHING: "Finishing: metadata",
    }
)


@dataclass(frozen=True, kw_only=True)
class _Row:
    name: str  #: plain text, not escaped
    took: timedelta | None
    is_now: bool = False
    depth: int = 0


def phase_tables(phases: Sequence[Phase], *, now: datetime, is_over: bool) -> list[Block | None]:
    """Return the table in its forms, best first; one that is None where nothing is known."""
    rows = _rows(phases, now, is_over=is_over)
    if not rows:
        return [None]
    cells = [_cells(row, _whole(phases, now)) for row in rows]
    return [_table(cells), _monospace(cells)]


def phase_lines(phases: Sequence[Phase], *, now: datetime, is_over: bool) -> list[str]:
    """Return the same as lines of mrkdwn, for notifications and screen readers."""
    rows = _rows(phases, now, is_over=is_over)
    whole = _whole(phases, now)
    return [t.escape(_in_words(*_cells(row, whole))) for row in rows]


def _in_words(name: str, took: str, share: str) -> str:
    figures = ", ".join(filter(None, (took, share)))
    return ": ".join(filter(None, (name.strip(), figures)))


def _whole(phases: Sequence[Phase], now: datetime) -> timedelta:
    return sum((_span(phase.began, phase.ended, now) for phase in phases), timedelta(0))


def _span(began: datetime, ended: datetime | None, now: datetime) -> timedelta:
    return max((ended or now) - began, timedelta(0))


def _rows(phases: Sequence[Phase], now: datetime, *, is_over: bool) -> list[_Row]:
    rows = []
    for phase in phases:
        is_now = phase.ended is None and not is_over
        took = _span(phase.began, phase.ended, now)
        rows.append(_Row(name=_name(phase), took=took, is_now=is_now))
        rows += _stage_rows(phase, now, is_over=is_over)
    return rows


def _name(phase: Phase) -> str:
    words = _WORDS.get(phase.kind) or _plain(phase.description) or "In MaxCompute"
    is_told = phase.kind is PhaseKind.WAITING_FOR_SLOT and phase.code is not None
    return f"{words} (code {phase.code})" if is_told else words


def _plain(foreign: str) -> str:
    return " ".join(t.clean(foreign[: 4 * NAME_CHARACTERS]).split())[:NAME_CHARACTERS]


def _stage_rows(phase: Phase, now: datetime, *, is_over: bool) -> list[_Row]:
    """Return the stages that took longest or go on, in their order."""
    within = _span(phase.began, phase.ended, now)
    rows = [_stage_row(stage, now, within, is_over=is_over) for stage in phase.stages]
    ranked = sorted(rows, key=lambda row: (not row.is_now, -(row.took or timedelta(0))))
    shown = {id(row) for row in ranked[:SHOWN_STAGES]}
    kept = [row for row in rows if id(row) in shown]
    if len(kept) < len(rows):
        rest = len(rows) - len(kept)
        kept.append(_Row(name=f"and {rest:,} more", took=None, depth=1))
    return kept


def _stage_row(stage: StagePhase, now: datetime, within: timedelta, *, is_over: bool) -> _Row:
    is_now = stage.running > 0 and not is_over
    name = _plain(stage.name) or "unnamed"
    all_ = "1 worker" if stage.total == 1 else f"{stage.total:,} workers"
    if stage.is_over or stage.ended_workers >= stage.total > 0:
        workers = all_ if stage.total else ""
    elif stage.ended_workers or stage.running:
        workers = f"{stage.ended_workers:,} of {all_} ended"
    else:
        workers = f"waiting, {all_}" if stage.total else "waiting"
    took = None
    if stage.began is not None and (stage.ended is not None or is_now):
        # Workers begin at whole seconds, which may be before the phase.
        took = min(_span(stage.began, stage.ended, now), within)
    return _Row(name=" · ".join(filter(None, (name, workers))), took=took, is_now=is_now, depth=1)


def _cells(row: _Row, whole: timedelta) -> tuple[str, str, str]:
    indent = "\u2003" * row.depth
    now = " (now)" if row.is_now else ""
    took = "" if row.took is None else t.duration(row.took)
    share = "" if row.took is None or not whole else _percent(row.took / whole)
    return f"{indent}{row.name}{now}", took, share


def _percent(share: float) -> str:
    return "< 1%" if 0 < share < 0.005 else f"{min(share, 1):.0%}"  # noqa: PLR2004  -- rounds to 0


def _table(cells: Sequence[tuple[str, str, str]]) -> Block:
    rows = [[raw_text(cell) for cell in row] for row in (_HEAD, *cells)]
    sides = ("left", "right", "right")
    return {
        "type": "table",
        "column_settings": [{"align": side} for side in sides],
        "rows": rows,
    }


def _monospace(cells: Sequence[tuple[str, str, str]]) -> Block:
    lines = [_HEAD, *((name.replace("\u2003", "  "), *rest) for name, *rest in cells)]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    drawn = [
        f"{name:<{widths[0]}}  {took:>{widths[1]}}  {share:>{widths[2]}}".rstrip()
        for name, took, share in lines
    ]
    return preformatted("\n".join(drawn))
