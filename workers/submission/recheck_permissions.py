"""Ask again, right before a run is submitted, whether its requester may still have it.

Between the command and the submission a project may have been locked, or a role taken away.
"""

from odps_bot.authorization import require_run_permission
from odps_bot.errors import DeniedError
from odps_bot.messages.denials import denial_in_words
from odps_bot.runs import Outcome, ReasonCode, Run
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine


def why_denied(run: Run, services: Services) -> Outcome | None:
    """Return why the run may no longer be submitted; None when it may.

    A denial is in the audit trail.
    """
    try:
        require_run_permission(run, services)
    except DeniedError as error:
        services.stores.audit.record(
            AuditLine(
                kind=AuditKind.DENIAL,
                what="submit",
                outcome="denied",
                team_id=run.team_id,
                channel_id=run.channel_id,
                user_id=run.user_id,
                project=run.project,
                run_id=run.run_id,
                run=run.name,
                detail=denial_in_words(error.denial),
            )
        )
        return Outcome(
            reason=ReasonCode.DENIED, denial=error.denial, contact=services.rules.contact
        )
    return None
