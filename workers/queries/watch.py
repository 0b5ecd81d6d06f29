"""Follow an instance that a person has named, once MaxCompute knows it."""

import contextlib
import logging
from datetime import timedelta

from redis.exceptions import RedisError

from odps_bot.maxcompute import MaxComputeError, NotFoundError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.redis_trouble import unconfirmed_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.replies.inquiries import WatchInquiry
from odps_bot.runs import RunState, lifecycle
from odps_bot.services import Services

log = logging.getLogger(__name__)

#: When the reconciler picks the run up if its job was lost.
SAFETY_NET = timedelta(seconds=10)


def answer_watch(interaction_id: str, inquiry: WatchInquiry, services: Services) -> Message:
    """Accept a run that follows the instance, and return its name. Safe to repeat.

    A run has its number and its card from here on, so a mistyped id costs neither: raises
    NotFoundError for it. Whatever else MaxCompute says is left to the run, which can wait.
    """
    run = services.stores.runs.get(inquiry.run_id)
    if run is None:
        _check_is_there(inquiry, services)
        run, is_confirmed = services.stores.runs.create_confirmed(
            lifecycle.accept(
                run_id=inquiry.run_id,
                team_id=inquiry.team_id,
                channel_id=inquiry.channel_id,
                user_id=inquiry.user_id,
                is_external=inquiry.is_external,
                thread_ts=inquiry.thread_ts,
                project=inquiry.project,
                sql=f"-- instance {inquiry.instance_id}",
                tracked_instance_id=inquiry.instance_id,
                requested_at=inquiry.requested_at,
                name=services.stores.runs.naming(inquiry.team_id).run(services.redis),
            ),
            overdue_in=SAFETY_NET,
        )
        if not is_confirmed:
            return ephemeral.problem(unconfirmed_in_words(run))
    if run.state is RunState.QUEUED:
        address = services.stores.ephemeral_replies.address(interaction_id)
        if address is not None:
            services.stores.ephemeral_replies.remember_address(run.run_id, address)
        # The run is stored: the reconciler enqueues the job if that fails here.
        with contextlib.suppress(RedisError):
            services.jobs.submit_run(run.run_id)
    what = t.code(inquiry.instance_id)
    return Message(f":eyes: Following instance {what} as run {run_link(run)}; see the card.")


def _check_is_there(inquiry: WatchInquiry, services: Services) -> None:
    """Raise NotFoundError if MaxCompute knows no such instance."""
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    try:
        client.get_instance(inquiry.instance_id, project=inquiry.project).reload()
    except NotFoundError:
        raise
    except MaxComputeError as error:
        log.info("instance %s is followed without knowing it: %s", inquiry.instance_id, error)
