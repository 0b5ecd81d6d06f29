"""What is worth a notice, and how notices are grouped. Pure: no clock, no network."""

import hashlib
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from odps_bot.alerts.digests import Digest, Group, InstanceEvent, Outcome, Post, Silence
from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.sql.fingerprint import COMPARED_CHARACTERS

#: Repeats within this are told by one message that is edited.
GROUP_WINDOW = timedelta(hours=1)

#: A subscription posts no more often; what comes meanwhile becomes one digest.
GROUP_INTERVAL = timedelta(minutes=1)

#: A notice is edited no more often.
UPDATE_INTERVAL = timedelta(seconds=10)

SILENCE_DURATION = timedelta(hours=1)

#: A message tells of so many groups at most, and a group names so many instances.
GROUPS_A_POST = 30
NAMED_INSTANCES = 5

#: A job is slow when it takes so many times as long as it uses to …
SLOW_FACTOR = 3
#: … if that is worth a word at all; and without a history, after this.
SHORTEST_SLOW = timedelta(minutes=5)
SLOW_WITHOUT_HISTORY = timedelta(minutes=30)
#: Fewer times are no history.
LEAST_HISTORY = 3

_QUOTED = re.compile(r"(?<!\\)'(?:[^'\\]|\\.)*+'|(?<!\\)\"(?:[^\"\\]|\\.)*+\"")
_NUMBER = re.compile(r"\b\w*\d\w*\b")
_CODE = re.compile(r"ODPS-\d{7}")


def failure_fingerprint(error: str) -> str:
    """Return the same for errors that differ in numbers, ids and quoted values only."""
    codes = " ".join(_CODE.findall(error)[:3])
    words = _NUMBER.sub("0", _QUOTED.sub("''", error[:COMPARED_CHARACTERS]))
    return _digest(f"{codes} {' '.join(words.split())}")


def slow_after(history: Sequence[timedelta]) -> timedelta:
    """Return after how long a statement with this history is slow."""
    usual = usual_duration(history)
    return SLOW_WITHOUT_HISTORY if usual is None else max(SHORTEST_SLOW, usual * SLOW_FACTOR)


def usual_duration(history: Sequence[timedelta]) -> timedelta | None:
    """Return how long the statement uses to take, or None when too little is known."""
    if len(history) < LEAST_HISTORY:
        return None
    return timedelta(seconds=statistics.median(took.total_seconds() for took in history))


def wants_end(subscription: Subscription, outcome: Outcome, owner: str | None) -> bool:
    """Return whether the subscription is about such an end."""
    is_failure = outcome is Outcome.FAILED and Wanted.FAILURES in subscription.wants
    return (is_failure or Wanted.ALL in subscription.wants) and is_owner_wanted(subscription, owner)


def wants_slow(subscription: Subscription) -> bool:
    """Return whether the subscription is about slow jobs."""
    return bool({Wanted.SLOW, Wanted.ALL} & set(subscription.wants))


def is_owner_wanted(subscription: Subscription, owner: str | None) -> bool:
    """Return whether the owner of an instance is one of those that were named, if any were.

    ``ALIYUN$ann@example.com`` and ``RAM$company:ann`` are also found as ``ann``.
    """
    if not subscription.owners:
        return True
    whole = (owner or "").lower()
    names = {whole, *re.split(r"[$:@]", whole), whole.rpartition("$")[2]}
    return any(wanted.lower() in names for wanted in subscription.owners)


def apply_events(board: Digest, happenings: Sequence[InstanceEvent], *, now: datetime) -> Digest:
    """Return the board with what happened on it, and without what is over."""
    silences = tuple(mute for mute in board.silences if mute.until > now)
    posts = tuple(post for post in board.posts if _may_change(post, now))
    board = msgspec.structs.replace(board, silences=silences, posts=posts)
    for happening in happenings:
        board = _with(board, happening, now)
    return board


def _may_change(post: Post, now: datetime) -> bool:
    is_open = any(_is_open(group, now) for group in post.groups)
    return post.ts is None or post.is_stale or is_open


def _is_open(group: Group, now: datetime) -> bool:
    return now - group.opened_at < GROUP_WINDOW


def _with(board: Digest, happening: InstanceEvent, now: datetime) -> Digest:
    key = group_key(happening)
    if any(mute.key == key for mute in board.silences):
        return board
    for post in board.posts:
        for group in post.groups:
            if group.key == key and (_is_open(group, now) or post.ts is None):
                groups = tuple(
                    _repeated(one, happening) if one is group else one for one in post.groups
                )
                return _replaced(board, post, groups=groups)
    return _with_new(board, happening, now)


