"""Find the run that a person means."""

import difflib
import re
from collections.abc import Sequence

from odps_bot.authorization import can_decide_apart
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError, UsageError
from odps_bot.input.options import refuse_options
from odps_bot.input.request import Request, Surface
from odps_bot.messages import text as t
from odps_bot.messages.denials import belongs_elsewhere, belongs_to_workspace
from odps_bot.operations.logs import hide_secrets
from odps_bot.runs import Run
from odps_bot.services import Services

#: How many runs are searched for "mine and this channel's".
SEARCHED_RUNS = 20

#: The same among the team's active runs.
SEARCHED_OPEN_RUNS = 200

RUN_NAME = re.compile(r"[rR]\d{1,9}")

#: `yyyyMMddHHmmssSSS` in UTC, a letter, and a random part.
INSTANCE_ID = re.compile(r"\d{17}[0-9A-Za-z_]{1,46}")


class UnknownRunError(CommandError):
    """No run has the id."""


def identifier(request: Request, services: Services, *, usage: str) -> str | None:
    """Return the ID that was typed, or None if there isn't one. Raises UsageError for more.

    An option that is left in the text is unknown, and raises one as well.
    Without one, in the thread of a run, that run is meant.
    """
    words = request.text.split()
    refuse_options(request.text, usage=usage)
    if not words:
        return run_of_thread(request, services)
    if len(words) > 1:
        raise UsageError("Name one ID at a time.", usage=usage)
    return words[0].strip("`'\"*.,;")


def run_of_thread(request: Request, services: Services) -> str | None:
    """Return the name of the run in whose thread the person is, or None."""
    if request.thread_ts is None:
        return None
    run = services.stores.runs.at_message(request.team_id, request.channel_id, request.thread_ts)
    return run.name if run else None


def known_run(
    request: Request, services: Services, wanted: str, *, if_instance: str | None = None
) -> Run:
    """Return the run that `wanted` names. Raises CommandError if unknown, else as `find_run`.

    `if_instance` is what the error says about the id of an instance that no run belongs to.
    """
    run = find_run(request, services, wanted)
    if run is None and if_instance and INSTANCE_ID.fullmatch(wanted):
        raise CommandError(if_instance.format(t.code(wanted), t.code(f"/odps watch {wanted}")))
    if run is None:
        raise unknown_run(request, services, wanted)
    return run


def find_run(request: Request, services: Services, wanted: str) -> Run | None:
    """Return the run that `wanted` names, if this person may see it here; None if unknown.

    Raises DeniedError for a run of another channel, or of another workspace, and for the id of its
    estimate or of one of its steps; where those are the person's to see, they are still no run.
    """
    if not (RUN_NAME.fullmatch(wanted) or INSTANCE_ID.fullmatch(wanted)):
        return None
    run = services.stores.runs.find(request.team_id, wanted)
    owner = run or services.stores.owners.find(wanted)
    if owner is None:
        return None
    if owner.team_id != request.team_id:
        raise DeniedError(belongs_to_workspace(wanted), Denial(code=DenialCode.OTHER_WORKSPACE))
    if not request.sees(owner):
        raise DeniedError(
            belongs_elsewhere(owner, wanted),
            Denial(code=DenialCode.OTHER_CHANNEL, project=run.project if run else ""),
        )
    return run


def remembered_run(run_id: str, request: Request, services: Services) -> Run:
    """Return the run that a button or a modal names. Raises CommandError if there is no record."""
    run = services.stores.runs.get(run_id)
    # A colleague's click may name another workspace of the organization.
    is_ours = run is not None and (run.team_id == request.team_id or run.user_id == request.user_id)
    if run is None or not is_ours:
        raise CommandError("I no longer have a record of this run. Nothing was changed.")
    return run


def visible_run(run_id: str, request: Request, services: Services) -> Run:
    """Return the run that a button names, if this person may see it here.

    Raises CommandError when it is gone, DeniedError when it is another channel's.
    """
    run = remembered_run(run_id, request, services)
    if not request.sees(run):
        raise DeniedError(
            "This run belongs to another channel. Nothing was changed.",
            Denial(code=DenialCode.OTHER_CHANNEL, project=run.project),
        )
    return run


def decidable_run(run_id: str, request: Request, services: Services) -> Run:
    """Return the run of a question, if this person may see it here or is one who is asked.

    Approvers are asked in their Home and by direct message, too. Raises what `visible_run` raises.
    """
    is_private = request.surface is Surface.HOME or request.channel_id.startswith("D")
    run = remembered_run(run_id, request, services)
    if not request.sees(run) and is_private and can_decide_apart(run, request, services):
        return run
    return visible_run(run_id, request, services)


def my_runs(request: Request, services: Services) -> list[Run]:
    """Return the person's and the channel's newest runs, newest first."""
    found = {
        run.run_id: run
        for place in (request.user_id, request.channel_id)
        for run in services.stores.runs.recent(request.team_id, place, limit=SEARCHED_RUNS)
    }
    return sorted(found.values(), key=lambda run: run.requested_at, reverse=True)


def my_open_runs(
    request: Request, services: Services, *, newest: Sequence[Run] | None = None
) -> list[Run]:
    """Return the person's and the channel's active runs, newest first.

    `newest` are what `my_runs` returns, if it has been asked for already.
    """
    team = services.stores.runs.open_runs(request.team_id, limit=SEARCHED_OPEN_RUNS)
    newest = my_runs(request, services) if newest is None else newest
    here = {run.run_id: run for run in newest if not run.is_final}
    here |= {
        run.run_id: run
        for run in team
        if run.user_id == request.user_id or run.channel_id == request.channel_id
    }
    return sorted(here.values(), key=lambda run: run.requested_at, reverse=True)


def unknown_run(request: Request, services: Services, wanted: str) -> UnknownRunError:
    """Return the error for an unknown id, with the most similar known one."""
    names = [run.name for run in my_runs(request, services)]
    near = difflib.get_close_matches(wanted.lower(), names, n=1, cutoff=0.5)
    hint = f" Did you mean {t.code(near[0])}?" if near else ""
    return UnknownRunError(
        f"There is no run {t.code(hide_secrets(wanted)[:80])}.{hint} `/odps status` lists your and"
        " this channel's runs; `/odps watch ID` follows an instance."
    )
