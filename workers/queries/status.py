"""Answer the status of an instance that was not started from Slack."""

import logging

from odps_bot.maxcompute import (
    Instance,
    InstanceStatus,
    MaxComputeError,
    QueueingInfo,
)
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages.replies.instances import InstanceStanding, instance_status
from odps_bot.messages.run.outcomes import queue_in_words
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.runs.progress import is_queued, percent
from odps_bot.services import Services
from workers.queries.ends import end_of

log = logging.getLogger(__name__)


def answer_status(inquiry: InstanceInquiry, services: Services) -> Message:
    """Return its status; two requests. Raises MaxComputeError if that is refused."""
    instance = services.maxcompute.of(inquiry.project, Purpose.QUERY).get_instance(
        inquiry.instance_id, project=inquiry.project
    )
    status = instance.reload()
    is_over = status is InstanceStatus.TERMINATED
    queueing = None if is_over else _queueing_info(instance)
    now = services.clock()
    until = instance.end_time or now
    standing = InstanceStanding(
        project=inquiry.project,
        instance_id=inquiry.instance_id,
        status=_end(instance) if is_over else status_word(status.value.lower(), queueing),
        is_over=is_over,
        owner=instance.owner,
        took=until - instance.start_time if instance.start_time else None,
        seen_at=now,
        percentage=percentage_of(queueing),
        waits=waiting_words(queueing),
    )
    return instance_status(standing)


def status_word(status: str, queueing: QueueingInfo | None) -> str:
    """Return ``queued`` for what waits for its turn, which MaxCompute calls running."""
    return "queued" if queueing and waits(queueing) else status


def percentage_of(queueing: QueueingInfo | None) -> int | None:
    """Return how far it has got, or None while it waits or nobody tells."""
    if queueing is None or queueing.progress is None or waits(queueing):
        return None
    return percent(queueing.progress)


def waiting_words(queueing: QueueingInfo | None) -> str:
    """Return its place in the queue, or why it waits; nothing once it runs. Foreign text."""
    return queue_in_words(queueing.wait_position, queueing.sub_status) if queueing else ""


def waits(queueing: QueueingInfo) -> bool:
    """Return whether it waits for its turn, or is still being compiled."""
    return is_queued(queueing.wait_position, queueing.sub_status)


def _queueing_info(instance: Instance) -> QueueingInfo | None:
    try:
        return instance.get_queueing_info()
    except MaxComputeError as error:
        log.info("the place of instance %s in the queue is not known: %s", instance.id, error)
        return None


def _end(instance: Instance) -> str:
    try:
        return end_of(instance.get_task_statuses())
    except MaxComputeError as error:
        log.info("how instance %s ended is not known: %s", instance.id, error)
        return end_of(None)
