"""Send a run's statement as a file to the one person who wants to edit it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO

from odps_bot.messages.replies.statement_file import (
    statement_file_comment,
    statement_file_name,
    statement_message,
    statement_not_sent,
)
from odps_bot.replies.ephemeral_replies import file_request
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.errors import RefusedError
from odps_bot.slack.posts import NewFile, Place, PostId
from odps_bot.store.notification_kind import NotificationKind

log = logging.getLogger(__name__)


def deliver_statement(subject_id: str, services: Services) -> timedelta | None:
    """Send the file that `subject_id` names (run and user id), or tell that person why not.

    Returns None when it is there. Raises SlackError when it must wait. Safe to run twice: within a
    day the file is sent once.
    """
    run_id, _, user_id = subject_id.partition(" ")
    run = services.stores.runs.get(run_id)
    if run is None:
        return None
    try:
        _send(run, user_id, subject_id, services)
    except RefusedError as error:
        log.warning("cannot send the statement of run %s: %s", run_id, error)
        request_id = file_request(NotificationKind.STATEMENT, subject_id)
        answer = statement_not_sent(run, code=error.code)
        services.stores.ephemeral_replies.give(request_id, answer)
        services.jobs.deliver()
    return None


def _send(run: Run, user_id: str, subject_id: str, services: Services) -> None:
    gateway = services.slack.gateway
    post_id = PostId(kind=NotificationKind.STATEMENT, subject_id=subject_id, field="statement")
    # A file can't be shared with a person, only in the conversation with them.
    place = Place(gateway.direct_message_with(user_id))
    message = statement_message(run, is_own=run.user_id == user_id)
    posted = gateway.post_once(post_id, [message], place)
    gateway.share_file_once(
        post_id, statement_file_name(run), place, make=partial(_file, run), after_ts=posted.ts
    )


@contextmanager
def _file(run: Run) -> Iterator[NewFile]:
    content = f"{run.sql.strip()}\n".encode()
    yield NewFile(
        content=BytesIO(content),
        size_bytes=len(content),
        title=statement_file_name(run),
        comment=statement_file_comment(run),
    )
