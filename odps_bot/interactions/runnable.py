"""Whether a statement can be sent at all, and what to type instead; asked before it is accepted."""

from collections.abc import Mapping

from odps_bot.errors import CommandError
from odps_bot.maxcompute.errors import InvalidArgumentError
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.messages import text as t
from odps_bot.messages.modals.run_modal import PRIORITIES
from odps_bot.messages.replies import client_commands
from odps_bot.sql.classification import Classification, ClientCommand, RunsAs, classify
from odps_bot.sql.job_settings import BadPriorityError, priority_in
from odps_bot.sql.merge_statements import parse_merge_statement


def require_runnable(sql: str, hints: Mapping[str, str]) -> None:
    """Raise CommandError for what no single request to MaxCompute runs, saying what does."""
    statement = classify(sql, hints)
    if command := client_command_of(statement):
        raise CommandError(client_commands.client_command_in_words(command))
    if statement.settings and not statement.statements:
        raise CommandError(client_commands.settings_only_in_words())
    if statement.runs_as is None:
        raise CommandError(client_commands.mixed_in_words())
    if statement.runs_as is not RunsAs.SQL and len(statement.statements) > 1:
        raise CommandError(client_commands.one_by_one_in_words(statement.runs_as))
    if statement.runs_as is RunsAs.MERGE:
        _check_merge(sql)
    _check_pai(sql)
    _check_priority(statement)


def require_estimable(sql: str, hints: Mapping[str, str]) -> None:
    """Raise CommandError for what MaxCompute has no estimate of, saying why."""
    require_runnable(sql, hints)
    runs_as = classify(sql, hints).runs_as
    # Of PAI commands the worker says it, once it is known that their projects may be asked.
    if runs_as in {RunsAs.MERGE, RunsAs.AUTHORIZATION}:
        raise CommandError(client_commands.no_estimate_of_this(runs_as))


def client_command_of(statement: Classification) -> ClientCommand | None:
    """Return the first command of odpscmd in a text, if there is one."""
    commands = (info.client_command for info in statement.statements)
    return next((command for command in commands if command), None)


def _check_merge(sql: str) -> None:
    merge = parse_merge_statement(sql)
    if merge and merge.recent_hours is not None and not merge.is_forced:
        raise CommandError(client_commands.hours_in_words())


def _check_pai(sql: str) -> None:
    try:
        parse_pai_command(sql)
    except InvalidArgumentError as error:
        raise CommandError(f"{t.escape(t.clip(str(error), 300))} Nothing was submitted.") from error


def _check_priority(statement: Classification) -> None:
    settings = {setting.key: setting.value for setting in statement.settings}
    try:
        priority = priority_in(settings)
    except BadPriorityError as error:
        raise CommandError(f"{t.escape(str(error))} Nothing was submitted.") from error
    if priority is not None and priority not in PRIORITIES:
        raise CommandError(
            f"{t.code(str(priority))} isn't a priority. Use a number from {PRIORITIES[0]} (highest)"
            f" to {PRIORITIES[-1]} (lowest). Nothing was submitted."
        )
