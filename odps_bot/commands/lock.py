"""`/odps lock`: make a project read-only, for example at month's end or during a migration."""

from odps_bot.authorization import require_permission
from odps_bot.errors import UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.options import split_word
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.standing_approvals import end_for_lock
from odps_bot.messages import Message, denials
from odps_bot.messages import text as t
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.project_locks import ProjectLock

USAGE = "/odps lock PROJECT REASON"


def answer(request: Request, services: Services) -> Answer:
    """Lock the project, or change the reason of its lock."""
    project, reason = split_word(request.text)
    if not project:
        raise UsageError(
            "Which project, and why? The reason is shown in every refusal. Nothing was changed.",
            usage=USAGE,
        )
    project = allowed_project(
        project.strip("`'\"*"), request, services, undone="Nothing was changed."
    )
    require_permission(request, services, Permission.LOCK, project=project)
    if not reason.strip():
        raise UsageError(
            f"Give a reason for locking {t.code(project)}: it is shown in every refusal."
            " Nothing was changed.",
            usage=USAGE,
        )
    lock = ProjectLock(
        project=project,
        reason=" ".join(reason.split())[: denials.REASON_CHARACTERS],
        user_id=request.user_id,
        at=services.clock(),
    )
    services.stores.locks.lock(lock)
    services.stores.audit.record(
        lock_decision("lock", request, project=project, detail=lock.reason)
    )
    ended = end_for_lock(project, request, services)
    return Message(denials.was_locked(lock, ended_approvals=ended))


def lock_decision(what: str, request: Request, *, project: str, detail: str = "") -> AuditLine:
    """Return the line of the audit trail about locking or unlocking a project."""
    return AuditLine(
        kind=AuditKind.DECISION,
        what=what,
        **request.who,
        project=project,
        detail=detail,
    )


COMMAND = Command(
    usage=USAGE,
    summary="Make a project read-only, for example at month's end or during a migration",
    group=Group.ADMINISTRATION,
    examples=("/odps lock analytics month's end until Tuesday",),
    answer=answer,
    permission=Permission.LOCK,
)
