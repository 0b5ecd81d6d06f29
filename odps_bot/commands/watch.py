"""`/odps watch`: follow an instance here, wherever it was started."""

import hashlib
from dataclasses import replace

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError, UsageError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import instance_meant
from odps_bot.input.options import take_option
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.inquire import enqueue_inquiry
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies.instances import read_instance_value
from odps_bot.messages.run_link import run_link
from odps_bot.operations.logs import hide_secrets
from odps_bot.policy.effective_role import Permission
from odps_bot.replies.inquiries import WatchInquiry
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps watch [--project P] ID"


def answer(request: Request, services: Services) -> Answer:
    """Have a worker find out whether the instance is there, and follow it then."""
    project, rest = take_option(request.text, "project", "p")
    wanted = find_run.identifier(replace(request, text=rest), services, usage=USAGE)
    if wanted is None:
        raise UsageError(
            "I need an instance ID or a Logview link. Nothing was changed.",
            usage=USAGE,
        )
    if find_run.RUN_NAME.fullmatch(wanted):
        return _already_followed(find_run.known_run(request, services, wanted))
    meant = instance_meant(wanted, request, services, project=project)
    if meant is None:
        shown = t.code(hide_secrets(wanted), limit=80)
        raise CommandError(
            f"{shown} is neither an instance ID nor a Logview link. IDs look like"
            " `20261122093000123g1a2b3c4`. Nothing was changed."
        )
    return _follow(*meant, request, services)


def watch_instance(value: str, request: Request, services: Services) -> Answer:
    """Follow the instance that a button names; a second click does nothing more."""
    meant = read_instance_value(value)
    if meant is None or not find_run.INSTANCE_ID.fullmatch(meant[1]):
        raise CommandError("This button no longer works. Nothing was changed.")
    found = instance_meant(meant[1], request, services, project=meant[0])
    return _follow(*(found or meant), request, services)


def _follow(project: str, instance_id: str, request: Request, services: Services) -> Answer:
    require_permission(request, services, Permission.WATCH, project=project)
    if run := find_run.find_run(request, services, instance_id):
        return _already_followed(run)
    if not request.channel_id:
        raise CommandError("I need a channel to post the card in. Use `/odps watch` in a channel.")
    inquiry = WatchInquiry(
        run_id=_run_id(request, project, instance_id),
        **request.who,
        is_external=request.is_external,
        thread_ts=request.thread_ts,
        project=project,
        instance_id=instance_id,
        requested_at=services.clock(),
    )
    note = f"Still asking MaxCompute about {t.code(instance_id)} …"
    return enqueue_inquiry(request, services, inquiry, note=note)


def _already_followed(run: Run) -> Message:
    return Message(f"Already following it as run {run_link(run)}.")


def _run_id(request: Request, project: str, instance_id: str) -> str:
    """Return one id for all clicks on a button, and for all deliveries of a command."""
    if not request.answers_question:
        return request.interaction_id
    place = f"{request.team_id}:{request.channel_id}:{request.user_id}:{project}:{instance_id}"
    return hashlib.sha256(f"watch:{place}".encode()).hexdigest()[:24]


COMMAND = Command(
    usage=USAGE,
    summary="Follow an instance here, wherever it was started",
    group=Group.FOLLOW,
    examples=(
        "/odps watch 20261122093000123g1a2b3c4",
        "/odps watch --project analytics 20261122093000123g1a2b3c4",
        "/odps watch https://logview.aliyun.com/logview/?h=…&p=sandbox&i=20261122093000123g1a2b3c4",
    ),
    answer=answer,
    permission=Permission.WATCH,
)
