"""A message as SQL: its statement in the form, to be looked at before it is run."""

from collections.abc import Mapping
from typing import Any

from odps_bot.commands.order import QUOTA_HINT, Order
from odps_bot.commands.request import Request
from odps_bot.commands.run_form import run_form
from odps_bot.commands.sql_file import (
    SQL_BYTES,
    UnreadableFileError,
    is_sql_file,
    read_sql_file,
)
from odps_bot.commands.sql_in_message import Trouble, looks_like_sql, sql_in
from odps_bot.commands.typed_text import has_statement
from odps_bot.errors import CommandError
from odps_bot.messages import Form
from odps_bot.messages import text as t
from odps_bot.runs import Run
from odps_bot.services import Services

NO_SQL = ":thinking_face: I found no SQL in this message: please write it below."
_NOT_FILLED_IN = "so I filled in nothing. Please paste the whole statement below."
TROUBLE = {
    Trouble.LEFT_OUT: (
        ":warning: This message holds more code than one statement, or only a part of one,"
        f" {_NOT_FILLED_IN}"
    ),
    Trouble.UNREADABLE: (
        ":warning: In this message something is formatted, or is a mention, a colour or a date:"
        f" I cannot tell what was typed there, {_NOT_FILLED_IN}"
    ),
}
DOUBTFUL = ":thinking_face: This does not look like SQL. Please check it before you run it."


def form_of_message(message: Mapping[str, Any], request: Request, services: Services) -> Form:
    """Return the form with the statement that stands in a message, or in its first SQL file.

    Where the message's code is not known as a whole, nothing is filled in, and the form says so.
    A card of ours stands for its run: it may show no more than the beginning of the statement.
    """
    if run := _run_of_card(message, request, services):
        return _form_of_run(run, request, services)
    found = sql_in(message)
    sql = found.sql
    files = [file for file in message.get("files") or () if is_sql_file(file)]
    if files and not (looks_like_sql(sql) or found.has_sql):
        return _form_of_file(files[0], request, services)
    if found.trouble:
        return run_form(request, services, note=TROUBLE[found.trouble])
    if len(sql.encode()) > SQL_BYTES:
        raise CommandError("That statement is too long for me. Nothing was submitted.")
    note = "" if looks_like_sql(sql) else DOUBTFUL if sql else NO_SQL
    return run_form(request, services, order=Order(sql=sql), note=note, source="the message")


def _form_of_file(file: Mapping[str, Any], request: Request, services: Services) -> Form:
    name = str(file.get("name") or "the file")
    try:
        sql = read_sql_file(file, services.of_team(request.team_id)).strip()
    except UnreadableFileError as error:
        note = f":warning: {t.code(name, limit=80)}: {t.escape(str(error))}"
        return run_form(request, services, note=note)
    note = "" if looks_like_sql(sql) else DOUBTFUL if sql else NO_SQL
    return run_form(request, services, order=Order(sql=sql), note=note, source=name)


def _run_of_card(message: Mapping[str, Any], request: Request, services: Services) -> Run | None:
    ts = str(message.get("ts") or "")
    run = services.runs.at_message(request.team_id, request.channel_id, ts) if ts else None
    is_card = run is not None and run.card_ts == ts
    return run if is_card and run and has_statement(run.sql) else None


def _form_of_run(run: Run, request: Request, services: Services) -> Form:
    hints = {key: value for key, value in run.hints.items() if key != QUOTA_HINT}
    order = Order(
        sql=run.sql,
        project=run.project if run.project in services.settings.projects else None,
        priority=run.priority,
        quota=run.hints.get(QUOTA_HINT, ""),
        hints=hints,
    )
    return run_form(request, services, order=order, source=f"run {run.name}")
