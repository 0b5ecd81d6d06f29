"""Which events are worth an alert, and how alerts are grouped. Pure: no clock, no network."""

import hashlib
import re
import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from odps_bot.alerts.digests import Digest, Group, InstanceEvent, Outcome, Post, Silence
from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.diagnosis.finding import Finding, Kind
from odps_bot.history.spread import LEAST_EXCESS_S, LEAST_FOR_ALERTS, slow_after_s
from odps_bot.history.usual import Usual
from odps_bot.runs.account_names import account_names
from odps_bot.runs.former_records import NO_REASON
from odps_bot.sql.fingerprint import COMPARED_CHARACTERS

#: Repeats within this update one message.
GROUP_WINDOW = timedelta(hours=1)

#: A subscription posts no more often; what comes meanwhile becomes one message.
GROUP_INTERVAL = timedelta(minutes=1)

#: A message is updated no more often.
UPDATE_INTERVAL = timedelta(seconds=10)

SILENCE_DURATION = timedelta(hours=1)

#: A message shows at most so many groups, and a group names so many instances.
GROUPS_A_POST = 30
NAMED_INSTANCES = 5

#: No job is slow that took less.
SHORTEST_SLOW = timedelta(seconds=LEAST_EXCESS_S)
#: No wait is worth an alert that is shorter.
SHORTEST_WAIT = timedelta(minutes=5)
#: What is not known well enough is slow after this, or after so many times the longest before.
SLOW_WITHOUT_HISTORY = timedelta(minutes=30)
SLOW_FACTOR = 3
#: Histories of version 0.2 are of durations only: so many are one.
LEAST_FORMER = 3
SHORTEST_SLOW_BY_FORMER = timedelta(minutes=5)

#: What holds up many jobs at once, whatever they run.
_ALIKE = frozenset({Kind.WAIT_FRAMEWORK, Kind.WAIT_QUOTA, Kind.STARVED, Kind.REPLICATION})

_QUOTED = re.compile(r"(?<!\\)'(?:[^'\\]|\\.)*+'|(?<!\\)\"(?:[^\"\\]|\\.)*+\"")
_NUMBER = re.compile(r"\b\w*\d\w*\b")
_CODE = re.compile(r"ODPS-\d{7}")


def failure_fingerprint(error: str) -> str:
    """Return the same for errors that differ only in numbers, ids and quoted values.

    An empty one keeps the group that version 0.2 had for failures without a reason.
    """
    error = error or NO_REASON
    codes = " ".join(_CODE.findall(error)[:3])
    words = _NUMBER.sub("0", _QUOTED.sub("''", error[:COMPARED_CHARACTERS]))
    return _hash(f"{codes} {' '.join(words.split())}")


def slow_after(usual: Usual, former: Sequence[timedelta] = ()) -> timedelta:
    """Return after which time of running a statement is slow enough for an alert.

    `former` are durations that version 0.2 has kept, for as long as there are no others.
    """
    limit = usual.slow_after_s
    if limit is not None and len(usual.run_s) >= LEAST_FOR_ALERTS:
        return timedelta(seconds=limit)
    if len(former) >= LEAST_FORMER and not usual.run_s:
        return max(SHORTEST_SLOW_BY_FORMER, median_duration(former) * SLOW_FACTOR)
    longest = timedelta(seconds=max(usual.run_s, default=0))
    return max(SLOW_WITHOUT_HISTORY, longest * SLOW_FACTOR)


def waits_long_after(usual: Usual) -> timedelta:
    """Return after which wait of a statement an alert is worth it."""
    limit = slow_after_s(usual.wait_s)
    if limit is None or len(usual.wait_s) < LEAST_FOR_ALERTS:
        return SLOW_WITHOUT_HISTORY
    return max(SHORTEST_WAIT, timedelta(seconds=limit))


def median_duration(durations: Sequence[timedelta]) -> timedelta:
    """Return the median of these; there must be one."""
    return timedelta(seconds=statistics.median(took.total_seconds() for took in durations))


