"""What a statement does. Pure; what is not proven to read is not a read."""

from odps_bot.sql.classification.classes import (
    Classification,
    ClientCommand,
    CommandKind,
    Destruction,
    DestructionKind,
    ForbiddenSetting,
    RunsAs,
    StatementClass,
    StatementInfo,
)
from odps_bot.sql.classification.classifier import classify, is_plainly_a_read

__all__ = [
    "Classification",
    "ClientCommand",
    "CommandKind",
    "Destruction",
    "DestructionKind",
    "ForbiddenSetting",
    "RunsAs",
    "StatementClass",
    "StatementInfo",
    "classify",
    "is_plainly_a_read",
]
