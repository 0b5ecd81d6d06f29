"""`/odps help`: what people can ask for; made from the table of commands."""

from collections.abc import Iterable, Mapping, Sequence

from odps_bot.commands.command import Command
from odps_bot.commands.request import Answer, Request
from odps_bot.errors import CommandError
from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.services import Services

USAGE = "/odps help [command]"


def help_command(others: Sequence[Command]) -> Command:
    """Return the command that explains the others, and itself."""

    def answer(request: Request, services: Services) -> Answer:
        return _explain(request, services, {c.name: c for c in (*others, command)})

    command = Command(
        name="help",
        usage=USAGE,
        summary="What I can do, or how one command is used",
        examples=("/odps help", "/odps help run"),
        answer=answer,
    )
    return command


def _explain(request: Request, services: Services, table: Mapping[str, Command]) -> Answer:
    wanted = request.text.strip().lower().removeprefix("/odps").strip()
    if not wanted:
        return _overview(table.values(), services)
    if wanted not in table:
        raise CommandError(
            f"I don't know the command {t.code(wanted[:40])}. I know "
            + ", ".join(t.code(name) for name in table)
            + "."
        )
    return _one(table[wanted])


def _overview(commands: Iterable[Command], services: Services) -> Message:
    projects = ", ".join(t.code(name) for name in services.settings.projects)
    lines = [
        ":wave: *MaxCompute jobs in Slack.* Here is what you can do:",
        *[f"{t.code(command.usage)}  {command.summary}" for command in commands],
        f"Projects: {projects}; the first is used when you name none.",
        "An id is a run's short name (`r42`) or its instance id. Buttons on a card do the same.",
    ]
    return Message("\n".join(lines))


def _one(command: Command) -> Message:
    examples = "\n".join(f"• {t.code(example)}" for example in command.examples)
    return Message(f"{t.code(command.usage)}\n{command.summary}.\nExamples:\n{examples}")
