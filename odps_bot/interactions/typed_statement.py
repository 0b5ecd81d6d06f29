"""The statement behind the verb of a command, as it was typed, attached or forwarded."""

from odps_bot.errors import CommandError
from odps_bot.input.did_you_mean import suggestion
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import RunOptions
from odps_bot.input.slack_message.reader import Reading, read_regions
from odps_bot.input.slack_message.written import read_typed
from odps_bot.input.sql_file import (
    SqlFiles,
    UnreadableFileError,
    name_in_words,
    read_sql_file,
    sql_files_of,
)
from odps_bot.input.verbs import SQL_VERBS
from odps_bot.interactions.choose_statement import Asked, ask_which_code, ask_which_file
from odps_bot.interactions.named_run import answer_to_name
from odps_bot.interactions.runnable import client_command_of
from odps_bot.messages import text as t
from odps_bot.messages.replies.client_commands import client_command_in_words
from odps_bot.services import Services
from odps_bot.sql.beginnings import begins_with_a_verb
from odps_bot.sql.classification import classify

WORD_CHARACTERS = 40

#: A shorter word is the beginning of too many others to be a typing error of one.
SHORTEST_TYPO = 4


def typed_statement(
    rest: str,
    options: RunOptions,
    request: Request,
    services: Services,
    *,
    is_estimate: bool = False,
) -> str | Answer:
    """Return the statement, empty where there is none, or the question what is meant.

    `rest` is the end of the request's text behind its options. Raises CommandError for what is no
    SQL, and for a file that can't be read.
    """
    asked = Asked(options=options, is_estimate=is_estimate)
    regions = request.written.behind(rest) if request.written else [read_typed(rest).own]
    reading = read_regions(regions)
    if attached := (*request.files, *request.forwarded_files):
        files = sql_files_of(attached, services.of_team(request.team_id))
        if files.readable:
            return _of_files(files, reading, asked, request, services)
        if not reading.sql:
            why = "\n".join(files.refused)
            raise CommandError(f"{why}\nThere is no SQL to run. Nothing was submitted.")
    if not reading.has_gaps and not begins_with_a_verb(reading.sql):
        if named := answer_to_name(reading.sql, asked, request, services):
            return named
        raise _no_sql(reading.sql, request)
    if not reading.is_sure or reading.leaves_out_what_matters:
        return ask_which_code(reading, asked, request, services)
    return reading.sql


def _of_files(
    files: SqlFiles, reading: Reading, asked: Asked, request: Request, services: Services
) -> str | Answer:
    first = files.readable[0]
    if reading.sql and (not reading.is_sure or begins_with_a_verb(reading.sql)):
        raise CommandError(
            f"You entered SQL and attached {name_in_words(first)}. Keep one of them. Nothing was"
            " submitted."
        )
    # Words beside a file may say what not to do with it; a forwarded one is somebody else's.
    if reading.sql or len(files.readable) > 1 or request.forwarded_files:
        return ask_which_file(files.readable, asked, request, services)
    try:
        sql = read_sql_file(first, services.of_team(request.team_id)).strip()
    except UnreadableFileError as error:
        raise CommandError(
            f"{name_in_words(first)}: {t.escape(str(error))} Nothing was submitted."
        ) from error
    if not sql:
        raise CommandError(f"{name_in_words(first)} is empty. Nothing was submitted.")
    if not begins_with_a_verb(sql):
        raise _no_sql(sql, request, what=f"{name_in_words(first)}: ")
    return sql


def _no_sql(text: str, request: Request, *, what: str = "") -> CommandError:
    if command := client_command_of(classify(text)):
        return CommandError(f"{what}{client_command_in_words(command)}")
    typed = text.split(maxsplit=1)[0]
    word = t.code(typed, limit=WORD_CHARACTERS)
    meant = suggestion(typed, SQL_VERBS) if len(typed) >= SHORTEST_TYPO else ""
    # A mention opens no form.
    form = "the shortcut *Run MaxCompute SQL*" if request.address.is_mention else "`/odps run`"
    return CommandError(
        f"{what}This isn't SQL: no statement begins with {word}.{meant} Nothing was submitted."
        f" To run it all the same, enter it in the form: {form}."
    )
