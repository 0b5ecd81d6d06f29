"""Send a result as a file or chart, and tell whoever asked why it did not come."""

import logging
from collections.abc import Callable
from datetime import timedelta

from odps_bot.maxcompute import MaxComputeError
from odps_bot.messages.replies.result_files import (
    NO_THREAD,
    not_sent,
    why_no_rows,
    why_slack_refused_file,
)
from odps_bot.replies.ephemeral_replies import file_request
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.errors import RefusedError
from odps_bot.slack.posts import Place
from odps_bot.store.notification_kind import NotificationKind

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(seconds=15)


class NotSentError(Exception):
    """It cannot be sent; the message says why, and what to do (mrkdwn)."""


def send_result(
    kind: NotificationKind, run_id: str, services: Services, *, send: Callable[[Run], str]
) -> timedelta | None:
    """Send by `send`, which returns the ts of the message.

    Returns when to try again, or None when it is done or given up. `send` is safe to repeat; it
    may raise NotSentError, SlackError and MaxComputeError.
    """
    run = services.stores.runs.get(run_id)
    if run is None:
        return None
    try:
        send(run)
    except NotSentError as error:
        answer = not_sent(run, str(error))
    except RefusedError as error:
        log.warning("Slack refused the %s of run %s: %s", kind, run_id, error)
        answer = not_sent(run, why_slack_refused_file(error.code))
    except MaxComputeError as error:
        log.warning("no rows for the %s of run %s: %s", kind, run_id, error)
        if error.is_retryable:
            is_awaited = services.stores.ephemeral_replies.is_file_requested(kind, run_id)
            return TRY_AGAIN if is_awaited else None
        answer = not_sent(run, why_no_rows(error))
    else:
        # Who asked was told at once where it comes; a second word would be one too many.
        return None
    services.stores.ephemeral_replies.give(file_request(kind, run_id), answer)
    services.jobs.deliver()
    return None


def thread_of(run: Run) -> Place:
    """Return where the result goes. Raises NotSentError when the run has no thread."""
    if run.reply_to is None:
        raise NotSentError(NO_THREAD)
    return Place(run.channel_id, run.reply_to)


#: What files and charts leave to cards and ends in the same channel.
RESERVE_OF_POSTS = 2
