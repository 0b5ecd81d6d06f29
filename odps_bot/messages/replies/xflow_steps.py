"""The steps of an XFlow, as a tree, for the requester."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, button, context, section, section_with
from odps_bot.messages.message import Message
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW, instance_value

#: A message has at most 50 blocks.
SHOWN_STEPS = 40

NAME_CHARACTERS = 80
TEXT_CHARACTERS = 3_500

EMOJI = {
    "Waiting": ":hourglass_flowing_sand:",
    "Running": ":hourglass_flowing_sand:",
    "Success": ":white_check_mark:",
    "Failed": ":x:",
    "Cancelled": ":octagonal_sign:",
    "Suspended": ":double_vertical_bar:",
}
UNKNOWN_EMOJI = ":grey_question:"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the flow that has started."""

    name: str
    depth: int  #: 0 in the flow itself, more in flows inside of it
    instance_id: str = ""  #: empty for a step without an instance
    status: str = ""  #: as MaxCompute names it; empty: not asked for
    percentage: int | None = None
    took: timedelta | None = None  #: so far, while it runs
    is_flow: bool = False


def xflow_tree(
    steps: Sequence[Step],
    *,
    name: str,
    project: str,
    status: str,
    not_shown: int = 0,
    seen_at: datetime | None = None,
) -> Message:
    """Return the steps so far, each with a button that shows its Logview.

    `seen_at`: when they were as they are shown, if the flow goes on.
    """
    state = t.one_line(status, limit=40)
    headline = f":deciduous_tree: XFlow {t.code(name)} in {t.code(project)}: *{state}*"
    if seen_at is not None:
        headline += f" {t.as_of(seen_at)}"
    if not steps:
        return Message(f"{headline}. No step has started yet.")
    blocks = [section(headline), *_blocks(steps[:SHOWN_STEPS], project)]
    not_shown += len(steps) - len(steps[:SHOWN_STEPS])
    if not_shown:
        blocks.append(context(f"and {not_shown:,} more steps"))
    blocks.append(context("An XFlow has no Logview of its own: each step has one."))
    text = t.clip("\n".join((headline, *map(_line, steps))), TEXT_CHARACTERS)
    return Message(text, blocks)


def no_xflow(name: str) -> Message:
    """Return that the instance has no steps of its own."""
    return Message(
        f":x: {t.code(name)} isn't an XFlow: it has no sub-instances. Use `/odps status` or"
        " `/odps logview` instead."
    )


def _blocks(steps: Sequence[Step], project: str) -> list[Block]:
    return [_block(step, project) for step in steps]


def _block(step: Step, project: str) -> Block:
    if not step.instance_id or step.is_flow:
        return section(_line(step))
    value = instance_value(project, step.instance_id)
    # Slack wants each action id only once in a message.
    action_id = f"{SHOW_INSTANCE_LOGVIEW}:{step.instance_id}"
    logview = button("Logview", action_id=action_id, value=value)
    return section_with(logview, _line(step), block_id=f"step:{step.instance_id}")


def _line(step: Step) -> str:
    indent = "\u2003" * step.depth + ("└ " if step.depth else "")
    parts = [f"{_emoji(step)} {t.code(step.name, limit=NAME_CHARACTERS)}"]
    parts += [t.one_line(step.status, limit=40)] if step.status else []
    parts += [f"{step.percentage}%"] if step.percentage is not None else []
    parts += [t.duration(step.took)] if step.took is not None else []
    parts += [t.code(step.instance_id)] if step.instance_id else []
    return indent + " · ".join(parts)


def _emoji(step: Step) -> str:
    return EMOJI.get(step.status, UNKNOWN_EMOJI if step.status else ":small_blue_diamond:")
