"""The one door to Slack: every call in a workspace is made by its gateway.

It posts what must be posted once, finds the place and the rendering that Slack accepts, and
raises what is left: a RefusedError for what Slack will refuse again, any other SlackError for what
is tried again later.

Posts, files, updates, Homes and ephemeral messages keep to rate limits that all processes share,
and where Slack says `Retry-After` all of them wait. Modals, permalinks, questions, downloads and
response_urls have no shared limit: their RateLimitedError concerns their caller alone.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec
from slack_sdk import WebClient

from odps_bot.messages import Message, Modal
from odps_bot.messages.notation import by_mention, told_elsewhere
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.slack.api.calls import call, request
from odps_bot.slack.api.downloads import download
from odps_bot.slack.api.files import SlackFiles
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.api.responses import text_at
from odps_bot.slack.api.views import SlackViews, View
from odps_bot.slack.earlier_posts import EarlierPosts
from odps_bot.slack.errors import (
    ContentError,
    MessageGoneError,
    PlaceError,
    PostInProgressError,
    RefusedError,
    UnsearchableError,
)
from odps_bot.slack.fallbacks import down_to_text, send_first_accepted
from odps_bot.slack.pace import Pace
from odps_bot.slack.posting import Posting
from odps_bot.slack.posts import IN_PRIVATE, MakeFile, Place, Posted, PostId
from odps_bot.slack.response_urls import ResponseUrls, Sending
from odps_bot.slack.shared_files import SharedFiles
from odps_bot.slack.unsupported_blocks import UnsupportedBlocks
from odps_bot.store.audit import AuditKind, AuditLine, AuditTrail
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.rate_limits import (
    EPHEMERAL_LIMIT,
    PUBLISH_LIMIT,
    UPDATE_LIMIT,
    RateLimiter,
    post_message_limit,
)
from odps_bot.store.receivers import Receivers

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Another view was published at the same time.
CONFLICT = timedelta(seconds=1)

#: The label of a direct message that takes the place of an ephemeral one.
REPLY_LABEL = {"kind": "answer"}

#: What leaves its line in the audit trail when its entry of the outbox is done.
AUDITED_BY_ENTRY = frozenset(
    {NotificationKind.EPHEMERAL, NotificationKind.INQUIRY, NotificationKind.REFUSAL}
)


class SlackGateway:
    """Calls Slack in one workspace. Methods raise SlackError; those with limits RedisError too.

    A message comes in its renderings, best first: the first one is shown whose blocks Slack
    accepts, at worst the text of the last. A `reserve` is what is left to more important messages.
    """

    def __init__(
        self,
        client: WebClient,
        quick_client: WebClient,
        *,
        team_id: str = "",
        leases: MessageLeases,
        rate_limiter: RateLimiter,
        receivers: Receivers,
        audit: AuditTrail,
        unsupported_blocks: UnsupportedBlocks,
    ) -> None:
        """Call by `client`, and by `quick_client` where a person waits for the response.

        With a `team_id` the workspace has limits of its own among several.
        """
        self._client = client
        self._messages = SlackMessages(client)
        self._earlier = EarlierPosts(client)
        self._shared_files = SharedFiles(files=SlackFiles(client), earlier=self._earlier)
        self._views = SlackViews(client)
        self._quick_client = quick_client
        self._quick_views = SlackViews(quick_client)
        self._update_limit = UPDATE_LIMIT.of_team(team_id)
        self._publish_limit = PUBLISH_LIMIT.of_team(team_id)
        self._ephemeral_limit = EPHEMERAL_LIMIT.of_team(team_id)
        self._leases = leases
        pace = Pace(rate_limiter, receivers)
        self._paced = pace.call
        self._response_urls = ResponseUrls(self._messages, pace, receivers)
        self._audit = audit
        self._unsupported_blocks = unsupported_blocks.of_team(team_id)

    def post_once(
        self,
        post_id: PostId,
        renderings: Sequence[Message],
        *places: Place,
        reserve: int = 0,
        is_text_enough: bool = True,
    ) -> Posted:
        """Post a message in the first of `places` where that is possible, once.

        What an earlier try has posted is found again. Where text alone is not enough, ContentError
        says that Slack accepts no rendering.
        """
        with Posting(self._leases, post_id) as posting:
            for place in places:
                try:
                    return self._post_in(
                        place, posting, renderings, places, reserve=reserve, is_text=is_text_enough
                    )
                except RefusedError as error:
                    if place == places[-1] or isinstance(error, UnsearchableError):
                        raise
                    log.warning(
                        "%s %s cannot be posted here, trying the next place: %s",
                        post_id.kind,
                        post_id.subject_id,
                        error,
                    )
        raise ValueError("a message needs a place")

    def update(
        self, channel_id: str, ts: str, renderings: Sequence[Message], *, reserve: int = 0
    ) -> None:
        """Replace a message. Raises MessageGoneError where it can't be updated any more.

        It is not there, or stays as it is whatever it is to be replaced by. Any other PlaceError
        is about the channel, and may pass.
        """
        with self.turn_to_update(channel_id, reserve=reserve):
            self.update_now(channel_id, ts, renderings)

    def turn_to_update(self, channel_id: str, *, reserve: int = 0) -> AbstractContextManager[None]:
        """Take a token for one `update_now`, where something is to be done just before it."""
        return self._paced(self._update_limit.to(channel_id), "chat.update", reserve=reserve)

    def update_now(self, channel_id: str, ts: str, renderings: Sequence[Message]) -> None:
        """Replace a message as `update` does, within `turn_to_update`."""
        try:
            self._send(lambda message: self._messages.update(channel_id, ts, message), renderings)
        except ContentError as error:
            # Not even the text alone, as for `block_mismatch`: it stays as it is.
            raise MessageGoneError(error.method, error.code) from error

    def share_file_once(
        self,
        post_id: PostId,
        name: str,
        place: Place,
        *,
        make: MakeFile,
        after_ts: str | None = None,
        reserve: int = 0,
    ) -> str:
        """Share what `make` makes, once, and return the ts of its message.

        It is empty where Slack has taken the file and lets nobody know where it shows it. What an
        earlier try has shared after `after_ts` is found again by its name. Making it takes long,
        so one process at a time does. Raises PostInProgressError while Slack does not show it.
        """
        method = "files.completeUploadExternal"
        turn = self._paced(post_message_limit(place.channel_id), method, reserve=reserve)
        with Posting(self._leases, post_id, is_file=True) as posting:
            return self._shared_files.share(
                name,
                place,
                posting,
                make=make,
                after_ts=after_ts,
                turn=turn,
                shared=partial(self._record, post_id, place),
            )

    def reply_once(self, post_id: PostId, address: Address, renderings: Sequence[Message]) -> None:
        """Reply to one person as `reply_ephemeral` does, once as far as that can be known.

        What only they see cannot be searched for: after a lost response it is sent once more, and
        no oftener; after two lost responses of a response_url, once more as an ephemeral message.
        A direct message is posted once.
        """
        if not address.response_url and not address.channel_id:
            self.post_once(post_id, renderings, Place(address.user_id))
            return
        with Posting(self._leases, post_id, after_a_lost_response=timedelta(0)) as posting:
            posting.begin(IN_PRIVATE)
            if self._earlier.replied(posting):
                return
            posting.may_be_in(IN_PRIVATE)
            with posting.trying():
                self.reply_ephemeral(address, renderings, posting=posting)
            posting.taken(IN_PRIVATE)

    def reply_ephemeral(
        self,
        address: Address,
        renderings: Sequence[Message],
        *,
        is_redis_there: bool = True,
        posting: Posting | None = None,
    ) -> None:
        """Reply to one person, by the nearest way that Slack allows.

        By the response_url, else by an ephemeral message where they are, else by a direct message.
        To whoever mentioned the bot, hints name the mention. Without Redis no rate limit applies.
        """
        if address.is_mention:
            renderings = [by_mention(message) for message in renderings]
        sending = posting.sending if posting is not None else nullcontext
        for way in self._ephemeral_ways(address, sending, is_redis_there=is_redis_there):
            try:
                send_first_accepted(way, down_to_text(renderings))
            except RefusedError as error:
                log.info("an ephemeral reply takes another way: %s", error)
            else:
                return
        limit = post_message_limit(address.user_id)
        text = told_elsewhere(renderings[-1], address.channel_id)
        with self._paced(limit, "chat.postMessage", is_redis_there=is_redis_there):
            label = REPLY_LABEL
            if posting is not None:
                posting.may_be_in(Place(address.user_id).key)
                label = posting.post_id.label
            with sending():
                self._messages.post(address.user_id, text, thread_ts=None, label=label)

    def replace_clicked(self, address: Address, renderings: Sequence[Message]) -> None:
        """Replace the message that somebody has just clicked, for all who see it.

        By the response_url of the click, which takes none of the updates that all cards share.
        """
        there = msgspec.structs.replace(address, replaces=True)
        respond = partial(self._response_urls.respond, there, nullcontext, is_redis_there=True)
        self._send(respond, renderings)

    def publish_home(
        self, user_id: str, views: Sequence[Callable[[], View]], *, reserve: int
    ) -> None:
        """Replace a person's App Home by the first of `views` that Slack accepts."""
        makers = (make() for make in views)
        try:
            limit = self._publish_limit.to(user_id)
            with self._paced(limit, "views.publish", reserve=reserve):
                _, refused = send_first_accepted(partial(self._views.publish, user_id), makers)
        except PlaceError as error:
            if error.code != "hash_conflict":
                raise
            raise PostInProgressError(error.method, error.code, retry_after=CONFLICT) from error
        if refused:
            log.error("Slack refuses the Home of %s: it is a plain one", user_id)

    def open_modal(self, trigger_id: str, modal: Modal, *, is_pushed: bool = False) -> str:
        """Show a modal to whoever has just acted, and return its id.

        It is pushed onto the modal in which they acted. The trigger lasts for 3 seconds, so this
        waits for no rate limit.
        """
        makers = [lambda: modal.view, *filter(None, [modal.make_plainer])]
        show = self._quick_views.push if is_pushed else self._quick_views.open
        view_id, _ = send_first_accepted(partial(show, trigger_id), (make() for make in makers))
        return view_id

    def update_modal(self, modal: Modal) -> None:
        """Replace the open modal that has the same `external_id`.

        Raises PlaceError where there is none: it isn't open yet, or was closed.
        """
        makers = [lambda: modal.view, *filter(None, [modal.make_plainer])]
        send_first_accepted(self._views.update, (make() for make in makers))

    def direct_message_with(self, user_id: str) -> str:
        """Return the channel of the direct message with a person."""
        return self._earlier.direct_message_with(user_id)

    def permalink(self, channel_id: str, ts: str) -> str:
        """Return the address of a message."""
        return self._messages.permalink(channel_id, ts)

    def ask(self, method: str, arguments: dict[str, Any]) -> Any:
        """Return what Slack responds to a question, as JSON values; nothing is posted."""
        return call(self._client, method, arguments, form=True)

    def file_info(self, file_id: str) -> Any:
        """Return Slack's object of a file, for somebody who waits. Raises SlackError."""
        response = call(self._quick_client, "files.info", {"file": file_id}, form=True)
        return response.get("file") if isinstance(response, dict) else None

    def identity(self) -> Any:
        """Return Slack's response to the question who we are, with its headers."""
        method = "auth.test"
        response = request(self._client, method, {}, form=True)
        text_at(response.data, "team_id", method=method)
        text_at(response.data, "user_id", method=method)
        return response

    def download(self, address: str, *, most_bytes: int, within: timedelta) -> bytes:
        """Return a file that somebody has shared. Raises DownloadError."""
        return download(
            address,
            token=self._client.token or "",
            api_url=self._client.base_url,
            most_bytes=most_bytes,
            within=within,
        )

    def _post_in(
        self,
        place: Place,
        posting: Posting,
        renderings: Sequence[Message],
        places: Sequence[Place],
        *,
        reserve: int,
        is_text: bool,
    ) -> Posted:
        post_id = posting.post_id

        def post(message: Message) -> Posted:
            posting.begin(place.key, places)
            if found := self._earlier.posted(posting):
                return found
            posting.may_be_in(place.key)
            with posting.sending():
                ts = self._messages.post(
                    place.channel_id, message, thread_ts=place.thread_ts, label=post_id.label
                )
            self._record(post_id, place)
            return Posted(place, ts)

        # One token for all renderings: what Slack refuses has cost nobody a message.
        limit = post_message_limit(place.channel_id)
        with self._paced(limit, "chat.postMessage", reserve=reserve):
            return self._send(post, renderings, is_text=is_text)

    def _record(self, post_id: PostId, place: Place) -> None:
        if post_id.kind in AUDITED_BY_ENTRY:
            return
        self._audit.record(
            AuditLine(
                kind=AuditKind.NOTIFICATION,
                what=post_id.kind,
                channel_id=place.channel_id,
                run_id=post_id.run_id,
            )
        )

    def _send(
        self, send: Callable[[Message], T], renderings: Sequence[Message], *, is_text: bool = True
    ) -> T:
        """Send the first rendering that Slack accepts; a block that it refuses is remembered."""
        tried = self._unsupported_blocks.worth_a_try(renderings)
        sent, refused = send_first_accepted(send, down_to_text(tried) if is_text else tried)
        if len(refused) < len(renderings):
            self._unsupported_blocks.remember(refused)
        return sent

    def _ephemeral_ways(
        self, address: Address, sending: Sending, *, is_redis_there: bool
    ) -> Iterator[Callable[[Message], None]]:
        if address.response_url:
            respond = self._response_urls.respond
            yield partial(respond, address, sending, is_redis_there=is_redis_there)
        if address.channel_id:

            def post(message: Message) -> None:
                limit, method = self._ephemeral_limit.to(address.user_id), "chat.postEphemeral"
                paced = self._paced(limit, method, is_redis_there=is_redis_there)
                with paced, sending():
                    self._messages.post_ephemeral(
                        address.channel_id, address.user_id, message, thread_ts=address.thread_ts
                    )

            yield post
