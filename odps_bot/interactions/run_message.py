"""A message as SQL: its statement in the run modal, to be checked before it is run."""

from collections.abc import Mapping
from typing import Any

from odps_bot.errors import UsageError
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import RunOptions, split_run_options
from odps_bot.input.slack_message.files import files_of
from odps_bot.input.slack_message.reader import Reading, read_regions
from odps_bot.input.slack_message.written import Written, read_written
from odps_bot.input.sql_file import SqlFiles, sql_files_of
from odps_bot.input.verbs import bare, split_verb
from odps_bot.interactions.choose_statement import (
    Asked,
    ask_which_file,
    modal_of_file,
    modal_of_reading,
)
from odps_bot.interactions.edit_run import edit_run
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.interactions.statement_notes import NOTES
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.beginnings import has_statement, looks_like_sql

_NO_OPTIONS = RunOptions(sql="")


def modal_of_message(
    message: Mapping[str, Any], request: Request, services: Services, *, own_id: str | None = None
) -> Answer:
    """Return the modal with the statement of a message, or of the SQL file that came with it.

    What could not be read, or left out, is said in it. Of several files the question is returned
    which one is meant. `own_id` is the bot's user id: a message may be a command, too.
    A card of ours means its run: it may show no more than the beginning of the statement.
    """
    if run := _run_of_card(message, request, services):
        return edit_run(run, request, services)
    asked, reading = _read(read_written(message, own_id=own_id), own_id)
    files = sql_files_of(files_of(message), services.of_team(request.team_id))
    is_sql = looks_like_sql(reading.sql) or reading.has_gaps or bool(reading.more)
    if files.readable:
        return _modal_of_files(files, asked, request, services, has_sql=is_sql)
    if files.refused and not is_sql:
        note = "\n".join(f":warning: {why}" for why in files.refused)
        return run_modal_view(request, services, options=asked.options, note=note)
    return modal_of_reading(reading, asked, request, services)


def _read(written: Written, own_id: str | None) -> tuple[Asked, Reading]:
    """Return the statement of a message, which may be a command with its options."""
    addressed = written.without_mentions(own_id)
    verb, rest = split_verb(addressed.text)
    name = bare(verb)
    if name in {"run", "cost"}:
        try:
            options, rest = split_run_options(rest)
        except UsageError:
            options = _NO_OPTIONS
        reading = read_regions(addressed.behind(rest))
        is_to_us = addressed is not written or not addressed.text.lstrip().startswith(verb)
        if is_to_us or options != _NO_OPTIONS or looks_like_sql(reading.sql):
            return Asked(options=options, is_estimate=name == "cost"), reading
    return Asked(options=_NO_OPTIONS), read_regions([written.own, *written.others])


def _modal_of_files(
    files: SqlFiles, asked: Asked, request: Request, services: Services, *, has_sql: bool
) -> Answer:
    if has_sql:
        return run_modal_view(request, services, note=NOTES["file_and_sql"])
    if len(files.readable) > 1:
        return ask_which_file(files.readable, asked, request, services)
    return modal_of_file(files.readable[0], asked, request, services)


def _run_of_card(message: Mapping[str, Any], request: Request, services: Services) -> Run | None:
    ts = str(message.get("ts") or "")
    run = services.stores.runs.at_message(request.team_id, request.channel_id, ts) if ts else None
    is_card = run is not None and ts in {run.card_ts, *run.gone_cards}
    return run if is_card and run and has_statement(run.sql) else None
