"""The sentences for codes: reads `sentences.toml` strictly."""

from collections.abc import Mapping
from importlib import resources

import msgspec

from odps_bot.messages.failures.catalogue import Rerun
from odps_bot.policy.effective_role import Permission
from odps_bot.runs.outcome import MilestoneCode, ReasonCode


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an error of the client means; `again` says whether the same request can succeed."""

    what: str
    cause: str
    remedy: str
    again: str


class Sentences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them, by code."""

    reasons: dict[ReasonCode, str]  #: those that need no values
    refusals: dict[ReasonCode, Refusal]
    try_again: dict[Rerun, str]
    permissions: dict[Permission, str]
    milestones: dict[MilestoneCode, str]
    card_refused: dict[str, str]  #: by Slack's error code, like the next three
    file_refused: dict[str, str]
    board_refused: dict[str, str]
    alert_refused: dict[str, str]
    message_notes: dict[str, str]  #: by `odps_bot.input.slack_message.reader.Note`, and others
    file_troubles: dict[str, str]  #: by `odps_bot.input.slack_message.files.FileTrouble`


_FILE = resources.files(__package__).joinpath("sentences.toml")

SENTENCES = msgspec.toml.decode(_FILE.read_bytes(), type=Sentences)


def sentence_for(code: str, sentences: Mapping[str, str], *, unknown: str) -> str:
    """Return the sentence for Slack's error code, or for the family of codes it belongs to.

    Slack adds codes to its families: `restricted_action_…`.
    """
    families = [known for known in sentences if code.startswith(f"{known}_")]
    family = max(families, key=len, default="")
    return sentences.get(code) or sentences.get(family) or unknown
