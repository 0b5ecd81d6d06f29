"""Why a run that was to be interactive is an ordinary job, in words."""

from odps_bot.messages import text as t
from odps_bot.runs.fallback import FallbackReason
from odps_bot.runs.run import Run

DETAIL_CHARACTERS = 120

_WORDS = {
    FallbackReason.STATEMENT: "MaxQA takes only queries, DML and DDL",
    FallbackReason.SETTING: "the statement sets `odps.mcqa.disable`",
    FallbackReason.NO_QUOTA: "there is no such interactive quota, or I can't use it",
    FallbackReason.BUSY: "the interactive quota is full",
    FallbackReason.UNSUPPORTED: "MaxQA doesn't support this statement",
    FallbackReason.UNAVAILABLE: "MaxQA isn't available right now",
    FallbackReason.MOVED: "MaxCompute moved it there",
}


def fallback_in_words(run: Run) -> str:
    """Return that the run is an ordinary job, and why (mrkdwn); empty where that is as wanted."""
    if run.fallback is None:
        return ""
    said = t.one_line(run.fallback.detail, limit=DETAIL_CHARACTERS)
    return f"Ordinary job instead of interactive: {_WORDS.get(run.fallback.reason, said)}"
