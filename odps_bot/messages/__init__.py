"""Everything we say: Block Kit from values. Pure."""

from odps_bot.messages.message import Message, Modal

__all__ = ["Message", "Modal"]
