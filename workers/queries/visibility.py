"""Whether the person who asks about an instance may see it: it may be part of a private run."""

from odps_bot.authorization import ChannelMember, require_permission
from odps_bot.errors import Denial, DenialCode, DeniedError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages.denials import belongs_elsewhere, belongs_to_workspace, denial_in_words
from odps_bot.policy.effective_role import Permission
from odps_bot.policy.visibility import why_hidden
from odps_bot.replies.inquiries import InstanceInquiry, WorkerLogInquiry
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from workers.polling.ownership import read_ownership, with_age


def require_visible(inquiry: InstanceInquiry | WorkerLogInquiry, services: Services) -> None:
    """Raise DeniedError unless the person may see the instance there. Raises MaxComputeError.

    Our records are asked first: for an instance of a run, MaxCompute is not.
    """
    try:
        _require_visible(inquiry, services)
    except DeniedError as error:
        services.stores.audit.record(
            AuditLine(
                kind=AuditKind.DENIAL,
                what=inquiry.wants,
                outcome="denied",
                team_id=inquiry.team_id,
                channel_id=inquiry.channel_id,
                user_id=inquiry.user_id,
                project=inquiry.project,
                detail=denial_in_words(error.denial),
            )
        )
        raise


def _require_visible(inquiry: InstanceInquiry | WorkerLogInquiry, services: Services) -> None:
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    instance = client.get_instance(inquiry.instance_id, project=inquiry.project)
    found = read_ownership(instance, services, Purpose.QUERY)
    found = with_age(found, instance.id, services)
    owner = found.owner
    if owner is not None:
        place = {
            "team_id": inquiry.team_id,
            "channel_id": inquiry.channel_id,
            "user_id": inquiry.user_id,
        }
        code = why_hidden(owner, **place)
        if code is None:
            return
        if code is DenialCode.OTHER_WORKSPACE:
            words = belongs_to_workspace(inquiry.instance_id)
        else:
            words = belongs_elsewhere(owner, inquiry.instance_id)
        raise DeniedError(words, Denial(code=code, project=inquiry.project))
    if not found.is_known:
        person = ChannelMember(
            user_id=inquiry.user_id,
            channel_id=inquiry.channel_id,
            is_external=inquiry.is_external,
            is_membership_unknown=inquiry.is_membership_unknown,
        )
        require_permission(person, services, Permission.SEE_UNATTRIBUTED, project=inquiry.project)