def wants_end(subscription: Subscription, outcome: Outcome, owner: str | None) -> bool:
    """Return whether the subscription includes this end of an instance."""
    is_failure = outcome is Outcome.FAILED and Wanted.FAILURES in subscription.wants
    return (is_failure or Wanted.ALL in subscription.wants) and is_owner_wanted(subscription, owner)


def wants_slow(subscription: Subscription) -> bool:
    """Return whether the subscription includes slow jobs."""
    return bool({Wanted.SLOW, Wanted.ALL} & set(subscription.wants))


def wants_sick(subscription: Subscription) -> bool:
    """Return whether the subscription includes what holds jobs up."""
    return Wanted.SICK in subscription.wants


def wants_phases(subscription: Subscription) -> bool:
    """Return whether the subscription hangs on whether a job waits or runs."""
    return wants_slow(subscription) or wants_sick(subscription)


def finding_fingerprint(finding: Finding, statement: str) -> str:
    """Return the same for jobs that the same holds up.

    Those that wait, wait for the same; what is wrong with one while it runs is its statement's.
    """
    if finding.kind in _ALIKE:
        return finding.kind
    return f"{finding.kind} {statement}"


def is_owner_wanted(subscription: Subscription, owner: str | None) -> bool:
    """Return whether the subscription includes the instances of this owner.

    ``ALIYUN$ann@example.com`` and ``RAM$company:ann`` are also found as ``ann``.
    """
    if not subscription.owners:
        return True
    names = account_names(owner)
    return any(wanted.lower() in names for wanted in subscription.owners)


def apply_events(digest: Digest, events: Sequence[InstanceEvent], *, now: datetime) -> Digest:
    """Return the digest with these events, without posts and silences that are over."""
    silences = tuple(silence for silence in digest.silences if silence.until > now)
    posts = tuple(post for post in digest.posts if _may_change(post, now))
    digest = msgspec.structs.replace(digest, silences=silences, posts=posts)
    for event in events:
        digest = _add_event(digest, event, now)
    return digest


def _may_change(post: Post, now: datetime) -> bool:
    is_open = any(_is_open(group, now) for group in post.groups)
    return post.ts is None or post.is_stale or is_open


def _is_open(group: Group, now: datetime) -> bool:
    return now - group.opened_at < GROUP_WINDOW


def _add_event(digest: Digest, event: InstanceEvent, now: datetime) -> Digest:
    key = group_key(event)
    if any(silence.key == key for silence in digest.silences):
        return digest
    for post in digest.posts:
        for group in post.groups:
            if group.key == key and (_is_open(group, now) or post.ts is None):
                groups = tuple(
                    _add_repeat(one, event) if one is group else one for one in post.groups
                )
                return _change_post(digest, post, groups=groups)
    return _add_group(digest, event, now)


def _add_repeat(group: Group, event: InstanceEvent) -> Group:
    return msgspec.structs.replace(
        group,
        latest=event,
        count=group.count + 1,
        first_at=min(group.first_at, event.at),
        instance_ids=(*group.instance_ids, event.instance_id)[-NAMED_INSTANCES:],
    )


def _add_group(digest: Digest, event: InstanceEvent, now: datetime) -> Digest:
    group = Group(
        key=group_key(event),
        latest=event,
        first_at=event.at,
        count=1,
        instance_ids=(event.instance_id,),
        opened_at=now,
    )
    post = _post_with_room(digest, now)
    if post is None:
        new = Post(post_id=_hash(event.key), groups=(group,))
        return msgspec.structs.replace(digest, posts=(*digest.posts, new))
    if len(post.groups) >= GROUPS_A_POST:
        return _change_post(digest, post, left_out=post.left_out + 1)
    return _change_post(digest, post, groups=(*post.groups, group))


