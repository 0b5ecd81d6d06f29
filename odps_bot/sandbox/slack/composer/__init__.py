"""What Slack's composer makes of what a person types: rich text, and the text derived from it."""

from odps_bot.sandbox.slack.composer.compose import Names, compose, compose_blocks
from odps_bot.sandbox.slack.composer.derived_text import derive_text

__all__ = ["Names", "compose", "compose_blocks", "derive_text"]
