"""*Edit & run*: the run modal, filled in with the statement and the options of a run."""

from collections.abc import Callable
from dataclasses import replace

from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request, Surface
from odps_bot.input.run_options import RunOptions, is_quota
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.messages.modals.run_modal import PRIORITIES
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.messages.run.edited_run import why_to_edit
from odps_bot.messages.run_link import run_link
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.sql.job_settings import QUOTA


def edit_run(
    run: Run,
    request: Request,
    services: Services,
    *,
    change: Callable[[RunOptions], RunOptions] = lambda options: options,
    note: str = "",
    focus: str = "",
) -> Answer:
    """Return the modal with all that the run was, to be changed and run as a new one.

    `change` is what is changed already, which `note` (mrkdwn) says; `focus` names the field to
    begin with. Raises CommandError if its statement isn't known, DeniedError for people who may
    not run anything there.
    """
    if not is_sql_known(run):
        raise CommandError(
            f"MaxCompute doesn't give me the statement of run {run_link(run)}. Nothing was"
            " submitted."
        )
    return run_modal_view(
        _place_of_card(run, request),
        services,
        options=change(_options_of(run)),
        note=note or why_to_edit(run),
        source=f"run {run.name}",
        edited=run,
        focus=focus,
    )


def _place_of_card(run: Run, request: Request) -> Request:
    """Return where the card goes: where the person is, unless the run isn't from there.

    In the App Home and in direct messages they choose; the channel of the run is chosen already.
    """
    is_direct = request.channel_id.startswith("D") and request.channel_id != run.channel_id
    if request.surface is Surface.HOME or is_direct:
        return replace(request, channel_id="", thread_ts=None)
    return request


def _options_of(run: Run) -> RunOptions:
    """Return the run's options; a value that no field takes stays a setting."""
    hints = dict(run.hints)
    quota = hints.get(QUOTA, "")
    if is_quota(quota):
        del hints[QUOTA]
    return RunOptions(
        sql=run.sql.strip(),
        project=run.project,
        priority=run.priority if run.priority in PRIORITIES else None,
        quota=quota if is_quota(quota) else "",
        interactive=run.interactive,
        hints=hints,
        notify=run.notify,
    )