def _post_with_room(digest: Digest, now: datetime) -> Post | None:
    """Return the post that takes one more group: unposted, or of several and just posted."""
    for post in digest.posts:
        is_recent = (
            len(post.groups) > 1
            and post.posted_at is not None
            and now - post.posted_at < GROUP_INTERVAL
        )
        if post.ts is None or is_recent:
            return post
    return None


def _change_post(digest: Digest, post: Post, **facts: object) -> Digest:
    changed = msgspec.structs.replace(post, **{"is_stale": post.ts is not None, **facts})
    posts = tuple(changed if one is post else one for one in digest.posts)
    return msgspec.structs.replace(digest, posts=posts)


def next_post(digest: Digest, *, now: datetime) -> tuple[Post, timedelta] | None:
    """Return what to post or update next, and how long to wait; None when Slack shows it all."""
    none = timedelta(0)
    waits = []
    for post in digest.posts:
        if post.ts is None:
            last = digest.posted_at
            wait = none if last is None else last + GROUP_INTERVAL - now
        elif post.is_stale:
            last = max(filter(None, (post.posted_at, post.updated_at)), default=None)
            wait = none if last is None else last + UPDATE_INTERVAL - now
        else:
            continue
        waits.append((post, max(none, wait)))
    return min(waits, key=lambda post_and_wait: post_and_wait[1], default=None)


def mark_posted(
    digest: Digest, post: Post, *, ts: str, now: datetime, silences: Sequence[Silence] = ()
) -> Digest:
    """Return the digest once Slack shows `post` with these silences; what came since is stale.

    Somebody can silence a group in the moment between its message and this call. A post that was
    dropped by that is added again: Slack shows it, and it has to show the silence.
    """
    is_new = post.ts is None
    times = {"posted_at": now} if is_new else {"updated_at": now}
    posts = []
    for one in digest.posts:
        if one.post_id == post.post_id:
            is_whole = (one.groups, one.left_out) == (post.groups, post.left_out)
            shown, current = (_silences_of(post, one) for one in (silences, digest.silences))
            is_stale = not (is_whole and shown == current)
            posts.append(msgspec.structs.replace(one, ts=ts, is_stale=is_stale, **times))
        else:
            posts.append(one)
    is_dropped = all(one.post_id != post.post_id for one in posts)
    if is_dropped and _silences_of(post, digest.silences):
        posts.append(msgspec.structs.replace(post, ts=ts, is_stale=True, **times))
    posted_at = now if is_new else digest.posted_at
    return msgspec.structs.replace(digest, posts=tuple(posts), posted_at=posted_at)


def _silences_of(post: Post, silences: Sequence[Silence]) -> set[Silence]:
    keys = {group.key for group in post.groups}
    return {silence for silence in silences if silence.key in keys}


def drop_post(digest: Digest, post_id: str) -> Digest:
    """Return the digest without a deleted message, so that the next repeat is posted anew."""
    posts = tuple(post for post in digest.posts if post.post_id != post_id)
    return msgspec.structs.replace(digest, posts=posts)


def silence_group(digest: Digest, key: str, *, user_id: str, now: datetime) -> Digest:
    """Return the digest with a group silenced; what of it was not posted yet is dropped."""
    others = tuple(silence for silence in digest.silences if silence.key != key)
    new = Silence(key=key, until=now + SILENCE_DURATION, user_id=user_id)
    posts = []
    for post in digest.posts:
        if post.ts is None:
            groups = tuple(group for group in post.groups if group.key != key)
            if groups:
                posts.append(msgspec.structs.replace(post, groups=groups))
        else:
            has_it = any(group.key == key for group in post.groups)
            posts.append(msgspec.structs.replace(post, is_stale=post.is_stale or has_it))
    return msgspec.structs.replace(digest, posts=tuple(posts), silences=(*others, new))


def group_key(event: InstanceEvent) -> str:
    """Return what repeats of the same event have in common."""
    return _hash(f"{event.outcome} {event.owner} {event.fingerprint}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
