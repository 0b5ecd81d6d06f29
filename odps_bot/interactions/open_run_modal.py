"""The modal in which a statement is written: opened by a command, a shortcut, or the App Home."""

from dataclasses import replace

import msgspec

from odps_bot.authorization import require_permission, require_permission_somewhere
from odps_bot.input.projects import default_project, projects_here
from odps_bot.input.request import Request
from odps_bot.input.run_options import RunOptions
from odps_bot.interactions.default_project import lost_project_in_words
from odps_bot.messages import Modal
from odps_bot.messages.modals import run_modal
from odps_bot.messages.modals.run_modal import FIELD_CHARACTERS, ModalContext, RunModal
from odps_bot.messages.sentences import SENTENCES
from odps_bot.policy.effective_role import Permission
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
) -> Modal:
    """Return the modal, filled in with `options` as far as it goes.

    The card goes where the person is, else where they choose. A statement that is too long for a
    field is kept for them; `source` says where it is. `note` is mrkdwn. With `has_gaps` the
    statement can't be submitted until its gaps are filled in. Raises DeniedError for people who may
    not run anything.
    """
    if request.channel_id:
        require_permission(request, services, Permission.READ)
        projects = projects_here(request, services)
    else:
        # Whether the channel that they choose allows it is checked on submission.
        require_permission_somewhere(request, services, Permission.READ)
        projects = services.settings.projects
    preferences = services.stores.preferences.get(request.team_id, request.user_id)
    lost_project = lost_project_in_words(preferences, request, services)
    context = ModalContext(
        channel_id=request.channel_id, thread_ts=request.thread_ts or "", has_gaps=has_gaps
    )
    if has_gaps and len(options.sql) > FIELD_CHARACTERS:
        # Gaps are filled in in a field.
        options, note = replace(options, sql=""), SENTENCES.message_notes["too_long"]
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
            hints="\n".join(f"{key}={value}" for key, value in options.hints.items()),
            notify=options.notify,
            is_estimate=is_estimate,
            note=note or ("" if options.project else lost_project),
            source=source,
            context=context,
        )
    )
