"""Whose a watched job is, and where it came from, in words."""

from odps_bot.messages import text as t
from odps_bot.runs.origin import Origin, Program
from odps_bot.runs.run import Run

#: A card shows so much of a name that somebody else has chosen.
_SHOWN_CHARACTERS = 80

_PROGRAMS = {
    Program.DATAWORKS: "DataWorks",
    Program.ODPSCMD: "odpscmd",
    Program.JDBC: "JDBC",
    Program.PYODPS: "PyODPS",
    Program.JAVA_SDK: "the Java SDK",
}


def origin_in_words(run: Run) -> list[str]:
    """Return the owner and the origin of a foreign run, as far as known."""
    owner = [f"owner {t.code(run.owner, limit=_SHOWN_CHARACTERS)}"] if run.owner else []
    return [*owner, _origin(run.origin)]


def whose_in_words(run: Run) -> str:
    """Return who asked for the run; of one that is only followed, whose the job is and who does."""
    who = f"by {t.mention(run.user_id)}"
    return " · ".join([*origin_in_words(run), f"watched {who}"]) if run.is_foreign else who


def _origin(origin: Origin | None) -> str:
    if origin is None:
        return "not started from Slack"
    program = _PROGRAMS[origin.program]
    if not origin.node:
        return f"started by {program}"
    return f"{program} node {t.code(origin.node, limit=_SHOWN_CHARACTERS)}"
