"""What a command of odpscmd is, and what to type here instead; and what can't be sent at once."""

from dataclasses import dataclass

from odps_bot.messages import text as t
from odps_bot.messages.run.refusals import NOTHING_SUBMITTED
from odps_bot.sql.classification import ClientCommand, CommandKind, RunsAs

ARGUMENT_CHARACTERS = 80


@dataclass(frozen=True, kw_only=True)
class _Instead:
    """How the same is done here; `{argument}` is what the command is about."""

    what: str  #: the command does
    aim: str = ""  #: a clause before `typed`
    typed: str = ""
    otherwise: str = ""  #: in place of `{argument}` where nothing was named
    note: str = ""


_LIST = _Instead(what="It lists jobs.", aim="To list jobs here, type", typed="/odps list")
_ELSEWHERE = "Use odpscmd or DataWorks for it."

_INSTEAD = {
    CommandKind.LIST_JOBS: _LIST,
    CommandKind.STOP_JOB: _Instead(
        what="It stops a job.",
        aim="To stop a job here, type",
        typed="/odps stop {argument}",
        otherwise="ID",
    ),
    CommandKind.SHOW_JOB: _Instead(
        what="It shows a job.",
        aim="To see a job here, type",
        typed="/odps status {argument}",
        otherwise="ID",
    ),
    CommandKind.WAIT_FOR_JOB: _Instead(
        what="It waits for a job.",
        aim="To follow a job here, type",
        typed="/odps watch {argument}",
        otherwise="ID",
    ),
    CommandKind.USE_PROJECT: _Instead(
        what="It chooses a project for what comes next.",
        aim="To choose the project of a run, add",
        typed="--project {argument}",
        otherwise="P",
    ),
    CommandKind.USE_SCHEMA: _Instead(
        what="It chooses a schema for what comes next.",
        aim="To choose the schema of a run, put this before the statement:",
        typed="set odps.namespace.schema=true; set odps.default.schema={argument};",
        otherwise="S",
    ),
    CommandKind.USE_QUOTA: _Instead(
        what="It chooses a quota for what comes next.",
        aim="To choose the quota of a run, add",
        typed="--quota {argument}",
        otherwise="Q",
    ),
    CommandKind.SET_PROJECT: _Instead(
        what="It changes properties of the whole project.",
        aim="To set something for one run, put this before the statement:",
        typed="set KEY=VALUE;",
        note="For the project, use odpscmd or DataWorks.",
    ),
    CommandKind.READ_TABLE: _Instead(
        what="It reads the first rows of a table.",
        aim="To read them here, type",
        typed="/odps run select {columns} from {argument}{where} limit {rows}",
        otherwise="T",
    ),
    CommandKind.COUNT_ROWS: _Instead(
        what="It counts the rows of a table.",
        aim="To count them here, type",
        typed="/odps run select count(*) from {argument}",
        otherwise="T",
    ),
    CommandKind.LIST_FUNCTIONS: _Instead(
        what="It lists functions.",
        aim="To list them here, type",
        typed="/odps run show functions",
    ),
    CommandKind.LIST_TABLES: _Instead(
        what="It lists tables.", aim="To list them here, type", typed="/odps run show tables"
    ),
    CommandKind.LIST_PARTITIONS: _Instead(
        what="It lists partitions.",
        aim="To list them here, type",
        typed="/odps run show partitions {argument}",
        otherwise="T",
    ),
    CommandKind.LIST_PROJECTS: _Instead(
        what="It lists projects.",
        aim="The form lists those that I have access to:",
        typed="/odps run",
    ),
    CommandKind.COST: _Instead(
        what="It estimates a statement.",
        aim="To estimate one here, type",
        typed="/odps cost SELECT …",
    ),
    CommandKind.RESOURCES: _Instead(
        what="It is about resources, which are files for functions.", note=_ELSEWHERE
    ),
    CommandKind.TRANSFER: _Instead(
        what="It copies files to tables, or tables to files.",
        note=(
            "To get rows as a file here, run a `select` and click *CSV* on its card. To load a"
            " file, use odpscmd or DataWorks."
        ),
    ),
    CommandKind.DRY_RUN: _Instead(
        what="It checks a statement without running it.",
        aim="To check one here, and estimate it, type",
        typed="/odps cost SELECT …",
    ),
    CommandKind.JAR: _Instead(
        what="It runs a MapReduce job of your own code.",
        note=_ELSEWHERE + " To follow its job here, type `/odps watch ID`.",
    ),
    CommandKind.SESSION: _Instead(
        what="It is about a session of that client.",
        note=(
            "There are no sessions here: settings hold for one run, with `set KEY=VALUE;` before"
            " the statement or `--hint KEY=VALUE`."
        ),
    ),
    CommandKind.HELP: _Instead(
        what="It lists that client's commands.",
        aim="To see what you can do here, type",
        typed="/odps help",
    ),
    CommandKind.OTHER: _Instead(what="It isn't something that I can run.", note=_ELSEWHERE),
}


