"""A message as SQL: its statement in the run modal, to be checked before it is run."""

from collections.abc import Mapping
from typing import Any

from odps_bot.input.request import Request
from odps_bot.input.run_options import QUOTA_HINT, RunOptions
from odps_bot.input.sql_file import UnreadableFileError, check_length, is_sql_file, read_sql_file
from odps_bot.input.sql_in_message import Trouble, sql_in
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.messages import Modal
from odps_bot.messages import text as t
from odps_bot.messages.sentences import SENTENCES
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.beginnings import has_statement, looks_like_sql

NOTES = SENTENCES.message_notes


def modal_of_message(message: Mapping[str, Any], request: Request, services: Services) -> Modal:
    """Return the modal with the statement of a message, or of the SQL file that came with it.

    Unless all of the message's code is known to be one statement, nothing is filled in, and the
    modal says why.
    A card of ours means its run: it may show no more than the beginning of the statement.
    """
    if run := _run_of_card(message, request, services):
        return _modal_of_run(run, request, services)
    found = sql_in(message)
    sql = found.sql
    files = [file for file in message.get("files") or () if is_sql_file(file)]
    if len(files) > 1:
        return run_modal_view(
            request, services, note=NOTES["several_files"].format(count=len(files))
        )
    if files:
        has_both = looks_like_sql(sql) or found.has_sql or found.trouble is Trouble.ELSEWHERE
        if has_both:
            return run_modal_view(request, services, note=NOTES["file_and_sql"])
        return _modal_of_file(files[0], request, services)
    if found.trouble:
        note = NOTES[found.trouble.value].format(count=found.code_count)
        return run_modal_view(request, services, note=note)
    check_length(sql)
    return _modal_of_sql(sql, request, services, source="the message")


def _modal_of_sql(sql: str, request: Request, services: Services, *, source: str) -> Modal:
    note = "" if looks_like_sql(sql) else NOTES["doubtful" if sql else "no_sql"]
    return run_modal_view(request, services, options=RunOptions(sql=sql), note=note, source=source)


def _modal_of_file(file: Mapping[str, Any], request: Request, services: Services) -> Modal:
    name = str(file.get("name") or "the file")
    try:
        sql = read_sql_file(file, services.of_team(request.team_id)).strip()
    except UnreadableFileError as error:
        note = f":warning: {t.code(name, limit=80)}: {t.escape(str(error))}"
        return run_modal_view(request, services, note=note)
    return _modal_of_sql(sql, request, services, source=name)


def _run_of_card(message: Mapping[str, Any], request: Request, services: Services) -> Run | None:
    ts = str(message.get("ts") or "")
    run = services.stores.runs.at_message(request.team_id, request.channel_id, ts) if ts else None
    is_card = run is not None and ts in {run.card_ts, *run.gone_cards}
    return run if is_card and run and has_statement(run.sql) else None


def _modal_of_run(run: Run, request: Request, services: Services) -> Modal:
    hints = {key: value for key, value in run.hints.items() if key != QUOTA_HINT}
    options = RunOptions(
        sql=run.sql,
        project=run.project if run.project in services.settings.projects else None,
        priority=run.priority,
        quota=run.hints.get(QUOTA_HINT, ""),
        hints=hints,
    )
    return run_modal_view(request, services, options=options, source=f"run {run.name}")
