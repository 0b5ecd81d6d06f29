"""What was entered in the run modal: checked field by field, then run or estimated."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from odps_bot.commands import cost
from odps_bot.commands.run import start
from odps_bot.input.replacement import ReplacementError, replace_text
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import BadHintError, RunOptions, is_quota, parse_hints
from odps_bot.input.slack_message.pieces import GAP_CLOSES, GAP_OPENS, has_gap
from odps_bot.input.sql_file import SQL_BYTES, UnreadableFileError, read_sql_file
from odps_bot.input.sql_input import normalize_sql
from odps_bot.listeners.error_boundary import ModalFieldError
from odps_bot.messages import text as t
from odps_bot.messages.modals import run_modal
from odps_bot.messages.modals.run_modal import PRIORITIES, ModalContext
from odps_bot.services import Services
from odps_bot.sql.beginnings import has_statement

#: A longer file may take more than the three seconds in which Slack wants to know whether the modal
#: may close; that of a message is read without such a limit.
MODAL_BYTES = 1_000_000

#: How much of a gap an error quotes.
GAP_SHOWN = 80


@dataclass(frozen=True, kw_only=True)
class SubmittedModal:
    """The input as Slack reports it, unchecked."""

    context: ModalContext
    project: str
    sql: str
    file: Mapping[str, Any] | None  #: Slack's file object
    old_text: str  #: of a kept statement, to be replaced by the next one
    new_text: str
    is_everywhere: bool
    is_estimate: bool
    priority: str
    quota: str
    interactive: bool | None
    hints: str
    notify: tuple[str, ...]
    channel_id: str  #: that was chosen, if the modal asks for one

    def placed(self, request: Request) -> Request:
        """Return the request with the channel and thread of the card."""
        channel_id = self.context.channel_id or self.channel_id
        # The thread of a run is in its channel; whoever chooses another one has left it.
        has_left = self.context.place_id not in {"", channel_id}
        thread_ts = None if has_left else self.context.thread_ts or None
        return replace(request, channel_id=channel_id, thread_ts=thread_ts)

    @property
    def first_field(self) -> str:
        """A field that the modal has in any case, for what concerns no field."""
        return run_modal.PROJECT if self.context.draft_id else run_modal.SQL


def submit(modal: SubmittedModal, request: Request, services: Services) -> Answer:
    """Start the run, or request its estimate.

    `request` has the channel of the card. Submitting a modal twice makes one run: its
    `deduplication_key` is the modal's. Raises ModalFieldError, and CommandError for the rest.
    """
    options = _of_run(_read_options(modal, request, services), modal, request, services)
    if modal.is_estimate:
        return cost.ask(
            request,
            services,
            sql=options.sql,
            project=modal.project,
            hints=options.all_hints,
            priority=options.priority,
            interactive=options.interactive,
            notify=options.notify,
            edited_from=options.edited_from,
            edited_from_url=options.source_url,
        )
    return start(options, request, services)


def _read_options(modal: SubmittedModal, request: Request, services: Services) -> RunOptions:
    errors = dict(_find_wrong_choices(modal, request, services))
    hints: dict[str, str] = {}
    sql = ""
    try:
        hints = parse_hints(modal.hints.splitlines())
    except BadHintError as error:
        errors[run_modal.HINTS] = str(error)
    try:
        sql = _read_statement(modal, request, services)
    except ModalFieldError as error:
        errors |= error.errors
    if errors:
        raise ModalFieldError(**errors)
    return RunOptions(
        sql=sql,
        project=modal.project,
        priority=int(modal.priority) if modal.priority else None,
        quota=modal.quota,
        interactive=modal.interactive,
        hints=hints,
        notify=modal.notify,
    )


def _of_run(
    options: RunOptions, modal: SubmittedModal, request: Request, services: Services
) -> RunOptions:
    """Return the options with the run that they come from, as far as the person may see it."""
    run_id = modal.context.edited_run_id
    run = services.stores.runs.get_readable(run_id) if run_id else None
    if run is None or not request.sees(run):
        return options
    was = (run.sql.strip(), run.project, run.hints, run.priority, run.interactive)
    now = (options.sql, options.project, options.all_hints, options.priority, options.interactive)
    if was == now:
        return replace(options, rerun_of=run.name, source_url=run.card_url)
    return replace(options, edited_from=run.name, source_url=run.card_url)


def _find_wrong_choices(
    modal: SubmittedModal, request: Request, services: Services
) -> Iterator[tuple[str, str]]:
    if not request.channel_id:
        yield run_modal.PLACE, "Choose a channel for the card."
    if modal.project not in services.settings.projects:
        yield run_modal.PROJECT, "This project is no longer available."
    if modal.quota and not is_quota(modal.quota):
        yield run_modal.QUOTA, "This isn't a quota name."
    if modal.priority and modal.priority not in {str(number) for number in PRIORITIES}:
        yield run_modal.PRIORITY, "Choose a number from the list."


def _read_statement(modal: SubmittedModal, request: Request, services: Services) -> str:
    if modal.file is not None and (modal.sql.strip() or modal.old_text):
        raise ModalFieldError(
            **{run_modal.FILE: "You entered SQL and attached a file. Keep one of them."}
        )
    if modal.file is not None:
        return _read_file(modal.file, request, services)
    if modal.context.draft_id:
        return _read_draft(modal, request, services)
    if modal.context.has_gaps and has_gap(modal.sql):
        raise ModalFieldError(**{run_modal.SQL: _fill_in(modal.sql)})
    return _check_statement(normalize_sql(modal.sql), field=run_modal.SQL)


def _read_file(file: Mapping[str, Any], request: Request, services: Services) -> str:
    try:
        text = read_sql_file(file, services.of_team(request.team_id)).strip()
    except UnreadableFileError as error:
        raise ModalFieldError(**{run_modal.FILE: str(error)}) from error
    if len(text.encode()) > MODAL_BYTES:
        raise ModalFieldError(**{run_modal.FILE: _too_long_here()})
    return _check_statement(text, field=run_modal.FILE)


def _too_long_here() -> str:
    return (
        f"This form takes files of at most {MODAL_BYTES:,} bytes. Attach this one to a message that"
        " mentions me, with the word run."
    )


def _read_draft(modal: SubmittedModal, request: Request, services: Services) -> str:
    draft = services.stores.drafts.get(
        modal.context.draft_id, team_id=request.team_id, user_id=request.user_id
    )
    if draft is None:
        raise ModalFieldError(
            **{run_modal.PROJECT: "This form expired after an hour. Please start again."}
        )
    if not modal.old_text:
        if modal.new_text:
            raise ModalFieldError(**{run_modal.OLD_TEXT: "Enter the text to replace."})
        return _check_statement(draft.sql, field=run_modal.PROJECT)
    try:
        sql = replace_text(
            draft.sql, old=modal.old_text, new=modal.new_text, is_everywhere=modal.is_everywhere
        )
    except ReplacementError as error:
        raise ModalFieldError(**{run_modal.OLD_TEXT: str(error)}) from error
    return _check_statement(sql, field=run_modal.NEW_TEXT)


def _fill_in(sql: str) -> str:
    found = re.search(f"{GAP_OPENS}[^{GAP_CLOSES}]*{GAP_CLOSES}", sql)
    shown = " ".join(found[0].split()) if found else f"{GAP_OPENS} or {GAP_CLOSES}"
    return (
        f"Replace {t.beginning(shown, GAP_SHOWN)[:GAP_SHOWN]} with what belongs there, or delete"
        " it."
    )


def _check_statement(sql: str, *, field: str) -> str:
    if not sql:
        raise ModalFieldError(**{field: "Enter SQL or attach a file."})
    if not has_statement(sql):
        raise ModalFieldError(**{field: "There is no SQL to run. Text after -- is a comment."})
    if len(sql.encode()) > SQL_BYTES:
        raise ModalFieldError(**{field: f"The statement is too long: at most {SQL_BYTES:,} bytes."})
    return sql
