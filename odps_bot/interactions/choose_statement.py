"""Ask which statement of a message is to be run; the button opens the run modal with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import RunOptions
from odps_bot.input.slack_message.files import as_kept, name_of
from odps_bot.input.slack_message.pieces import has_gap
from odps_bot.input.slack_message.reader import Note, Reading
from odps_bot.input.sql_file import (
    UnreadableFileError,
    check_length,
    name_in_words,
    read_sql_file,
)
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.interactions.statement_notes import NOTES, notes_in_words, whom_to_notify
from odps_bot.messages import Message, Modal
from odps_bot.messages import text as t
from odps_bot.messages.replies.statement_choice import Choice, statement_choice
from odps_bot.services import Services
from odps_bot.sql.beginnings import looks_like_sql
from odps_bot.store.drafts import Draft

#: More are not offered: whoever has more pastes the one they mean.
MOST_CHOICES = 5


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How what is chosen is to be run."""

    options: RunOptions
    is_estimate: bool = False


def ask_which_code(reading: Reading, asked: Asked, request: Request, services: Services) -> Answer:
    """Return the modal with the statement where one can be opened, else the question."""
    if request.trigger_id:
        return modal_of_reading(reading, asked, request, services)
    statements = [reading.sql, *reading.more]
    first_only = tuple(note for note in reading.notes if note is not Note.MORE)
    note = notes_in_words(replace(reading, notes=first_only))
    drafts = [
        msgspec.structs.replace(
            _draft(asked, request),
            sql=sql,
            has_gaps=has_gap(sql) and (bool(place) or reading.has_gaps),
        )
        for place, sql in enumerate(statements[:MOST_CHOICES])
    ]
    drafts[0] = msgspec.structs.replace(drafts[0], note=note)
    choices = [
        Choice(draft_id=services.stores.drafts.keep(draft), text=draft.sql) for draft in drafts
    ]
    return statement_choice(
        choices,
        note=note,
        left=max(0, len(statements) - MOST_CHOICES),
    )


def ask_which_file(
    files: Sequence[Mapping[str, Any]], asked: Asked, request: Request, services: Services
) -> Message:
    """Return the question which of these files is to be run."""
    choices = [
        Choice(
            draft_id=services.stores.drafts.keep(
                msgspec.structs.replace(_draft(asked, request), file=as_kept(file))
            ),
            text=name_of(file) or "the file",
            is_file=True,
        )
        for file in files[:MOST_CHOICES]
    ]
    return statement_choice(choices, left=max(0, len(files) - MOST_CHOICES))


def open_choice(draft_id: str, request: Request, services: Services) -> Answer:
    """Return the modal with what was chosen. Raises CommandError when it has expired."""
    draft = services.stores.drafts.get(draft_id, team_id=request.team_id, user_id=request.user_id)
    if draft is None:
        raise CommandError(
            "This question expired after an hour. Nothing was submitted. Send your message again."
        )
    place = replace(
        request,
        channel_id=draft.channel_id or request.channel_id,
        thread_ts=draft.thread_ts or request.thread_ts,
    )
    asked = Asked(options=_options(draft), is_estimate=draft.is_estimate)
    if draft.file is not None:
        return modal_of_file(draft.file, asked, place, services)
    return run_modal_view(
        place,
        services,
        options=asked.options,
        note=_lines(whom_to_notify(asked.options), draft.note),
        source="the message",
        has_gaps=draft.has_gaps,
        is_estimate=draft.is_estimate,
    )


def modal_of_reading(reading: Reading, asked: Asked, request: Request, services: Services) -> Modal:
    """Return the modal with the statement of a message, and with what is to be known about it."""
    check_length(reading.sql)
    return run_modal_view(
        request,
        services,
        options=replace(asked.options, sql=reading.sql),
        note=_lines(whom_to_notify(asked.options), notes_in_words(reading)),
        source="the message",
        has_gaps=reading.has_gaps,
        is_estimate=asked.is_estimate,
    )


def modal_of_file(
    file: Mapping[str, Any], asked: Asked, request: Request, services: Services
) -> Modal:
    """Return the modal with the statement of a file, or why it can't be read."""
    whom = whom_to_notify(asked.options)
    try:
        sql = read_sql_file(file, services.of_team(request.team_id)).strip()
    except UnreadableFileError as error:
        unreadable = f":warning: {name_in_words(file)}: {t.escape(str(error))}"
        note = _lines(whom, unreadable)
        return run_modal_view(request, services, options=asked.options, note=note)
    doubt = "" if looks_like_sql(sql) else NOTES["doubtful" if sql else "no_sql"]
    return run_modal_view(
        request,
        services,
        options=replace(asked.options, sql=sql),
        note=_lines(whom, doubt),
        source=name_of(file) or "the file",
        is_estimate=asked.is_estimate,
    )


def _lines(*notes: str) -> str:
    return "\n".join(filter(None, notes))


def _draft(asked: Asked, request: Request) -> Draft:
    options = asked.options
    return Draft(
        team_id=request.team_id,
        user_id=request.user_id,
        sql="",
        is_estimate=asked.is_estimate,
        project=options.project,
        priority=options.priority,
        quota=options.quota,
        interactive=options.interactive,
        hints=options.hints,
        notify=options.notify,
        unknown_people=options.unknown_people,
        channel_id=request.channel_id,
        thread_ts=request.thread_ts,
    )


def _options(draft: Draft) -> RunOptions:
    return RunOptions(
        sql=draft.sql,
        project=draft.project,
        priority=draft.priority,
        quota=draft.quota,
        interactive=draft.interactive,
        hints=draft.hints,
        notify=draft.notify,
        unknown_people=draft.unknown_people,
    )
