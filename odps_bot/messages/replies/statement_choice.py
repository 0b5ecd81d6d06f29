"""The ephemeral question what of a message is to be run."""

from collections.abc import Sequence
from dataclasses import dataclass

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, button, context, section, section_with
from odps_bot.messages.message import Message
from odps_bot.messages.sql_preview import sql_as_code

#: The action; a number behind a colon tells the buttons of one message apart.
OPEN_CHOICE = "open_choice"

CHOICE_CHARACTERS = 300


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A statement or a file that can be chosen."""

    draft_id: str
    text: str  #: the statement, or the name of the file
    is_file: bool = False


def statement_choice(choices: Sequence[Choice], *, note: str = "", left: int = 0) -> Message:
    """Return the question; `note` is mrkdwn, and `left` choices more are not offered."""
    question = _question(choices, count=len(choices) + left)
    blocks: list[Block] = [section(question), *([section(note)] if note else [])]
    lines = []
    for place, choice in enumerate(choices):
        show = t.code if choice.is_file else sql_as_code
        shown = show(choice.text, limit=CHOICE_CHARACTERS)
        lines.append(f"{place + 1}. {shown}")
        opens = button(
            "Open in the form", action_id=f"{OPEN_CHOICE}:{place}", value=choice.draft_id
        )
        blocks.append(section_with(opens, shown, block_id=f"{OPEN_CHOICE}-{choice.draft_id}"))
    if left:
        blocks.append(context(f"and {left} more. To run one of them, send it by itself."))
    blocks.append(context("Nothing was submitted yet. The buttons work for an hour."))
    return Message("\n".join(filter(None, [question, note, *lines])), blocks)


def _question(choices: Sequence[Choice], *, count: int) -> str:
    if choices[0].is_file:
        if count == 1:
            return ":thinking_face: I'm not sure that this file is what you want to run."
        return f":thinking_face: This message has {count} SQL files. Which one do you want to run?"
    if count > 1:
        return (
            f":thinking_face: This message holds {count} pieces of code. Which one do you want to"
            " run?"
        )
    return ":thinking_face: I'm not sure that this is the statement you want to run."
