"""What can go wrong on our own side; MaxCompute's and Slack's errors end at their adapters.

OdpsBotError
├── SettingsError      settings are missing or wrong; names each of them
├── UnconfirmedError   done, but it may be lost with a server; shown to the person
└── CommandError       shown to the person as it is
    ├── UsageError     … with the one right line of usage
    └── DeniedError    what is missing, and who can help
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class OdpsBotError(Exception):
    """Base of all errors of this package."""


class SettingsError(OdpsBotError):
    """Settings are missing or cannot be used.

    Each of `problems` names a variable, or a key of the rules, and the remedy; `notes` say what
    may have to do with them. None of them quotes a secret.
    """

    def __init__(self, *problems: str, notes: Sequence[str] = ()) -> None:
        super().__init__(*problems)
        self.problems = problems
        self.notes = tuple(notes)

    def __str__(self) -> str:
        """Return the one problem, or a list of all of them."""
        if len(self.problems) == 1 and not self.notes:
            return self.problems[0]
        count = len(self.problems)
        head = "A setting is" if count == 1 else f"{count} settings are"
        lines = [f"{head} missing or wrong:", *(f"- {p}" for p in self.problems)]
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])


class UnconfirmedError(OdpsBotError):
    """A run was accepted, but is not where it would outlive the loss of a Redis server.

    The message, which says so, is shown to the person (mrkdwn).
    """


class CommandError(OdpsBotError):
    """What a person asked for cannot be done. The message is shown to them as it is (mrkdwn)."""


class UsageError(CommandError):
    """The command was not understood; ``usage`` is its line of usage."""

    def __init__(self, message: str, *, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class DenialCode(StrEnum):
    """Why somebody isn't allowed to do something."""

    ROLE = "role"  #: theirs does not suffice
    CHANNEL = "channel"  #: it allows too little
    PROJECT = "project"  #: it isn't available in the channel
    FOREIGN_PROJECT = "foreign_project"  #: a name leads to it; `detail` is what would be done
    LOCKED = "locked"  #: the project, for `Denial.detail`
    APPROVAL_ELSEWHERE = "approval_elsewhere"  #: the project wants it for the class in `detail`
    FORBIDDEN_SETTING = "forbidden_setting"  #: the one in `Denial.detail`
    NOT_REQUESTER = "not_requester"  #: only the person named in `Denial.detail` can
    NOT_APPROVER = "not_approver"  #: the rules name others who can approve it
    OWN_RUN = "own_run"  #: somebody else must decide on it
    OTHER_CHANNEL = "other_channel"  #: the run's card is there
    OTHER_WORKSPACE = "other_workspace"  #: the run was started there


class Denial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why somebody may not do something, as values; runs that are refused for it keep them."""

    code: DenialCode
    permission: str = ""  #: of `odps_bot.policy.effective_role.Permission`
    needed: str = ""  #: role
    has: str = ""  #: role of the person, or the highest that the channel allows
    project: str = ""
    detail: str = ""


class DeniedError(CommandError):
    """The person may not do this. The message says what is missing, and who can help."""

    def __init__(self, message: str, denial: Denial) -> None:
        super().__init__(message)
        self.denial = denial
