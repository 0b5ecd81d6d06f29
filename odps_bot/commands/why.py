"""`/odps why`: why a job is slow or queued, phase by phase; alone, which jobs are in trouble."""

from dataclasses import replace

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.links import instance_meant, job_meant
from odps_bot.input.options import take_option
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.inquire import enqueue_inquiry, inquire
from odps_bot.messages.replies.instances import read_instance_value
from odps_bot.messages.replies.why import nothing_to_explain
from odps_bot.policy.effective_role import Permission
from odps_bot.replies.inquiries import FindingsInquiry
from odps_bot.runs import Run
from odps_bot.services import Services

USAGE = "/odps why [--project P] [ID]"

#: What people say besides: `@odps why is this run so slow?`
_FILLERS = frozenset(
    {"is", "are", "it", "this", "that", "my", "the", "so", "still", "not", "done", "yet", "does"}
    | {"take", "taking", "long", "slow", "slowly", "queued", "stuck", "waiting", "running", "was"}
    | {"job", "jobs", "run", "runs", "query", "instance", "hanging", "did"}
)


def answer(request: Request, services: Services) -> Answer:
    """Enqueue an inquiry about one job, or about all jobs here that have a finding."""
    project, rest = take_option(request.text, "project", "p")
    require_permission(request, services, Permission.SEE)
    meant_words = [word for word in rest.split() if _bare(word) not in _FILLERS]
    asked = replace(request, text=" ".join(meant_words))
    wanted = find_run.identifier(asked, services, usage=USAGE)
    if wanted is None:
        return _list_findings(project, request, services)
    meant = job_meant(wanted.rstrip("?!"), request, services, project=project)
    if isinstance(meant, Run):
        return why_of(meant, request, services)
    return _ask(*meant, request, services)


def why_of(run: Run, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry about this run; what has no instance is explained from its record."""
    require_permission(request, services, Permission.SEE)
    if run.instance_id is None:
        return nothing_to_explain(run)
    return inquire(request, services, "why", run.project, run.instance_id, name=run.name)


def why_of_value(value: str, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry about the run or the instance that a button names."""
    if " " not in value:
        return why_of(find_run.visible_run(value, request, services), request, services)
    named = read_instance_value(value)
    meant = instance_meant(named[1], request, services, project=named[0]) if named else None
    if meant is None:
        raise CommandError("This button no longer works. Use `/odps why ID`.")
    # One of another channel's run is refused here.
    run = find_run.find_run(request, services, meant[1])
    return why_of(run, request, services) if run else _ask(*meant, request, services)


def _ask(project: str, instance_id: str, request: Request, services: Services) -> Answer:
    require_permission(request, services, Permission.SEE, project=project)
    return inquire(request, services, "why", project, instance_id)


def _list_findings(project: str | None, request: Request, services: Services) -> Answer:
    project = allowed_project(project, request, services)
    require_permission(request, services, Permission.SEE, project=project)
    inquiry = FindingsInquiry(
        **request.who,
        project=project,
        is_external=request.is_external,
        is_membership_unknown=request.is_membership_unknown,
    )
    return enqueue_inquiry(
        request, services, inquiry, note="Still asking MaxCompute for its jobs …"
    )


def _bare(word: str) -> str:
    return word.lower().strip("`'\"*.,;?!")


COMMAND = Command(
    usage=USAGE,
    summary="Say why a job is slow or queued, and what helps; without an ID, which jobs are",
    group=Group.FOLLOW,
    examples=("/odps why r42", "/odps why", "/odps why 20261122093000123g1a2b3c4"),
    answer=answer,
)
