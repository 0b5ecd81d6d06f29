"""The commands, one module per verb: the table of contents of the product."""

from odps_bot.commands import (
    approve,
    cost,
    lock,
    logview,
    reject,
    rerun,
    result,
    run,
    status,
    stop,
    subscribe,
    subscriptions,
    unlock,
    unsubscribe,
    usage,
    watch,
    xflow,
)
from odps_bot.commands import list as list_command
from odps_bot.commands.help import USAGE as HELP_USAGE
from odps_bot.commands.help import help_command
from odps_bot.input.command import Command
from odps_bot.input.request import Answer, Request
from odps_bot.input.slack_text import command_text
from odps_bot.input.verbs import UnknownVerbError, bare, split_verb, unknown_verb

__all__ = [
    "COMMANDS",
    "Answer",
    "Command",
    "Request",
    "UnknownVerbError",
    "command_in",
    "find_command",
]

_VERBS = (
    run.COMMAND,
    cost.COMMAND,
    rerun.COMMAND,
    status.COMMAND,
    list_command.COMMAND,
    result.COMMAND,
    stop.COMMAND,
    approve.COMMAND,
    reject.COMMAND,
    usage.COMMAND,
    logview.COMMAND,
    watch.COMMAND,
    xflow.COMMAND,
    subscribe.COMMAND,
    unsubscribe.COMMAND,
    subscriptions.COMMAND,
    lock.COMMAND,
    unlock.COMMAND,
)

#: In the order in which help shows them.
COMMANDS: dict[str, Command] = {
    command.name: command for command in (*_VERBS, help_command(_VERBS))
}


def find_command(typed: str) -> tuple[Command, str]:
    """Return the command that `typed` names, and the text after its verb.

    `typed` is what follows `/odps`, as Slack sent it. Raises UsageError for a verb that is none.
    """
    return command_in(command_text(typed))


def command_in(text: str) -> tuple[Command, str]:
    """Return the command that `text` names, and the text after its verb.

    Nothing of Slack's is left in `text`. Raises UnknownVerbError for a verb that is none.
    """
    verb, rest = split_verb(text)
    name = bare(verb) or "help"
    if name in COMMANDS:
        return COMMANDS[name], rest
    raise unknown_verb(verb, COMMANDS, usage=HELP_USAGE)
