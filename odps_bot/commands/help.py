"""`/odps help`: what this person can do here, generated from the table of commands."""

import re
from collections.abc import Mapping, Sequence

from odps_bot.authorization import effective_role
from odps_bot.errors import CommandError
from odps_bot.input.command import Command, Group
from odps_bot.input.did_you_mean import suggestion
from odps_bot.input.request import Answer, Request
from odps_bot.input.verbs import ALIASES
from odps_bot.interactions.start import place_of
from odps_bot.messages import text as t
from odps_bot.messages.denials import lock_line, what_is_missing
from odps_bot.messages.message import Message
from odps_bot.messages.replies.help import IDS, help_message
from odps_bot.policy.effective_role import EffectiveRole
from odps_bot.services import Services

USAGE = "/odps help [COMMAND]"


def help_command(others: Sequence[Command]) -> Command:
    """Return the command that explains the others and itself."""

    def answer(request: Request, services: Services) -> Answer:
        return _explain(request, services, {c.name: c for c in (*others, command)})

    command = Command(
        usage=USAGE,
        summary="Show what I can do, or how to use one command",
        group=Group.HELP,
        examples=("/odps help", "/odps help run"),
        answer=answer,
        permission=None,
    )
    return command


def _explain(request: Request, services: Services, table: Mapping[str, Command]) -> Answer:
    wanted = request.text.strip().lower().removeprefix("/odps").strip()
    if not wanted:
        return _overview(table, request, services)
    if wanted not in table:
        raise _unknown(wanted, table)
    return _one(table[wanted], effective_role(request, services))


def _unknown(wanted: str, table: Mapping[str, Command]) -> CommandError:
    verb = ALIASES.get(wanted, "")
    near = f" Did you mean {t.code(verb)}?" if verb in table else suggestion(wanted, table)
    known = "" if near else f" Available: {', '.join(map(t.code, table))}."
    return CommandError(f"There is no command {t.code(wanted, limit=40)}.{near}{known}")


def _overview(table: Mapping[str, Command], request: Request, services: Services) -> Message:
    """Return the commands that this person is allowed to use here, by their groups."""
    place = place_of(request, services)
    groups: dict[str, list[tuple[str, str]]] = {}
    for group in Group:
        allowed = [
            (command.name, command.summary)
            for command in table.values()
            if command.group is group
            and (command.permission is None or place.role.allows(command.permission))
        ]
        if allowed:
            groups[group] = allowed
    locks = [] if place.missing else [*map(lock_line, services.stores.locks.all())]
    return help_message(groups, place, notes=locks)


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
