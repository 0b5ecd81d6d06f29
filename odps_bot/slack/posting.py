"""One try to post something: its lease, and what becomes of that when the try fails.

```
begin ──▶ (search where earlier tries may have posted it) ──▶ may_be_in ──▶ sending ──▶ posted
```

A try that has certainly posted nothing releases the lease. After a lost response the lease says
where the message may be, for the next try to search there.
"""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from redis.exceptions import RedisError

from odps_bot.slack.errors import PostInProgressError, SlackError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import (
    AFTER_A_LOST_RESPONSE,
    ANYWHERE,
    Attempt,
    MessageLeases,
    PostLease,
)
from odps_bot.store.renewal import renewed

#: While something is made to be posted.
RENEWED_EVERY = timedelta(seconds=15)

#: RQ ends a job that makes a file after this.
LONGEST_MAKING = timedelta(minutes=10)

AT_ONCE = timedelta(0)

#: Another process posts it within a second, and after a failover everybody may in a few.
A_MOMENT = timedelta(seconds=1)


class Posting:
    """A try, as a context manager. Methods raise redis.RedisError, and PostInProgressError.

    That one says that another process has the lease, from the beginning or since ours ran out.
    """

    def __init__(
        self,
        leases: MessageLeases,
        post_id: PostId,
        *,
        is_file: bool = False,
        after_a_lost_response: timedelta | None = None,
    ) -> None:
        self.post_id = post_id
        self._leases = leases
        self._kind = f"{post_id.stored_kind}-file" if is_file else post_id.stored_kind
        self._method = "files.completeUploadExternal" if is_file else "chat.postMessage"
        self._doubt = after_a_lost_response
        self._lease: PostLease | None = None
        self._recorded: str | None = None  #: where `begin` has said that it may be
        self._is_in_doubt = False
        self._is_settled = False
        #: Where earlier tries may have posted it: what was searched in vain is taken out.
        self.earlier: dict[str, Attempt] = {}

    @property
    def now_s(self) -> float:
        """When the lease was taken, in seconds since the epoch."""
        return self._held.now_s

    def begin(self, place: str, places: Sequence[Place] = ()) -> None:
        """Take the lease, unless it is ours already; it may be in `place` from now on.

        `places` are all where version 0.2 may have posted it.
        """
        if self._lease is not None:
            return
        post_id = self.post_id
        self._lease = self._leases.begin_post(
            self._kind, post_id.subject_id, place, since=post_id.since
        )
        if self._lease is None:
            raise PostInProgressError(self._method, "in_progress", retry_after=A_MOMENT)
        self.earlier = dict(self._lease.attempts)
        if not self.earlier:
            self._recorded = place
        elif (anywhere := self.earlier.pop(ANYWHERE, None)) is not None:
            self.earlier |= {one.key: anywhere for one in places}

    def searched(self, place: str, attempt: Attempt) -> None:
        """Renew the lease and record how far a place was searched in vain."""
        self.earlier[place] = attempt
        self._renew(self.earlier)

    def not_in(self, place: str) -> None:
        """Note that no earlier try has posted it there."""
        self.earlier.pop(place, None)

    def may_be_in(self, place: str) -> None:
        """Record where it may be from now on, right before it is sent there."""
        is_recorded, self._recorded = place == self._recorded, None
        if not is_recorded:
            before = self.earlier.get(place, Attempt())
            self._renew({place: Attempt(count=before.count + 1)})

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Send it: when no response comes, nobody knows whether it was posted.

        Only the call itself belongs into the block: what fails before it has sent nothing.
        """
        self._is_in_doubt = True
        with self.trying():
            yield

    @contextlib.contextmanager
    def trying(self) -> Iterator[None]:
        """Try one way or several to send it: what Slack says last tells whether it was posted."""
        try:
            yield
        except SlackError as error:
            self._is_in_doubt = error.may_have_happened
            raise

    def taken(self, place: str) -> None:
        """Record that Slack has taken it, which is not shown yet, or to one person only."""
        self._is_settled = True
        self._held.renew({place: Attempt(count=1, is_taken=True)}, span=AT_ONCE)

    def kept_alive(self) -> contextlib.AbstractContextManager[None]:
        """Have the lease for as long as it takes to make what is to be posted."""
        return renewed(self._held.renew, every=RENEWED_EVERY, at_most=LONGEST_MAKING)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Who dies leaves the lease as it is; and without Redis it ends by itself.
        if isinstance(error, Exception) and self._lease is not None and not self._is_settled:
            with contextlib.suppress(RedisError):
                self._give_back(self._lease, error)

    def _give_back(self, lease: PostLease, error: Exception) -> None:
        if self._is_in_doubt:
            if isinstance(error, SlackError):
                span = AFTER_A_LOST_RESPONSE if self._doubt is None else self._doubt
                lease.renew(span=span)
        elif self.earlier:
            lease.renew(self.earlier, span=AT_ONCE)
        else:
            lease.end()

    @property
    def _held(self) -> PostLease:
        if self._lease is None:
            raise RuntimeError("the lease was not taken")
        return self._lease

    def _renew(self, attempts: dict[str, Attempt]) -> None:
        if not self._held.renew(attempts):
            # Another has it: whatever we would give back is theirs.
            self._is_settled = True
            raise PostInProgressError(self._method, "in_progress")
