"""`/odps watch`: take up an instance that was started anywhere, and follow it here."""

from dataclasses import replace

from odps_bot.commands import lookup
from odps_bot.commands.command import Command
from odps_bot.commands.request import Answer, Request
from odps_bot.commands.run import accept, allowed_project
from odps_bot.commands.typed_text import take_option
from odps_bot.errors import UsageError
from odps_bot.messages import answers
from odps_bot.messages import text as t
from odps_bot.runs import Run, RunState
from odps_bot.services import Services

USAGE = "/odps watch [--project P] INSTANCE"


def answer(request: Request, services: Services) -> Answer:
    """Keep a run that takes the instance up; a worker finds out what it is."""
    project, rest = take_option(request.text, "project", "p")
    wanted = lookup.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None or not lookup.INSTANCE_ID.fullmatch(wanted):
        raise UsageError("I need the id of an instance. Nothing was changed.", usage=USAGE)
    if run := lookup.find_run(request, services, wanted):
        return answers.plain(f"I follow it already: it is run {t.code(run.name)}.")
    run = Run(
        run_id=request.ask_id,
        name="",
        team_id=request.team_id,
        channel_id=request.channel_id,
        user_id=request.user_id,
        project=allowed_project(project, services),
        sql=f"-- instance {wanted}",
        adopts=wanted,
        state=RunState.ASKED,
        asked_at=services.clock(),
    )
    accept(run, request, services)
    return None


COMMAND = Command(
    name="watch",
    usage=USAGE,
    summary="Follow an instance here that was started anywhere",
    examples=(
        "/odps watch 20261122093000123g1a2b3c4",
        "/odps watch --project analytics 20261122093000123g1a2b3c4",
    ),
    answer=answer,
)
