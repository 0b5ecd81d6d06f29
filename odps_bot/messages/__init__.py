"""Everything we say: Block Kit from values. Pure."""

from odps_bot.messages.message import Fallbacks, Message, Modal

__all__ = ["Fallbacks", "Message", "Modal"]
