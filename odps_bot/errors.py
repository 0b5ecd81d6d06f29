"""What can go wrong on our own side; MaxCompute's and Slack's errors end at their adapters.

OdpsBotError
├── SettingsError      a setting is missing or wrong; names the variable
└── CommandError       shown to the person as it is
    ├── UsageError     … with the one right line of usage
    └── DeniedError    what is missing, and who can help
"""


class OdpsBotError(Exception):
    """Base of all errors of this package."""


class SettingsError(OdpsBotError):
    """A setting is missing or cannot be used. The message names the variable and the remedy."""


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
