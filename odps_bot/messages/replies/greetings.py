"""What the bot says when it is spoken to, and no command was meant."""

from odps_bot.messages.message import Message


def small_talk(*, in_channel: bool) -> Message:
    """Return a friendly word on what the bot is for; in a direct message no mention is needed."""
    name = "@odps " if in_channel else ""
    return Message(
        f":wave: I run MaxCompute jobs. Try `{name}run select 1`, `{name}status` or `{name}help`."
        f" In the thread of a run, `{name}stop` or `{name}status` means that run."
    )
