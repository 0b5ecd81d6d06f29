"""Block Kit: what Slack accepts in messages, modals and home tabs. Pure."""

from odps_bot.sandbox.slack.block_kit.ids import fill_in_ids
from odps_bot.sandbox.slack.block_kit.schema import Problem
from odps_bot.sandbox.slack.block_kit.validation import (
    Surface,
    check_blocks,
    check_options,
    check_view,
    text_length,
)

__all__ = [
    "Problem",
    "Surface",
    "check_blocks",
    "check_options",
    "check_view",
    "fill_in_ids",
    "text_length",
]