def client_command_in_words(command: ClientCommand) -> str:
    """Return what the command is and what to do instead, as mrkdwn."""
    instead = _INSTEAD[command.kind]
    argument = command.argument.replace("`", "")[:ARGUMENT_CHARACTERS] or instead.otherwise
    typed = instead.typed.format(argument=argument, **_what_is_read(command))
    name = t.code(command.name, limit=ARGUMENT_CHARACTERS)
    parts = (
        f"{name} is a command of odpscmd, MaxCompute's command-line client, and not SQL.",
        instead.what,
        f"{instead.aim} {t.code(typed)}." if typed else "",
        instead.note,
        NOTHING_SUBMITTED,
    )
    return " ".join(filter(None, parts))


def _what_is_read(command: ClientCommand) -> dict[str, str]:
    """Return the columns, the condition and the number of rows of `read`."""
    columns = command.columns.replace("`", "")[:ARGUMENT_CHARACTERS]
    condition = command.condition.replace("`", "")
    is_short = len(condition) <= ARGUMENT_CHARACTERS
    return {
        "columns": columns if len(command.columns) <= ARGUMENT_CHARACTERS and columns else "*",
        "where": f" where {condition}" if condition and is_short else "",
        "rows": command.rows[:ARGUMENT_CHARACTERS] or "20",
    }


def mixed_in_words() -> str:
    """Return why statements that need different requests aren't run together, as mrkdwn."""
    return (
        "MaxCompute doesn't run these statements together: SQL, statements about permissions,"
        " merges of files and PAI commands each need a request of their own. Run them one by one."
        f" {NOTHING_SUBMITTED}"
    )


_KINDS = {
    RunsAs.AUTHORIZATION: "statements about permissions",
    RunsAs.MERGE: "merges of files",
    RunsAs.XFLOW: "PAI commands",
}


def settings_only_in_words() -> str:
    """Return why settings alone aren't run, as mrkdwn."""
    return (
        "This only changes settings, which hold for one request. Put them before the statement that"
        f" needs them, in the same text. {NOTHING_SUBMITTED}"
    )


def one_by_one_in_words(runs_as: RunsAs) -> str:
    """Return why several statements of such a kind aren't run together, as mrkdwn."""
    return (
        f"MaxCompute takes {_KINDS[runs_as]} one at a time, and some of them could fail. Run them"
        f" one by one. {NOTHING_SUBMITTED}"
    )


def hours_in_words() -> str:
    """Return why a compaction with hours isn't run as it is, as mrkdwn."""
    return (
        "With `-h`, a compaction can delete history that the table is set to keep, and I can't look"
        f" that up. Leave out `-h`, or add `-f` to use it as it is. {NOTHING_SUBMITTED}"
    )


def no_estimate_of_this(runs_as: RunsAs) -> str:
    """Return why such a statement isn't estimated, as mrkdwn."""
    is_free = runs_as is RunsAs.AUTHORIZATION
    what = (
        "Statements about permissions cost nothing"
        if is_free
        else f"MaxCompute doesn't estimate {_KINDS[runs_as]}"
    )
    return f"{what}, so there is no estimate. Nothing was run. To run it, use `/odps run`."
