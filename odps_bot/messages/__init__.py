"""Everything we say: Block Kit from values. Pure."""

from odps_bot.messages.message import Form, Message

__all__ = ["Form", "Message"]
