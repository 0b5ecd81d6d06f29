"""What people can ask for, one module a verb: the table of contents of the product."""

import difflib

from odps_bot.commands import logview, run, status, stop, watch
from odps_bot.commands.command import Command
from odps_bot.commands.help import USAGE as HELP_USAGE
from odps_bot.commands.help import help_command
from odps_bot.commands.request import Answer, Request
from odps_bot.commands.typed_text import decode_entities, split_word
from odps_bot.errors import UsageError
from odps_bot.messages import text as t

__all__ = ["COMMANDS", "Answer", "Command", "Request", "find_command"]

_VERBS = (run.COMMAND, status.COMMAND, stop.COMMAND, logview.COMMAND, watch.COMMAND)

#: In the order in which help shows them.
COMMANDS: dict[str, Command] = {
    command.name: command for command in (*_VERBS, help_command(_VERBS))
}


def find_command(typed: str) -> tuple[Command, str]:
    """Return the command that `typed` asks for, and the text behind its verb.

    `typed` is what follows `/odps`, as Slack sent it. Raises UsageError for a verb that is none.
    """
    verb, rest = split_word(decode_entities(typed))
    name = verb.lower().strip("`*_") or "help"
    if name in COMMANDS:
        return COMMANDS[name], rest
    near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.6)
    hint = f" Did you mean {t.code('/odps ' + near[0])}?" if near else ""
    raise UsageError(
        f"I don't know {t.code(verb[:40])}.{hint} Nothing was submitted.", usage=HELP_USAGE
    )
