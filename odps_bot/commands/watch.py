"""`/odps watch`: follow an instance here, wherever it was started."""

import hashlib
from dataclasses import replace

from odps_bot.authorization import require_permission
from odps_bot.commands.run import accept
from odps_bot.errors import CommandError, UsageError
from odps_bot.input import find_run
from odps_bot.input.command import Command
from odps_bot.input.links import instance_meant
from odps_bot.input.options import take_option
from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies.instances import read_instance_value
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import lifecycle
from odps_bot.services import Services

USAGE = "/odps watch [--project P] ID"


def answer(request: Request, services: Services) -> Answer:
    """Store a run that tracks the instance; a worker finds out what it is."""
    project, rest = take_option(request.text, "project", "p")
    wanted = find_run.identifier(replace(request, text=rest), services, usage=USAGE)
    meant = instance_meant(wanted or "", request, services, project=project)
    if meant is None:
        raise UsageError(
            "I need an instance ID or a Logview link. Nothing was changed.",
            usage=USAGE,
        )
    return _follow(*meant, request, services)


def watch_instance(value: str, request: Request, services: Services) -> Answer:
    """Follow the instance that a button names; a second click does nothing more."""
    meant = read_instance_value(value)
    if meant is None or not find_run.INSTANCE_ID.fullmatch(meant[1]):
        raise CommandError("This button no longer works. Nothing was changed.")
    found = instance_meant(meant[1], request, services, project=meant[0])
    message = _follow(*(found or meant), request, services)
    return message or Message(":eyes: Following it now; see the card.")


def _follow(project: str, instance_id: str, request: Request, services: Services) -> Answer:
    require_permission(request, services, Permission.WATCH, project=project)
    if run := find_run.find_run(request, services, instance_id):
        return Message(f"Already following it as run {t.code(run.name)}.")
    if not request.channel_id:
        raise CommandError("I need a channel to post the card in. Use `/odps watch` in a channel.")
    run = lifecycle.accept(
        run_id=_run_id(request, project, instance_id),
        **request.who,
        thread_ts=request.thread_ts,
        project=project,
        sql=f"-- instance {instance_id}",
        tracked_instance_id=instance_id,
        requested_at=services.clock(),
    )
    accept(run, request, services)
    return None


def _run_id(request: Request, project: str, instance_id: str) -> str:
    """Return one id for all clicks on a button, and for all deliveries of a command."""
    if not request.answers_question:
        return request.interaction_id
    place = f"{request.team_id}:{request.channel_id}:{request.user_id}:{project}:{instance_id}"
    return hashlib.sha256(f"watch:{place}".encode()).hexdigest()[:24]


COMMAND = Command(
    usage=USAGE,
    summary="Follow an instance here, wherever it was started",
    examples=(
        "/odps watch 20261122093000123g1a2b3c4",
        "/odps watch --project analytics 20261122093000123g1a2b3c4",
        "/odps watch https://logview.aliyun.com/logview/?h=…&p=sandbox&i=20261122093000123g1a2b3c4",
    ),
    answer=answer,
    permission=Permission.WATCH,
)
