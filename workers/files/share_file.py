"""Share a file in a run's thread once, whatever dies in between."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import BinaryIO

from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.api.calls import SlackBusyError, SlackRefusedError, SlackUnreachableError
from odps_bot.slack.api.files import SlackFiles
from odps_bot.store.message_leases import PostState
from odps_bot.store.outbox import NotificationKind
from odps_bot.store.rate_limits import post_message_limit
from workers.delivery.post_once import PostedElsewhereError, posted

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """A file that is ready to be sent."""

    content: BinaryIO  #: to be read from its beginning
    size_bytes: int
    title: str
    comment: str  #: mrkdwn, above the file
    alt_text: str = ""  #: of a picture


def share_once(
    kind: NotificationKind,
    run: Run,
    name: str,
    services: Services,
    *,
    make: Callable[[], AbstractContextManager[ResultFile]],
) -> str | None:
    """Share what `make` gives, and return the ts of its message; None: Slack shows it in a moment.

    A file that an earlier try has shared is found again by its name. Raises PostedElsewhereError,
    the SlackErrors of files, and what `make` raises.
    """
    files = SlackFiles(services.slack.client)
    if found := _find(files, run, name):
        return found
    with _making(kind, run, services), make() as file:
        file_id = files.send(
            file.content, name=name, size_bytes=file.size_bytes, alt_text=file.alt_text
        )
        posting = services.stores.message_leases.begin_post(kind, run.run_id)
        if posting is PostState.IN_PROGRESS:
            raise PostedElsewhereError
        if posting is PostState.UNKNOWN and (found := _find(files, run, name)):
            return found
        share = partial(files.share, file_id, run.channel_id, thread_ts=run.reply_to)
        _carry_out(partial(share, title=file.title, comment=file.comment), kind, run, services)
        services.stores.audit.record(posted(kind, run.channel_id, run_id=run.run_id))
    return _find(files, run, name)


@contextmanager
def _making(kind: NotificationKind, run: Run, services: Services) -> Iterator[None]:
    """Let one worker at a time make the file: that takes long, and whoever clicks again waits.

    What succeeded keeps its lease, because Slack shows the file only after a moment.
    """
    making = f"{kind}-making"
    if services.stores.message_leases.begin_post(making, run.run_id) is PostState.IN_PROGRESS:
        raise PostedElsewhereError
    try:
        yield
    except Exception:
        services.stores.message_leases.end_post(making, run.run_id)
        raise


def _carry_out(
    share: Callable[[], None], kind: NotificationKind, run: Run, services: Services
) -> None:
    try:
        share()
    except SlackUnreachableError as error:
        if not error.may_have_happened:
            services.stores.message_leases.end_post(kind, run.run_id)
        raise
    except (SlackBusyError, SlackRefusedError) as error:
        services.stores.message_leases.end_post(kind, run.run_id)
        if isinstance(error, SlackBusyError):
            pause = timedelta(seconds=error.retry_after_s)
            services.stores.rate_limiter.pause(post_message_limit(run.channel_id), pause)
        raise


def _find(files: SlackFiles, run: Run, name: str) -> str | None:
    # A file is only asked for once the run has ended.
    after_ts = run.completion_ts or run.card_ts
    try:
        return files.find(
            run.channel_id, thread_ts=run.reply_to or "", name=name, after_ts=after_ts
        )
    except SlackRefusedError as error:
        # Sent twice is better than never sent.
        log.warning("cannot look for an earlier file: %s", error)
        return None
