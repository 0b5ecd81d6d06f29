"""Post alerts to a channel about the jobs of a project that it has subscribed to.

The digest says which message is next; events that wait are grouped into one. Where Slack refuses
posts, the subscription pauses and its owner is notified; it resumes by itself, or is removed after
a fortnight.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from odps_bot.alerts import grouping
from odps_bot.alerts.digests import Digest, Post
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.messages import Message
from odps_bot.messages.alerts import alert
from odps_bot.messages.alerts import subscriptions as words
from odps_bot.policy.effective_role import NEEDED, Permission
from odps_bot.services import Services
from odps_bot.slack.errors import MessageGoneError, RefusedError
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.notification_kind import NotificationKind

log = logging.getLogger(__name__)

#: A paused subscription is tried again so often, and ended after so long.
TRY_AGAIN = timedelta(hours=1)
PATIENCE = timedelta(days=14)

#: What updates of alerts leave to cards.
RESERVE_OF_UPDATES = 10

AT_ONCE = timedelta(0)

#: What an owner is notified of, once for each pause: a part of the message's id.
PAUSED, REMOVED = "paused", "removed"


def deliver_alert(subscription_id: str, services: Services) -> timedelta | None:
    """Announce a subscription, or post or update the next alert of its channel.

    Returns when to go on, or None when nothing is left to post. Safe to run twice.
    Raises SlackError when it must wait.
    """
    subscription = services.stores.subscriptions.get(subscription_id)
    if subscription is None or not _is_allowed(subscription, services):
        services.stores.digests.forget(subscription_id)
        return None
    now = services.clock()
    # First, so that events during a pause take little room.
    digest = services.stores.digests.take_events(
        subscription_id, partial(grouping.apply_events, now=now)
    )
    if not subscription.is_announced:
        return _announce(subscription, services)
    following = grouping.next_post(digest, now=now)
    if following is None:
        # What a pause has held back waits until it can be posted: nothing waits, so it has ended.
        _resume(subscription, services)
        return None
    if subscription.paused_since is not None:
        wait = _wait_of_paused(subscription, subscription.paused_since, services, now=now)
        if wait != AT_ONCE:
            return wait
    post, wait = following
    if wait:
        return wait
    try:
        _show(post, digest, subscription, services)
    except RefusedError as error:
        log.warning("subscription %s paused: %s", subscription_id, error)
        _change(subscription, partial(_paused, code=error.code, now=now), services)
    else:
        _resume(subscription, services)
    return AT_ONCE


def _is_allowed(subscription: Subscription, services: Services) -> bool:
    """Return whether the channel may still subscribe to the project: the rules may have changed."""
    channel = services.rules.channel(subscription.channel_id)
    is_allowed = channel.highest_role.includes(NEEDED[Permission.SUBSCRIBE])
    if is_allowed and channel.allows(subscription.project):
        return True
    log.warning("subscription %s skipped: its channel is not allowed to have it", subscription.id)
    return False


def _announce(subscription: Subscription, services: Services) -> timedelta:
    """Announce the subscription in its channel; where that is refused, it is not stored."""
    message = words.announcement(subscription)
    subject = f"subscription {subscription.interaction_id}"
    outcome: Subscription | None
    try:
        _post(subject, subscription.channel_id, message, services)
    except RefusedError as error:
        log.info("subscription not stored: %s", error)
        answer, outcome = words.not_subscribed(subscription, error.code), subscription.replaces
    else:
        answer = words.subscribed(subscription)
        outcome = msgspec.structs.replace(subscription, is_announced=True, replaces=None)
    # The answer comes first: whoever repeats this comes to the same.
    services.stores.ephemeral_replies.give(subscription.interaction_id, answer)
    _change(subscription, lambda current: outcome if current == subscription else current, services)
    return AT_ONCE


def _show(post: Post, digest: Digest, subscription: Subscription, services: Services) -> None:
    """Post or update the alert, and record that in the digest."""
    message = alert.alert_message(post, project=subscription.project, silences=digest.silences)
    if post.ts is None:
        subject = f"{subscription.id} {post.post_id}"
        ts = _post(subject, subscription.channel_id, message, services)
    else:
        ts = post.ts
        try:
            services.slack.gateway.update(
                subscription.channel_id, ts, [message], reserve=RESERVE_OF_UPDATES
            )
        except MessageGoneError:
            gone = partial(grouping.drop_post, post_id=post.post_id)
            services.stores.digests.change(subscription.id, gone)
            return
    shown = partial(
        grouping.mark_posted, post=post, ts=ts, silences=digest.silences, now=services.clock()
    )
    services.stores.digests.change(subscription.id, shown)


def _post(subject: str, channel_id: str, message: Message, services: Services) -> str:
    """Post the message once and return its ts; `subject` identifies it. Raises SlackError."""
    subject_id = hashlib.sha256(subject.encode()).hexdigest()[:24]
    post_id = PostId(kind=NotificationKind.ALERT, subject_id=subject_id, field="notice_id")
    return services.slack.gateway.post_once(post_id, [message], Place(channel_id)).ts


def _wait_of_paused(
    subscription: Subscription, since: datetime, services: Services, *, now: datetime
) -> timedelta | None:
    """Return how long to wait before the next try, 0: now; None: it has ended."""
    if not subscription.is_owner_notified:
        is_gone = not _notify_owner(PAUSED, subscription, words.paused(subscription), services)
        _change(subscription, partial(_with_owner_notified, is_gone=is_gone), services)
        return TRY_AGAIN
    if now - since >= PATIENCE:
        _notify_owner(REMOVED, subscription, words.removed(subscription), services)
        _change(subscription, lambda _current: None, services)
        services.stores.digests.forget(subscription.id)
        return None
    return max(AT_ONCE, (subscription.tried_at or since) + TRY_AGAIN - now)


def _resume(subscription: Subscription, services: Services) -> None:
    """End the pause, if there is one; its channel is notified where its owner could not be."""
    if subscription.paused_since is None:
        return
    if subscription.is_owner_gone:
        subject = f"{subscription.id} {subscription.paused_since} resumed"
        try:
            _post(subject, subscription.channel_id, words.resumed(subscription), services)
        except RefusedError as error:
            log.warning(
                "cannot notify anybody of the pause of subscription %s: %s", subscription.id, error
            )
    _change(subscription, _resumed, services)


def _notify_owner(
    event: str, subscription: Subscription, message: Message, services: Services
) -> bool:
    """Notify the owner by direct message; return whether that was possible: accounts are closed."""
    subject = f"{subscription.id} {subscription.paused_since} {event}"
    try:
        _post(subject, subscription.user_id, message, services)
    except RefusedError as error:
        log.warning("cannot notify the owner of subscription %s: %s", subscription.id, error)
        return False
    return True


def _paused(current: Subscription, *, code: str, now: datetime) -> Subscription:
    since = current.paused_since or now
    return msgspec.structs.replace(current, paused_since=since, paused_by=code, tried_at=now)


def _resumed(current: Subscription) -> Subscription:
    return msgspec.structs.replace(
        current,
        paused_since=None,
        paused_by="",
        tried_at=None,
        is_owner_notified=False,
        is_owner_gone=False,
    )


def _with_owner_notified(current: Subscription, *, is_gone: bool) -> Subscription:
    return msgspec.structs.replace(current, is_owner_notified=True, is_owner_gone=is_gone)


def _change(
    subscription: Subscription,
    decide: Callable[[Subscription], Subscription | None],
    services: Services,
) -> None:
    """Change the subscription, unless it has ended meanwhile."""
    services.stores.subscriptions.change(
        subscription.project,
        subscription.team_id,
        subscription.channel_id,
        lambda current: decide(current) if current else None,
    )
