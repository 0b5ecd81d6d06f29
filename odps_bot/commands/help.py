"""`/odps help`: the commands and their usage, generated from the table of commands."""

import re
from collections.abc import Iterator, Mapping, Sequence

from odps_bot.authorization import effective_role
from odps_bot.errors import CommandError
from odps_bot.input.command import Command
from odps_bot.input.projects import projects_here
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.messages.blocks import section
from odps_bot.messages.denials import ask_for_help, lock_line, what_is_missing
from odps_bot.messages.message import Message
from odps_bot.policy.effective_role import EffectiveRole, Permission
from odps_bot.services import Services

USAGE = "/odps help [COMMAND]"

GREETING = (
    ":wave: *MaxCompute jobs in Slack.* These are the commands; `/odps help run` explains one of"
    " them."
)

IDS = (
    "`ID` is a run's short name (`r42`), its instance ID or its Logview link. In a run's thread"
    " (`@odps status`) you don't need it. The buttons on the card do the same."
)

NOTATION = "`[…]` is optional, ` / ` separates alternatives, CAPITALS are placeholders."

#: In the order of the overview; a command in no group comes last.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Run": ("run", "cost", "rerun"),
    "Follow": ("status", "list", "result", "logview", "watch", "xflow"),
    "Control": ("stop", "approve", "reject", "lock", "unlock", "usage"),
    "Channel": ("subscribe", "unsubscribe", "subscriptions"),
    "Help": ("help",),
}


def help_command(others: Sequence[Command]) -> Command:
    """Return the command that explains the others and itself."""

    def answer(request: Request, services: Services) -> Answer:
        return _explain(request, services, {c.name: c for c in (*others, command)})

    command = Command(
        usage=USAGE,
        summary="Show what I can do, or how to use one command",
        examples=("/odps help", "/odps help run"),
        answer=answer,
        permission=None,
    )
    return command


def _explain(request: Request, services: Services, table: Mapping[str, Command]) -> Answer:
    wanted = request.text.strip().lower().removeprefix("/odps").strip()
    effective = effective_role(request, services)
    if not wanted:
        return _overview(table, effective, request, services)
    if wanted not in table:
        raise CommandError(
            f"There is no command {t.code(wanted[:40])}. Available: "
            + ", ".join(t.code(name) for name in table)
            + "."
        )
    return _one(table[wanted], effective)


def _overview(
    table: Mapping[str, Command], effective: EffectiveRole, request: Request, services: Services
) -> Message:
    """Return the commands that this person is allowed to use here."""
    allowed = {
        name: command
        for name, command in table.items()
        if command.permission is None or effective.allows(command.permission)
    }
    blocks = [section(GREETING)]
    text = [GREETING]
    for title, commands in _grouped(allowed):
        lines = "\n".join(f"{t.code(command.usage)}  {command.summary}" for command in commands)
        blocks.append(section(f"*{title}*\n{lines}"))
        text.append(f"*{title}*\n{lines}")
    notes = "\n".join(_notes(effective, request, services))
    blocks.append(section(notes))
    return Message("\n".join([*text, notes]), blocks)


def _notes(effective: EffectiveRole, request: Request, services: Services) -> Iterator[str]:
    missing = effective.denial(Permission.SEE)
    if missing:
        yield what_is_missing(missing, channel=effective.channel)
        yield ask_for_help(services.rules.contact)
        return
    yield IDS
    yield NOTATION
    projects = ", ".join(map(t.code, projects_here(request, services))) or "none"
    yield f"Projects: {projects}. The first one is used if you name none."
    if not effective.allows(Permission.ADMINISTER):
        yield f"Your role here is *{effective.role}*. {ask_for_help(services.rules.contact)}"
    yield from map(lock_line, services.stores.locks.all())


def _grouped(table: Mapping[str, Command]) -> Iterator[tuple[str, list[Command]]]:
    listed = {name for names in GROUPS.values() for name in names}
    others = tuple(name for name in table if name not in listed)
    for title, names in (*GROUPS.items(), ("More", others)):
        commands = [table[name] for name in names if name in table]
        if commands:
            yield title, commands


def _one(command: Command, effective: EffectiveRole) -> Message:
    missing = effective.denial(command.permission) if command.permission else None
    parts = [f"{t.code(command.usage)}\n{command.summary}."]
    examples = "\n".join(f"• {t.code(example)}" for example in command.examples)
    parts.append(f"*Examples*\n{examples}")
    if re.search(r"\bID\b", command.usage):
        parts.append(IDS)
    if missing:
        parts.append(f":no_entry_sign: {what_is_missing(missing, channel=effective.channel)}")
    return Message("\n".join(parts))
