"""The reply to a message for the bot that isn't a command."""

from odps_bot.messages.message import Message


def small_talk(*, in_channel: bool) -> Message:
    """Return what the bot is for and how to begin; in a direct message no mention is needed."""
    name = "@odps " if in_channel else ""
    return Message(
        f":wave: I run MaxCompute jobs. Try `{name}run select 1`, `{name}status` or `{name}help`."
        f" In a run's thread, `{name}stop` and `{name}status` apply to that run."
    )
