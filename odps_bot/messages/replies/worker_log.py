"""The modal with the end of a worker's log; its lines are foreign text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, context, plain_text, preformatted, section
from odps_bot.messages.message import Modal
from odps_bot.messages.run.finding_buttons import WorkerLog

#: So many of the last lines are shown of each log …
LINES = 200

#: … of which so many come first, because a modal opens at its top and people look for the end …
END_LINES = 20

#: … and so much of a line.
LINE_CHARACTERS = 1_000

#: The limits of a block and of a view: https://docs.slack.dev/reference/views
CHUNK_CHARACTERS = 3_000
MOST_CHUNKS = 90
MOST_BYTES = 230_000

TITLE_CHARACTERS = 24
NAME_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class ShownLog:
    """The end of a log; its secrets are hidden already."""

    name: str  #: ``stdout`` or ``stderr``
    lines: Sequence[str] = field(default=())
    is_cut: bool = False  #: there is more before


def log_is_coming(log: WorkerLog, *, view_name: str) -> Modal:
    """Return the modal that is shown until the log is there.

    `view_name` is the `external_id` by which the log takes its place.
    """
    return _modal(log, [section(f"Asking MaxCompute for the log of {_whose(log)} …")], view_name)


def log_modal(log: WorkerLog, logs: Sequence[ShownLog], *, view_name: str) -> Modal:
    """Return the modal with the logs that have lines."""
    written = [one for one in logs if any(line.strip() for line in one.lines)]
    if not written:
        said = (
            f"The log of {_whose(log)} is empty. It may have written nothing yet, or MaxCompute no"
            " longer keeps it."
        )
        return _modal(log, [section(said)], view_name)
    head = section(
        f"Log of {_whose(log)}, instance {t.code(log.instance_id)} in {t.code(log.project)}. Only"
        " you see this."
    )
    blocks, plainer = [head], [head]
    for title, chunks in _parts(written):
        blocks += [context(title), *map(preformatted, chunks)]
        plainer += [context(title), *map(_plain_section, chunks)]
    return _modal(log, blocks, view_name, plainer)


def log_problem(log: WorkerLog, why: str, *, view_name: str) -> Modal:
    """Return why there is no log; `why` is mrkdwn."""
    return _modal(log, [section(f":x: {why}")], view_name)


def log_expired(log: WorkerLog, *, view_name: str) -> Modal:
    """Return that MaxCompute has no such log any more."""
    said = (
        f"MaxCompute has no log of {_whose(log)}: it keeps logs for some days only, or the worker"
        " hasn't started."
    )
    return log_problem(log, said, view_name=view_name)


def log_forbidden(log: WorkerLog, *, view_name: str) -> Modal:
    """Return that MaxCompute does not show the log to the bot's account."""
    said = (
        f"My account isn't allowed to read the log of {_whose(log)}. It needs `odps:Read` on the"
        f" instances of {t.code(log.project)}."
    )
    return log_problem(log, said, view_name=view_name)


def _whose(log: WorkerLog) -> str:
    worker = "a worker" if log.worker is None else f"worker {log.worker:,}"
    return f"{worker} of {t.code(log.stage, limit=NAME_CHARACTERS)}" if log.stage else worker


def _modal(
    log: WorkerLog, blocks: list[Block], view_name: str, plainer: list[Block] | None = None
) -> Modal:
    title = "Worker log" if log.worker is None else f"Log of worker {log.worker}"
    view = {
        "type": "modal",
        "external_id": view_name,
        "title": plain_text(title[:TITLE_CHARACTERS]),
        "close": plain_text("Close"),
        "blocks": blocks,
    }
    return Modal(view, make_plainer=lambda: view | {"blocks": plainer or blocks})


def _parts(logs: Sequence[ShownLog]) -> list[tuple[str, list[str]]]:
    """Return titles with chunks: the end of each log first, then what is before these ends."""
    room = _Room()
    ends, before = [], []
    for one in logs:
        chunks, shown = room.chunks_of(one.lines[-END_LINES:])
        if not shown:
            continue
        is_all = shown == len(one.lines) and not one.is_cut
        ends.append((f"*{one.name}*: {'' if is_all else 'the last '}{_lines(shown)}", chunks))
    for one in logs:
        chunks, shown = room.chunks_of(one.lines[-LINES:-END_LINES])
        if shown:
            before.append((f"*{one.name}* before that: {_lines(shown)}", chunks))
    return ends + before


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


class _Room:
    """How much more fits into the modal."""

    def __init__(self) -> None:
        self._chunks, self._bytes = MOST_CHUNKS, MOST_BYTES

    def chunks_of(self, lines: Sequence[str]) -> tuple[list[str], int]:
        """Return the last of the lines that fit in chunks, and how many lines these are."""
        kept: list[list[str]] = []
        shown = 0
        for line in reversed([_clipped(line) for line in lines]):
            if not kept or sum(map(len, kept[-1])) + len(kept[-1]) + len(line) > CHUNK_CHARACTERS:
                if self._chunks == 0:
                    break
                self._chunks -= 1
                kept.append([])
            self._bytes -= len(json.dumps(line)) + 2
            if self._bytes < 0:
                break
            kept[-1].append(line)
            shown += 1
        return ["\n".join(reversed(chunk)) for chunk in reversed(kept) if chunk], shown


def _clipped(line: str) -> str:
    line = t.clean(line.rstrip("\r\n"))
    return line if len(line) <= LINE_CHARACTERS else line[: LINE_CHARACTERS - 1] + t.ELLIPSIS


def _plain_section(chunk: str) -> Block:
    text = plain_text(chunk if chunk.strip() else t.ELLIPSIS) | {"emoji": False}
    return {"type": "section", "text": text}
