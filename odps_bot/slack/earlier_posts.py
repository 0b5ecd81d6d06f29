"""Whether an earlier try has posted something: looked up where it was made, around that time.

Where Slack lets nobody look, twice is better than never: it is posted once more, and no oftener.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import msgspec
from slack_sdk import WebClient

from odps_bot.slack.api.histories import SlackHistories, Window
from odps_bot.slack.api.messages import METADATA_TYPE
from odps_bot.slack.api.responses import object_in, objects_in, text_at
from odps_bot.slack.errors import PostInProgressError, RefusedError, UnsearchableError
from odps_bot.slack.posting import Posting
from odps_bot.slack.posts import IN_PRIVATE, Place, Posted
from odps_bot.store.message_leases import POSTING_LEASE, Attempt

log = logging.getLogger(__name__)

#: Redis' clock, by which tries are dated, and Slack's may differ by so much.
CLOCK_DIFFERENCE = timedelta(minutes=2)

#: So many pages are looked at in one try, each within the time that Slack has to respond; the next
#: try goes on behind them.
PAGES_AT_ONCE = 3
UNTIL_NEXT_PAGES = timedelta(seconds=1)

#: So many tries with an unknown outcome, where nobody can look, are enough.
MOST_BLIND_TRIES = 2

#: A file that Slack has taken is believed to be there when it is not shown after this, and one that
#: it may have taken not to be.
TAKEN_FILE_SHOWN_WITHIN = timedelta(minutes=10)
FILE_SHOWN_WITHIN = timedelta(minutes=2)
#: When to look for it again: after a share of its age.
SHORTEST_PAUSE = timedelta(seconds=3)
PAUSE_BY_AGE = 0.25

#: Where nothing is known of an earlier try: it may have been made whenever.
ANY_TIME = Attempt(since=0)

#: Whether a message is the one that is looked for.
Matches: TypeAlias = Callable[[dict[str, Any]], bool]


class EarlierPosts:
    """Looks for what earlier tries have posted.

    Methods raise SlackError: PostInProgressError or RateLimitedError where the search goes on in
    another try, from where this one has come to.
    """

    def __init__(self, client: WebClient) -> None:
        self._histories = SlackHistories(client)

    def direct_message_with(self, user_id: str) -> str:
        """Return the channel of the direct message with a person."""
        return self._histories.direct_message_with(user_id)

    def posted(self, posting: Posting) -> Posted | None:
        """Return where an earlier try has posted the message, or None.

        Raises UnsearchableError when it may have been posted often enough.
        """
        matches = partial(_has_label, label=posting.post_id.label)
        for key, attempt in list(posting.earlier.items()):
            if key == IN_PRIVATE:
                continue
            place = Place.of_key(key)
            window = _window_of_message(attempt)
            try:
                ts = self._find(matches, place, window, attempt, posting)
            except RefusedError as error:
                _go_on_blindly(error, attempt)
                continue
            if ts is not None:
                return Posted(place, ts)
            posting.not_in(key)
        return None

    def shared(
        self, name: str, place: Place, posting: Posting, *, after_ts: str | None
    ) -> str | None:
        """Return the ts of the message that shows the file of this name, or None where none does.

        It is empty for a file that is there, but cannot be seen. Messages before `after_ts` are
        not looked at. Raises PostInProgressError while Slack may not show it yet.
        """
        matches = partial(_shows_file, name=name)
        for key, attempt in list(posting.earlier.items()) or [(place.key, ANY_TIME)]:
            window = _window_of_file(attempt, after_ts)
            try:
                ts = self._find(matches, Place.of_key(key), window, attempt, posting)
            except RefusedError as error:
                if attempt.is_taken:
                    log.warning("cannot look for a file that Slack has taken: %s", error)
                    return ""
                _go_on_blindly(error, attempt)
                continue
            if ts is not None:
                return ts
            if not _is_over(attempt, now_s=posting.now_s):
                raise PostInProgressError(
                    "files.completeUploadExternal",
                    "not_shown_yet",
                    retry_after=_pause(attempt, now_s=posting.now_s),
                )
            if attempt.is_taken:
                return ""
            posting.not_in(key)
        return None

    def replied(self, posting: Posting) -> bool:
        """Return whether the person has an ephemeral reply, or was sent it blindly often enough."""
        attempt = posting.earlier.get(IN_PRIVATE, ANY_TIME)
        if attempt.is_taken or self.posted(posting) is not None:
            return True
        if attempt.count >= MOST_BLIND_TRIES:
            log.warning(
                "gave up the ephemeral reply %s: none of %s responses came",
                posting.post_id.subject_id,
                attempt.count,
            )
            return True
        return False

    def _find(
        self, matches: Matches, place: Place, window: Window, attempt: Attempt, posting: Posting
    ) -> str | None:
        """Return the ts of the first message that matches, or None where none does."""
        channel_id, cursor = place.channel_id, attempt.cursor
        if place.is_person:
            channel_id = self._histories.direct_message_with(channel_id)
        for _ in range(PAGES_AT_ONCE):
            page = self._histories.page(channel_id, place.thread_ts, window, cursor=cursor)
            found = next((message for message in page.messages if matches(message)), None)
            if found is not None:
                return text_at(found, "ts", method="search")
            cursor = page.cursor
            if not cursor:
                return None
            posting.searched(place.key, msgspec.structs.replace(attempt, cursor=cursor))
        raise PostInProgressError("search", "searching", retry_after=UNTIL_NEXT_PAGES)


def _has_label(message: dict[str, Any], *, label: dict[str, str]) -> bool:
    metadata = object_in(message.get("metadata"))
    is_ours = metadata.get("event_type") == METADATA_TYPE
    return bool(is_ours and metadata.get("event_payload") == label)


def _shows_file(message: dict[str, Any], *, name: str) -> bool:
    return any(file.get("name") == name for file in objects_in(message.get("files")))


def _window_of_message(attempt: Attempt) -> Window:
    """Return around when the attempt may have posted it; version 0.2 has not always said."""
    if attempt.since <= 0:
        return Window()
    latest_s = attempt.since + (POSTING_LEASE + CLOCK_DIFFERENCE).total_seconds()
    return replace(_window_of_file(attempt, None), latest=f"{latest_s:.6f}")


def _window_of_file(attempt: Attempt, after_ts: str | None) -> Window:
    """Return since when it may be there: Slack may show a file later than it was shared."""
    oldest_s = max(0.0, attempt.since - CLOCK_DIFFERENCE.total_seconds())
    oldest_s = max(oldest_s, float(after_ts or 0))
    return Window(oldest=f"{oldest_s:.6f}" if oldest_s else "")


def _go_on_blindly(error: RefusedError, attempt: Attempt) -> None:
    """Go on where Slack lets nobody look, unless that was done before."""
    if attempt.count >= MOST_BLIND_TRIES:
        raise UnsearchableError(error.method, error.code) from error
    log.warning("cannot look for an earlier post: %s", error)


def _is_over(attempt: Attempt, *, now_s: float) -> bool:
    """Return whether Slack would show the file by now."""
    if not attempt.count:
        return True
    within = TAKEN_FILE_SHOWN_WITHIN if attempt.is_taken else FILE_SHOWN_WITHIN
    return now_s - attempt.since >= within.total_seconds()


def _pause(attempt: Attempt, *, now_s: float) -> timedelta:
    return max(SHORTEST_PAUSE, timedelta(seconds=now_s - attempt.since) * PAUSE_BY_AGE)
