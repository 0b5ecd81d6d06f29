"""Answer what a statement would cost; the wait for it holds no worker."""

from datetime import timedelta

import msgspec

from odps_bot.maxcompute import AmbiguousSubmitError, Instance, MaxComputeError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages.replies.estimates import (
    cannot_be_compiled,
    cost_answer,
    estimate_takes_long,
    no_estimate,
)
from odps_bot.replies.inquiries import CostInquiry
from odps_bot.runs import Estimate, Outcome, ReasonCode, Requester
from odps_bot.services import Services
from workers.polling.estimates import Estimated, begin_estimate, poll_estimate
from workers.polling.estimates import no_estimate as why_none

#: MaxCompute is asked again after this.
PAUSE = timedelta(seconds=1)

#: When it takes longer, the reply says so; Slack forgets whom to answer after half an hour.
PATIENCE = timedelta(minutes=5)


def answer_cost(
    interaction_id: str, inquiry: CostInquiry, services: Services
) -> list[Message] | timedelta:
    """Return the estimate, or when to poll again. Raises MaxComputeError.

    Safe to repeat: the question's id is the estimate's Guid, and what is known is kept with the
    question.
    """
    estimate = inquiry.estimate
    if estimate is None:
        found = _find_out(interaction_id, inquiry, services)
        if isinstance(found, Message):
            return [found]
        if found is None:
            is_over = services.clock() - inquiry.requested_at > PATIENCE
            return [estimate_takes_long(project=inquiry.project)] if is_over else PAUSE
        estimate = found
    answer = cost_answer(
        estimate,
        project=inquiry.project,
        sql=inquiry.sql,
        price=services.rules.project(inquiry.project).price_per_gb,
        interaction_id=interaction_id,
    )
    return [answer]


def _find_out(
    interaction_id: str, inquiry: CostInquiry, services: Services
) -> Estimate | Message | None:
    """Return the estimate, why there is none, or None when MaxCompute is not done yet."""
    estimated = Estimated.of(inquiry, services)
    try:
        estimate = poll_estimate(_instance(interaction_id, inquiry, services), estimated)
    except AmbiguousSubmitError:
        # Once more with the same Guid: a second estimate would do no harm either.
        return None
    except MaxComputeError as error:
        estimate = why_none(str(error), estimated)
        if estimate.reason is not ReasonCode.COMPILE_ERROR:
            raise
    if isinstance(estimate, Outcome):
        return _no_estimate(estimate, inquiry)
    if estimate is None:
        return None
    services.stores.ephemeral_replies.note(
        interaction_id, msgspec.structs.replace(inquiry, estimate=estimate)
    )
    return estimate


def _no_estimate(why: Outcome, inquiry: CostInquiry) -> Message:
    if why.reason is ReasonCode.COMPILE_ERROR:
        return cannot_be_compiled(why.detail, project=inquiry.project, sql=inquiry.sql)
    return no_estimate(why.detail, project=inquiry.project)


def _instance(interaction_id: str, inquiry: CostInquiry, services: Services) -> Instance:
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    if inquiry.instance_id is not None:
        return client.get_instance(inquiry.instance_id, project=inquiry.project)
    owner = Requester(
        team_id=inquiry.team_id, channel_id=inquiry.channel_id, user_id=inquiry.user_id
    )
    instance = begin_estimate(client, inquiry, owner, services, guid=interaction_id)
    asked = msgspec.structs.replace(inquiry, instance_id=instance.id)
    services.stores.ephemeral_replies.note(interaction_id, asked)
    return instance
