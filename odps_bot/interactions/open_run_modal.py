"""The modal in which a statement is written: opened by a command, a shortcut, or the App Home."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from odps_bot.authorization import require_permission, require_permission_somewhere
from odps_bot.input.projects import default_project, projects_here
from odps_bot.input.request import Request
from odps_bot.input.run_options import RunOptions
from odps_bot.interactions.default_project import lost_project_in_words
from odps_bot.messages import Modal
from odps_bot.messages import text as t
from odps_bot.messages.modals import run_modal
from odps_bot.messages.modals.run_modal import FIELD_CHARACTERS, ModalContext, RunModal
from odps_bot.messages.run.buttons import get_file_button
from odps_bot.messages.run.edited_run import place_of_error
from odps_bot.messages.sentences import SENTENCES
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.store.drafts import Draft

_EMPTY = RunOptions(sql="")


def run_modal_view(
    request: Request,
    services: Services,
    *,
    options: RunOptions = _EMPTY,
    note: str = "",
    source: str = "your command",
    has_gaps: bool = False,
    is_estimate: bool = False,
    edited: Run | None = None,
    focus: str = "",
) -> Modal:
    """Return the modal, filled in with `options` as far as it goes; `edited`: those of a run.

    The card goes where the person is, else where they choose. A statement that is too long for a
    field is kept for them; `source` says where it is. `note` is mrkdwn. With `has_gaps` the
    statement can't be submitted until its gaps are filled in. `focus` names the field to begin
    with. Raises DeniedError for people who may not run anything.
    """
    projects = _projects(request, services)
    preferences = services.stores.preferences.get(request.team_id, request.user_id)
    if not options.project:
        note = note or lost_project_in_words(preferences, request, services)
    context = _context(request, edited, has_gaps=has_gaps)
    if has_gaps and len(options.sql) > FIELD_CHARACTERS:
        # Gaps are filled in in a field.
        options, note = replace(options, sql=""), SENTENCES.message_notes["too_long"]
    options, moved = _with_fitting_settings(options)
    if len(options.sql) > FIELD_CHARACTERS:
        draft = Draft(team_id=request.team_id, user_id=request.user_id, sql=options.sql)
        draft_id = services.stores.drafts.keep(draft)
        context = msgspec.structs.replace(context, draft_id=draft_id)
    return run_modal.run_modal_view(
        RunModal(
            projects=projects,
            project=options.project
            if options.project in projects
            else default_project(request, services, preferences),
            sql=options.sql,
            priority=options.priority,
            quota=options.quota,
            interactive=options.interactive,
            hints="\n".join(f"{key}={value}" for key, value in options.hints.items()),
            notify=options.notify,
            is_estimate=is_estimate,
            note="\n".join(filter(None, (note, _missing_project(options, projects), moved))),
            source=source,
            excerpt=place_of_error(edited) if edited else "",
            edited=edited.name if edited else "",
            file_button=get_file_button(edited) if edited else None,
            focus=focus,
            context=context,
        )
    )


def _projects(request: Request, services: Services) -> tuple[str, ...]:
    """Return what the person can choose. Raises DeniedError if they may not run anything."""
    if request.channel_id:
        require_permission(request, services, Permission.READ)
        return projects_here(request, services)
    # Whether the channel that they choose allows it is checked on submission.
    require_permission_somewhere(request, services, Permission.READ)
    return services.settings.projects


def _context(request: Request, edited: Run | None, *, has_gaps: bool) -> ModalContext:
    """Return where the card goes; where that is to be chosen, the place of the run is filled in."""
    context = ModalContext(
        channel_id=request.channel_id, thread_ts=request.thread_ts or "", has_gaps=has_gaps
    )
    if edited is None:
        return context
    context = msgspec.structs.replace(context, edited_run_id=edited.run_id)
    if request.channel_id:
        return context
    return msgspec.structs.replace(
        context, place_id=edited.channel_id, thread_ts=edited.thread_ts or ""
    )


def _missing_project(options: RunOptions, projects: Sequence[str]) -> str:
    if options.project is None or options.project in projects:
        return ""
    return (
        f":warning: Project {t.code(options.project)} isn't available here. Check which one is"
        " chosen below."
    )


def _with_fitting_settings(options: RunOptions) -> tuple[RunOptions, str]:
    """Return the options with no more settings than their field takes, and what became of others.

    `set` lines before the statement do the same.
    """
    left = FIELD_CHARACTERS
    fitting: dict[str, str] = {}
    # In a `set` line a semicolon would end the value.
    for key, value in sorted(options.hints.items(), key=lambda item: ";" not in item[1]):
        left -= len(key) + len(value) + 2
        if left >= 0:
            fitting[key] = value
    moved = {key: value for key, value in options.hints.items() if key not in fitting}
    if not moved:
        return options, ""
    lines = "".join(f"set {key}={value};\n" for key, value in moved.items())
    note = "Some settings don't fit in their field: they are `set` lines before the statement."
    return replace(options, hints=fitting, sql=lines + options.sql), note
