"""A command."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from odps_bot.input.request import Answer, Request
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services


class Group(StrEnum):
    """Where help shows a command; in its order."""

    RUN = "Run"
    FOLLOW = "Follow"
    CONTROL = "Control"
    COSTS = "Costs & approvals"
    ALERTS = "Alerts"
    ADMINISTRATION = "Administration"
    HELP = "Help"


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command: its verb, its line of usage, and what it does."""

    usage: str
    summary: str
    group: Group
    examples: tuple[str, ...]
    answer: Callable[[Request, Services], Answer]
    #: The permission that it needs at least: help hides it from people without it.
    permission: Permission | None = Permission.SEE  #: None: everybody may

    @property
    def name(self) -> str:
        """The verb."""
        return self.usage.split()[1]
