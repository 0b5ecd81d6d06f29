"""Block Kit: what Slack accepts in messages, modals and home tabs; pure."""

from odps_bot.sandbox.slack.block_kit.ids import fill_in_ids, is_made_up
from odps_bot.sandbox.slack.block_kit.schema import Problem
from odps_bot.sandbox.slack.block_kit.validation import (
    ONLY_ONE_TABLE,
    Surface,
    check_blocks,
    check_options,
    check_view,
    count_tables,
    text_length,
)

__all__ = [
    "ONLY_ONE_TABLE",
    "Problem",
    "Surface",
    "check_blocks",
    "check_options",
    "check_view",
    "count_tables",
    "fill_in_ids",
    "is_made_up",
    "text_length",
]
