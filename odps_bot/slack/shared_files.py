"""Files that are shared once: made, brought to Slack and shared under one lease."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from odps_bot.slack.api.files import SlackFiles
from odps_bot.slack.earlier_posts import EarlierPosts
from odps_bot.slack.posting import Posting
from odps_bot.slack.posts import MakeFile, Place
from odps_bot.store.message_leases import Attempt


@dataclass(frozen=True, kw_only=True)
class SharedFiles:
    """Shares files. Methods raise SlackError, and RedisError."""

    files: SlackFiles
    earlier: EarlierPosts

    def share(
        self,
        name: str,
        place: Place,
        posting: Posting,
        *,
        make: MakeFile,
        after_ts: str | None,
        turn: AbstractContextManager[None],
        shared: Callable[[], None],
    ) -> str:
        """Return the ts of the message that shows the file, made unless an earlier try has.

        `turn` is Slack's rate limit, and `shared` called once it is shared. Making the file takes
        long: the lease is renewed meanwhile.
        """
        posting.begin("")
        found = self.earlier.shared(name, place, posting, after_ts=after_ts)
        if found is not None:
            return found
        with turn:
            with posting.kept_alive(), make() as file:
                file_id = self.files.send(
                    file.content, name=name, size_bytes=file.size_bytes, alt_text=file.alt_text
                )
            posting.may_be_in(place.key)
            with posting.sending():
                self.files.share(
                    file_id,
                    place.channel_id,
                    thread_ts=place.thread_ts,
                    title=file.title,
                    comment=file.comment,
                )
        posting.taken(place.key)
        shared()
        posting.earlier = {place.key: Attempt(since=posting.now_s, count=1, is_taken=True)}
        return self.earlier.shared(name, place, posting, after_ts=after_ts) or ""
