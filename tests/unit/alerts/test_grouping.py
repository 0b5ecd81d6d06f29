"""What is worth a notice, and how notices are grouped: nothing is lost, and nobody is flooded."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.alerts import grouping
from odps_bot.alerts.digests import Digest, InstanceEvent, Outcome
from odps_bot.alerts.grouping import apply_events, mark_posted, next_post
from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.history.usual import Usual

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_failure(instance_id="i1", *, at=NOON, fingerprint="f", owner="ann", **facts):
    return InstanceEvent(
        outcome=Outcome.FAILED,
        instance_id=instance_id,
        at=at,
        fingerprint=fingerprint,
        owner=owner,
        **facts,
    )


def a_subscription(*wants, **facts):
    usual = {"team_id": "T1", "channel_id": "C1", "project": "p", "user_id": "U1"}
    return Subscription(**usual, created_at=NOON, wants=wants or (Wanted.FAILURES,), **facts)


class Channel:
    """A channel that is told as the worker would tell it, and remembers what it saw."""

    def __init__(self):
        self.digest, self.now = Digest(), NOON
        self.posts, self.updates, self.shown = [], [], {}

    def hears(self, *events):
        self.digest = apply_events(self.digest, events, now=self.now)
        self.is_told()

    def is_told(self):
        while (found := next_post(self.digest, now=self.now)) and not found[1]:
            post, _ = found
            (self.updates if post.ts else self.posts).append((self.now, post.post_id))
            ts = post.ts or f"{len(self.posts)}.0"
            self.shown[ts] = post
            self.digest = mark_posted(self.digest, post, ts=ts, now=self.now)

    def waits(self, span):
        self.now += span
        self.hears()

    def jobs_shown(self):
        posts = self.shown.values()
        return sum(sum(g.count for g in post.groups) + post.left_out for post in posts)


def test_a_first_failure_is_told_at_once():
    channel = Channel()
    channel.hears(a_failure())

    assert len(channel.posts) == 1
    assert next_post(channel.digest, now=channel.now) is None


def test_a_repeat_within_the_hour_edits_the_message():
    channel = Channel()
    channel.hears(a_failure("i1"))
    channel.waits(timedelta(minutes=38))
    channel.hears(a_failure("i2", at=channel.now))

    assert len(channel.posts) == 1
    assert len(channel.updates) == 1
    (group,) = channel.shown["1.0"].groups
    assert (group.count, group.first_at, group.latest.at) == (2, NOON, channel.now)
    assert group.instance_ids == ("i1", "i2")


@pytest.mark.parametrize(("minutes", "messages"), [(59, 1), (60, 2), (61, 2)])
def test_a_repeat_after_an_hour_is_a_new_message(minutes, messages):
    channel = Channel()
    channel.hears(a_failure("i1"))
    channel.waits(minutes * MINUTE)
    channel.hears(a_failure("i2"))

    assert len(channel.posts) == messages


@pytest.mark.parametrize(
    "other", [{"fingerprint": "g"}, {"owner": "bob"}, {"outcome": Outcome.SLOW}]
)
def test_what_differs_is_told_by_itself(other):
    channel = Channel()
    channel.hears(a_failure("i1"))
    channel.waits(MINUTE)
    facts = {"fingerprint": "f", "owner": "ann", "outcome": Outcome.FAILED, **other}
    channel.hears(InstanceEvent(instance_id="i2", at=NOON, **facts))

    assert len(channel.posts) == 2


def test_what_comes_within_a_minute_of_a_message_waits_and_becomes_one():
    channel = Channel()
    channel.hears(a_failure("i0", fingerprint="f0"))
    for n in range(1, 6):
        channel.waits(timedelta(seconds=5))
        channel.hears(a_failure(f"i{n}", fingerprint=f"f{n}"))
    assert len(channel.posts) == 1

    channel.waits(MINUTE)
    assert len(channel.posts) == 2
    assert len(channel.shown["2.0"].groups) == 5


def test_what_comes_right_after_a_message_waits_for_the_rest_of_a_minute():
    channel = Channel()
    channel.hears(a_failure("i0", fingerprint="f0"))
    channel.waits(timedelta(seconds=5))
    channel.hears(a_failure("i1", fingerprint="f1"))

    _, wait = next_post(channel.digest, now=channel.now)
    assert wait == timedelta(seconds=55)


@pytest.mark.parametrize(("seconds", "messages"), [(59, 1), (60, 2)])
def test_a_digest_takes_more_for_a_minute(seconds, messages):
    channel = Channel()
    channel.hears(a_failure("i0", fingerprint="f0"), a_failure("i1", fingerprint="f1"))
    channel.waits(timedelta(seconds=seconds))
    channel.hears(a_failure("i2", fingerprint="f2"))

    assert len(channel.posts) == messages


def test_a_message_names_thirty_groups_and_counts_the_others():
    channel = Channel()
    channel.hears(*(a_failure(f"i{n}", fingerprint=f"f{n}") for n in range(40)))

    message = channel.shown["1.0"]
    assert (len(message.groups), message.left_out) == (30, 10)


def test_a_group_names_the_latest_five_instances():
    channel = Channel()
    channel.hears(*(a_failure(f"i{n}") for n in range(12)))

    (group,) = channel.shown["1.0"].groups
    assert group.count == 12
    assert group.instance_ids == ("i7", "i8", "i9", "i10", "i11")


def test_a_burst_of_a_hundred_different_failures_is_one_digest():
    channel = Channel()
    for start in range(0, 100, 20):
        channel.hears(*(a_failure(f"i{n}", fingerprint=f"f{n}") for n in range(start, start + 20)))
        channel.waits(timedelta(seconds=5))
    channel.waits(MINUTE)

    assert len(channel.posts) == 1
    assert channel.jobs_shown() == 100


def test_a_muted_failure_is_not_heard_until_the_mute_is_over():
    channel = Channel()
    channel.hears(a_failure("i1"))
    key = grouping.group_key(a_failure())
    channel.digest = grouping.silence_group(channel.digest, key, user_id="U1", now=channel.now)
    channel.waits(MINUTE)
    channel.hears(a_failure("i2"), a_failure("i3", fingerprint="g"))
    assert channel.jobs_shown() == 2

    channel.waits(58 * MINUTE)
    channel.hears(a_failure("i4"))
    assert channel.jobs_shown() == 2

    channel.waits(MINUTE)
    channel.hears(a_failure("i5"))
    assert channel.jobs_shown() == 3


def test_a_mute_drops_what_of_it_still_waits():
    digest = apply_events(Digest(), [a_failure()], now=NOON)
    digest = grouping.silence_group(digest, grouping.group_key(a_failure()), user_id="U1", now=NOON)

    assert next_post(digest, now=NOON) is None


def test_what_comes_while_a_message_is_on_its_way_is_shown_by_an_edit():
    digest = apply_events(Digest(), [a_failure("i1")], now=NOON)
    post = next_post(digest, now=NOON)[0]
    digest = apply_events(digest, [a_failure("i2")], now=NOON)
    digest = mark_posted(digest, post, ts="1.0", now=NOON)

    found, wait = next_post(digest, now=NOON)
    assert found.ts
    assert wait == timedelta(seconds=10)


@pytest.mark.parametrize("ts", [None, "1.0"])
def test_a_mute_that_comes_while_a_message_is_on_its_way_is_shown_by_an_edit(ts):
    digest = apply_events(Digest(), [a_failure("i1")], now=NOON)
    if ts:
        digest = mark_posted(digest, next_post(digest, now=NOON)[0], ts=ts, now=NOON)
        digest = apply_events(digest, [a_failure("i2")], now=NOON)
    post = next_post(digest, now=NOON)[0]
    silenced = grouping.silence_group(
        digest, grouping.group_key(a_failure()), user_id="U1", now=NOON
    )
    silenced = mark_posted(silenced, post, ts="1.0", silences=digest.silences, now=NOON)

    found, wait = next_post(silenced, now=NOON)
    assert found.ts == "1.0"
    assert wait == timedelta(seconds=10)
    shown = mark_posted(silenced, found, ts="1.0", silences=silenced.silences, now=NOON)
    assert next_post(shown, now=NOON) is None


def test_a_message_that_was_forgotten_while_it_was_on_its_way_stays_forgotten():
    digest = apply_events(Digest(), [a_failure("i1")], now=NOON)

    shown = mark_posted(Digest(), next_post(digest, now=NOON)[0], ts="1.0", now=NOON)

    assert shown.posts == ()


def test_a_message_that_is_gone_is_not_edited_any_more():
    digest = mark_posted(
        apply_events(Digest(), [a_failure()], now=NOON),
        next_post(apply_events(Digest(), [a_failure()], now=NOON), now=NOON)[0],
        ts="1.0",
        now=NOON,
    )
    digest = grouping.drop_post(digest, digest.posts[0].post_id)
    digest = apply_events(digest, [a_failure("i2")], now=NOON)

    post, _ = next_post(digest, now=NOON)
    assert post.ts is None


HEARD = st.lists(
    st.tuples(
        st.integers(0, 200),  # seconds since the one before
        st.sampled_from("abcde"),
        st.sampled_from(["ann", "bob", None]),
        st.sampled_from(Outcome),
    ),
    max_size=60,
)


@given(HEARD)
def test_whatever_happens_all_is_shown_once_and_never_more_than_a_post_a_minute(heard):
    channel = Channel()
    for n, (seconds, fingerprint, owner, outcome) in enumerate(heard):
        channel.waits(timedelta(seconds=seconds))
        channel.hears(
            InstanceEvent(
                outcome=outcome,
                instance_id=f"i{n}",
                at=channel.now,
                fingerprint=fingerprint,
                owner=owner,
            )
        )
    for _ in range(5):
        channel.waits(MINUTE)

    assert channel.jobs_shown() == len(heard)
    times = [at for at, _ in channel.posts]
    assert all(later - at >= MINUTE for at, later in pairwise(times))
    assert next_post(channel.digest, now=channel.now) is None


@given(HEARD)
def test_a_message_is_not_edited_more_often_than_it_may_be(heard):
    channel = Channel()
    for n, (seconds, fingerprint, owner, _) in enumerate(heard):
        channel.waits(timedelta(seconds=seconds % 7))
        channel.hears(a_failure(f"i{n}", fingerprint=fingerprint, owner=owner))

    for post_id in {post_id for _, post_id in channel.posts}:
        times = [at for at, edited in channel.updates if edited == post_id]
        pairs = pairwise(times)
        assert all(later - at >= timedelta(seconds=10) for at, later in pairs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "ODPS-0130131:[1,15] Table not found - table p.t_20261122 cannot be resolved",
            "ODPS-0130131:[7,2] Table not found - table p.t_20261123 cannot be resolved",
        ),
        (
            "ODPS-0123144: Fuxi job failed - instance 20261122001gabc worker R1_2 died",
            "ODPS-0123144: Fuxi job failed - instance 20261122999gxyz1 worker R9_7 died",
        ),
        (
            "ODPS-0121095: invalid value 'abc' at row 12",
            "ODPS-0121095:  invalid value 'x y' at row 7",
        ),
    ],
)
def test_errors_that_differ_in_numbers_and_values_are_repeats(one, other):
    assert grouping.failure_fingerprint(one) == grouping.failure_fingerprint(other)


def test_errors_with_other_words_or_codes_are_others():
    errors = [
        "ODPS-0130131: Table not found - table p.orders cannot be resolved",
        "ODPS-0130131: Table not found - table p.customers cannot be resolved",
        "ODPS-0130071: Table not found - table p.orders cannot be resolved",
    ]

    assert len({grouping.failure_fingerprint(error) for error in errors}) == 3


def test_failures_without_a_reason_keep_the_group_of_version_0_2() -> None:
    of_version_0_2 = grouping.failure_fingerprint(
        "MaxCompute does not say why, or in a form I cannot read. See its Logview."
    )

    assert grouping.failure_fingerprint("") == of_version_0_2


def test_errors_that_differ_behind_twenty_thousand_characters_only_are_repeats():
    error = "Table not found ".ljust(20_000, "x")

    assert grouping.failure_fingerprint(f"{error} a") == grouping.failure_fingerprint(f"{error} b")
    assert grouping.failure_fingerprint(error[:-2] + "a") != grouping.failure_fingerprint(error)


@pytest.mark.parametrize(
    ("minutes", "former_minutes", "slow_minutes"),
    [
        ([], [], 30),
        # Seven runs are shown, but alarm nobody.
        ([10] * 7, [], 30),
        ([15] * 7, [], 45),
        ([10] * 8, [], 15.3),
        ([0.5] * 8, [], 2.5),
        # What earlier versions have kept counts while there is nothing else.
        ([], [1, 1], 30),
        ([], [1, 1, 1], 5),
        ([], [4, 4, 60], 12),
        ([10], [4, 4, 60], 30),
    ],
)
def test_slow_is_far_longer_than_the_last_runs(minutes, former_minutes, slow_minutes):
    usual = Usual(count=len(minutes), run_s=tuple(60.0 * one for one in minutes))
    former = [timedelta(minutes=one) for one in former_minutes]
    found = grouping.slow_after(usual, former)

    assert found / timedelta(minutes=1) == pytest.approx(slow_minutes, rel=0.01)


@pytest.mark.parametrize(
    ("seconds", "long_minutes"), [([], 30), ([10] * 7, 30), ([10] * 8, 5), ([600] * 8, 15.3)]
)
def test_a_wait_is_long_by_the_last_waits_and_from_five_minutes_on(seconds, long_minutes):
    found = grouping.waits_long_after(Usual(count=8, wait_s=tuple(map(float, seconds))))

    assert found / timedelta(minutes=1) == pytest.approx(long_minutes, rel=0.01)


def a_sick_one(instance_id="i1", kind=Kind.SKEW, statement="f"):
    finding = Finding(
        kind=kind, since=NOON, confidence=Confidence.SURE, remedy=Remedy.WAIT, numbers={"x": 1}
    )
    return InstanceEvent(
        outcome=Outcome.SICK,
        instance_id=instance_id,
        at=NOON,
        owner="ann",
        fingerprint=grouping.finding_fingerprint(finding, statement),
        finding=finding,
    )


def test_jobs_that_wait_for_one_quota_are_one_group_and_skewed_ones_one_by_statement():
    waiting = [a_sick_one(kind=Kind.WAIT_QUOTA, statement=f"f{n}") for n in range(2)]
    skewed = [a_sick_one(statement=f"f{n}") for n in range(2)]

    assert len({grouping.group_key(one) for one in waiting}) == 1
    assert len({grouping.group_key(one) for one in skewed}) == 2
    assert waiting[0].key != skewed[0].key


@pytest.mark.parametrize(
    ("typed", "owner", "is_wanted"),
    [
        ("ann", "ALIYUN$ann@example.com", True),
        ("Ann@Example.com", "ALIYUN$ann@example.com", True),
        ("ALIYUN$ann@example.com", "ALIYUN$ann@example.com", True),
        ("ann", "RAM$company:ann", True),
        ("an", "RAM$company:ann", False),
        ("bob", "RAM$company:ann", False),
        ("ann", None, False),
    ],
)
def test_owners_are_found_by_their_short_names(typed, owner, is_wanted):
    assert grouping.is_owner_wanted(a_subscription(owners=(typed,)), owner) is is_wanted


@pytest.mark.parametrize(
    ("wants", "outcomes"),
    [
        ((Wanted.FAILURES,), {Outcome.FAILED}),
        ((Wanted.SLOW,), set()),
        ((Wanted.ALL,), {Outcome.FAILED, Outcome.SUCCEEDED, Outcome.CANCELLED}),
    ],
)
def test_who_hears_of_which_end(wants, outcomes):
    ends = {Outcome.FAILED, Outcome.SUCCEEDED, Outcome.CANCELLED}
    subscription = a_subscription(*wants)

    assert {one for one in ends if grouping.wants_end(subscription, one, "ann")} == outcomes
