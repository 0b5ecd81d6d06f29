"""The commands, one module per verb: the table of contents of the product."""

from odps_bot.commands import (
    approvals,
    approve,
    board,
    cost,
    edit,
    history,
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
    why,
    xflow,
)
from odps_bot.commands import list as list_command
from odps_bot.commands.help import USAGE as HELP_USAGE
from odps_bot.commands.help import help_command
from odps_bot.input.command import Command, Group
from odps_bot.input.request import Answer, Request
from odps_bot.input.slack_text import command_text
from odps_bot.input.verbs import UnknownVerbError, bare, split_verb, unknown_verb
from odps_bot.interactions.start import start

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
    edit.COMMAND,
    status.COMMAND,
    why.COMMAND,
    list_command.COMMAND,
    board.COMMAND,
    result.COMMAND,
    history.COMMAND,
    stop.COMMAND,
    approve.COMMAND,
    reject.COMMAND,
    approvals.COMMAND,
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

#: What is meant by nothing; nobody types its name, and no list shows it.
START = Command(
    usage="/odps start",
    summary="Show how to begin, with buttons",
    group=Group.HELP,
    examples=("/odps",),
    answer=start,
    permission=None,
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
    name = bare(verb)
    if not name:
        return START, rest
    if name in COMMANDS:
        return COMMANDS[name], rest
    raise unknown_verb(verb, COMMANDS, usage=HELP_USAGE)