def _repeated(group: Group, happening: InstanceEvent) -> Group:
    return msgspec.structs.replace(
        group,
        latest=happening,
        count=group.count + 1,
        first_at=min(group.first_at, happening.at),
        instance_ids=(*group.instance_ids, happening.instance_id)[-NAMED_INSTANCES:],
    )


def _with_new(board: Digest, happening: InstanceEvent, now: datetime) -> Digest:
    group = Group(
        key=group_key(happening),
        latest=happening,
        first_at=happening.at,
        count=1,
        instance_ids=(happening.instance_id,),
        opened_at=now,
    )
    post = _taking_more(board, now)
    if post is None:
        new = Post(post_id=_digest(happening.key), groups=(group,))
        return msgspec.structs.replace(board, posts=(*board.posts, new))
    if len(post.groups) >= GROUPS_A_POST:
        return _replaced(board, post, left_out=post.left_out + 1)
    return _replaced(board, post, groups=(*post.groups, group))


def _taking_more(board: Digest, now: datetime) -> Post | None:
    """Return the message that takes one more group: one that waits, or a digest of right now."""
    for post in board.posts:
        is_new_digest = (
            len(post.groups) > 1
            and post.posted_at is not None
            and now - post.posted_at < GROUP_INTERVAL
        )
        if post.ts is None or is_new_digest:
            return post
    return None


def _replaced(board: Digest, post: Post, **facts: object) -> Digest:
    changed = msgspec.structs.replace(post, **{"is_stale": post.ts is not None, **facts})
    posts = tuple(changed if one is post else one for one in board.posts)
    return msgspec.structs.replace(board, posts=posts)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do next about a board: say a message, after a while."""

    post: Post
    after: timedelta  #: 0: now


def next_step(board: Digest, *, now: datetime) -> Step | None:
    """Return what to say next, and when; None when Slack shows everything."""
    none = timedelta(0)
    steps = []
    for post in board.posts:
        if post.ts is None:
            last = board.posted_at
            after = none if last is None else last + GROUP_INTERVAL - now
        elif post.is_stale:
            last = max(filter(None, (post.posted_at, post.updated_at)), default=None)
            after = none if last is None else last + UPDATE_INTERVAL - now
        else:
            continue
        steps.append(Step(post=post, after=max(none, after)))
    return min(steps, key=lambda step: step.after, default=None)


def said(
    board: Digest, post: Post, *, ts: str, now: datetime, silences: Sequence[Silence] = ()
) -> Digest:
    """Return the board once Slack shows `post` with these mutes; what came since is still to do.

    Somebody can mute a group in the moment between its message and this call. A message that was
    taken off the board by that is on it again: Slack shows it, and it has to show the mute.
    """
    is_new = post.ts is None
    times = {"posted_at": now} if is_new else {"updated_at": now}
    posts = []
    for one in board.posts:
        if one.post_id == post.post_id:
            is_whole = (one.groups, one.left_out) == (post.groups, post.left_out)
            is_current = is_whole and _mutes_of(post, silences) == _mutes_of(post, board.silences)
            posts.append(msgspec.structs.replace(one, ts=ts, is_stale=not is_current, **times))
        else:
            posts.append(one)
    is_on_board = any(one.post_id == post.post_id for one in posts)
    if not is_on_board and _mutes_of(post, board.silences):
        posts.append(msgspec.structs.replace(post, ts=ts, is_stale=True, **times))
    posted_at = now if is_new else board.posted_at
    return msgspec.structs.replace(board, posts=tuple(posts), posted_at=posted_at)


def _mutes_of(post: Post, silences: Sequence[Silence]) -> set[Silence]:
    keys = {group.key for group in post.groups}
    return {mute for mute in silences if mute.key in keys}


def without(board: Digest, post_id: str) -> Digest:
    """Return the board without a message that is gone, so that the next repeat is told anew."""
    posts = tuple(post for post in board.posts if post.post_id != post_id)
    return msgspec.structs.replace(board, posts=posts)


def silence(board: Digest, key: str, *, user_id: str, now: datetime) -> Digest:
    """Return the board with a group muted; what of it waits to be said is dropped."""
    others = tuple(mute for mute in board.silences if mute.key != key)
    mute = Silence(key=key, until=now + SILENCE_DURATION, user_id=user_id)
    posts = []
    for post in board.posts:
        if post.ts is None:
            groups = tuple(group for group in post.groups if group.key != key)
            if groups:
                posts.append(msgspec.structs.replace(post, groups=groups))
        else:
            has_it = any(group.key == key for group in post.groups)
            posts.append(msgspec.structs.replace(post, is_stale=post.is_stale or has_it))
    return msgspec.structs.replace(board, posts=tuple(posts), silences=(*others, mute))


def group_key(happening: InstanceEvent) -> str:
    """Return what repeats of the same have in common."""
    return _digest(f"{happening.outcome} {happening.owner} {happening.fingerprint}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
