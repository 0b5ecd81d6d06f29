"""Ask again, right before a run is submitted, whether its requester may still have it.

Between the command and the submission a project may have been locked, or a role taken away. Whose
instance somebody wants to follow, only a worker can find out.
"""

from odps_bot.authorization import ChannelMember, require_permission, require_run_permission
from odps_bot.errors import Denial, DeniedError
from odps_bot.messages.denials import denial_in_words
from odps_bot.policy.effective_role import Permission
from odps_bot.policy.visibility import why_hidden
from odps_bot.runs import Outcome, ReasonCode, Run
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from workers.polling.ownership import Ownership


def why_denied(run: Run, services: Services) -> Outcome | None:
    """Return why the run may no longer be submitted; None when it may.

    A denial is in the audit trail.
    """
    try:
        require_run_permission(run, services)
    except DeniedError as error:
        return _denied(run, error.denial, services)
    return None


def why_not_followed(run: Run, ownership: Ownership, services: Services) -> Outcome | None:
    """Return why the instance that the run would follow is not for its requester; None if it is.

    A denial is in the audit trail.
    """
    owner = ownership.owner
    if owner is not None:
        place = {"team_id": run.team_id, "channel_id": run.channel_id, "user_id": run.user_id}
        code = why_hidden(owner, **place)
        if code is None:
            return None
        denial = Denial(code=code, permission=Permission.WATCH, project=run.project)
        return _denied(run, denial, services)
    if ownership.is_known:
        return None
    requester = ChannelMember(
        user_id=run.user_id, channel_id=run.channel_id, is_external=run.is_external
    )
    try:
        require_permission(requester, services, Permission.SEE_UNATTRIBUTED, project=run.project)
    except DeniedError as error:
        return _denied(run, error.denial, services)
    return None


def _denied(run: Run, denial: Denial, services: Services) -> Outcome:
    services.stores.audit.record(
        AuditLine(
            kind=AuditKind.DENIAL,
            what="watch" if run.tracked_instance_id else "submit",
            outcome="denied",
            team_id=run.team_id,
            channel_id=run.channel_id,
            user_id=run.user_id,
            project=run.project,
            run_id=run.run_id,
            run=run.name,
            detail=denial_in_words(denial),
        )
    )
    return Outcome(reason=ReasonCode.DENIED, denial=denial, contact=services.rules.contact)
