"""What every command has."""

from collections.abc import Callable
from dataclasses import dataclass

from odps_bot.commands.request import Answer, Request
from odps_bot.services import Services


@dataclass(frozen=True, kw_only=True)
class Command:
    """A thing that people can ask for: its verb, one right line of usage, and what it does."""

    name: str
    usage: str
    summary: str
    examples: tuple[str, ...]
    answer: Callable[[Request, Services], Answer]
    options: tuple[str, ...] = ()  #: a line of mrkdwn each, for those who ask for help on it
