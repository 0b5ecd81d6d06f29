"""What can go wrong on our own side; MaxCompute's and Slack's errors end at their adapters.

OdpsBotError
├── SettingsError      settings are missing or wrong; names each of them
└── CommandError       shown to the person as it is
    ├── UsageError     … with the one right line of usage
    └── DeniedError    what is missing, and who can help
"""

from collections.abc import Sequence


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


class CommandError(OdpsBotError):
    """What a person asked for cannot be done. The message is shown to them as it is (mrkdwn)."""


class UsageError(CommandError):
    """The command was not understood; ``usage`` is the one right line."""

    def __init__(self, message: str, *, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class DeniedError(CommandError):
    """The person may not do this. The message says what is missing, and who can help.

    ``detail`` says the same to the audit trail, in plain words; ``project`` is what it is about.
    """

    def __init__(self, message: str, *, detail: str = "", project: str = "") -> None:
        super().__init__(message)
        self.detail = detail
        self.project = project
