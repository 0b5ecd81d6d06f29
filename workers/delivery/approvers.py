"""What approvers see of a question besides its thread: their Homes, and direct messages."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from odps_bot.authorization import approvers_for
from odps_bot.messages.run.approval_requests import approval_request, decided_request
from odps_bot.runs import ApprovalMessage, Run, RunState, lifecycle
from odps_bot.services import Services
from odps_bot.slack.errors import PlaceError, RefusedError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.preferences import ApprovalNotice
from workers.delivery.cards import WAIT_FOR_CARD

log = logging.getLogger(__name__)

#: So many approvers at most are asked by a direct message.
MOST_ASKED_DIRECTLY = 10


def deliver_approvers(run_id: str, services: Services) -> timedelta | None:
    """Ask approvers who prefer a direct message, or show there what was decided; renew Homes.

    Returns when to try again, or None when it is done. Safe to run twice.
    """
    run = services.stores.runs.get(run_id)
    if run is None or run.question is None:
        return None
    people = people_who_approve(run, services)
    told = (message.user_id for message in run.approval_messages)
    _renew_homes(run, {*people, *told}, services)
    if run.state is not RunState.AWAITING_DECISION:
        _show_decision(run, services)
        return None
    if run.card_ts is None and not run.is_card_refused:
        return WAIT_FOR_CARD
    if run.question.is_shown:
        _ask_directly(run, people, services)
    return None


def people_who_approve(run: Run, services: Services) -> frozenset[str]:
    """Return the people who are known to be able to approve the run, by name or group."""
    members = services.stores.memberships.members_of(services.rules.group_ids)
    return approvers_for(run, services).people(members)


def asked_directly(run: Run, among: Iterable[str], services: Services) -> list[str]:
    """Return those who prefer a direct message."""
    return services.stores.preferences.with_approvals(
        run.team_id, sorted(among), ApprovalNotice.DIRECT
    )


def _renew_homes(run: Run, people: Iterable[str], services: Services) -> None:
    for user_id in services.stores.homes.open_among(run.team_id, sorted(people)):
        services.stores.outbox.enqueue(NotificationKind.HOME, f"{run.team_id} {user_id}")


def _ask_directly(run: Run, people: Iterable[str], services: Services) -> None:
    # First those whom the thread would have mentioned: nothing else asks them.
    named = run.question.named_approvers if run.question else ()
    found = sorted(asked_directly(run, people, services), key=lambda one: one not in named)
    wanted = found[:MOST_ASKED_DIRECTLY]
    told = {message.user_id for message in run.approval_messages}
    for user_id in wanted:
        if user_id in told:
            continue
        message = _post(run, user_id, services)
        services.stores.runs.apply(run.run_id, partial(lifecycle.approver_asked, message=message))


def _post(run: Run, user_id: str, services: Services) -> ApprovalMessage:
    post_id = PostId(
        kind=NotificationKind.APPROVERS,
        subject_id=f"{run.run_id}-{user_id}",
        field="approval",
        since=run.requested_at,
    )
    try:
        channel_id = services.slack.gateway.direct_message_with(user_id)
        posted = services.slack.gateway.post_once(
            post_id, [approval_request(run)], Place(channel_id)
        )
    except RefusedError as error:
        log.warning("cannot ask %s about run %s directly: %s", user_id, run.run_id, error)
        return ApprovalMessage(user_id=user_id, channel_id="", ts="")
    return ApprovalMessage(user_id=user_id, channel_id=channel_id, ts=posted.ts)


def _show_decision(run: Run, services: Services) -> None:
    for message in run.approval_messages:
        if not message.ts or message.is_closed:
            continue
        try:
            services.slack.gateway.update(message.channel_id, message.ts, [decided_request(run)])
        except PlaceError as error:
            log.info("the question to %s can't be updated: %s", message.user_id, error)
        services.stores.runs.apply(
            run.run_id, partial(lifecycle.approver_told, user_id=message.user_id)
        )
