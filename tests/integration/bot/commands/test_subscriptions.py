"""`/odps subscribe`, `unsubscribe` and `subscriptions`, as people type them."""

from datetime import timedelta

import msgspec
import pytest

from odps_bot.alerts.digests import InstanceEvent, Outcome
from odps_bot.alerts.grouping import apply_events
from odps_bot.alerts.subscriptions import Wanted
from odps_bot.errors import CommandError, UsageError
from odps_bot.interactions.silence_alert import silence_alert

TWENTY = tuple(f"o{n:02}" for n in range(20))


def kept(bot, project="sandbox", channel="C1"):
    return bot.services.stores.subscriptions.find(project, "T1", channel)


def announce(bot, project="sandbox"):
    """Let the worker have announced the subscription."""
    bot.services.stores.subscriptions.change(
        project,
        "T1",
        "C1",
        lambda one: msgspec.structs.replace(one, is_announced=True, replaces=None),
    )


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("sandbox", ([Wanted.FAILURES], None, ())),
        ("`sandbox` failures", ([Wanted.FAILURES], None, ())),
        ("to failures of sandbox", ([Wanted.FAILURES], None, ())),
        ("sandbox slow", ([Wanted.SLOW], None, ())),
        ("sandbox slow 45m", ([Wanted.SLOW], timedelta(minutes=45), ())),
        ("sandbox 2h", ([Wanted.SLOW], timedelta(hours=2), ())),
        ("sandbox slow over 90", ([Wanted.SLOW], timedelta(minutes=90), ())),
        ("sandbox slow 60s", ([Wanted.SLOW], timedelta(minutes=1), ())),
        ("sandbox slow 168h", ([Wanted.SLOW], timedelta(days=7), ())),
        (f"sandbox owner {' '.join(TWENTY)}", ([Wanted.FAILURES], None, TWENTY)),
        ("sandbox owner " + "x" * 200, ([Wanted.FAILURES], None, ("x" * 128,))),
        ("sandbox failures and slow", ([Wanted.FAILURES, Wanted.SLOW], None, ())),
        ("SLOW failures sandbox everything", ([Wanted.ALL], None, ())),
        ("sandbox all", ([Wanted.ALL], None, ())),
        ("sandbox owner ann bob", ([Wanted.FAILURES], None, ("ann", "bob"))),
        ("sandbox owner=ann", ([Wanted.FAILURES], None, ("ann",))),
        ("--project sandbox slow --owner RAM$co:ann", ([Wanted.SLOW], None, ("RAM$co:ann",))),
        ("owner ann slow sandbox", ([Wanted.SLOW], None, ("ann",))),
    ],
)
def test_what_people_type_is_understood(bot, alice, typed, understood):
    alice.types(f"subscribe {typed}")

    found = kept(bot)
    assert (list(found.wants), found.slow_after, found.owners) == understood
    assert found.user_id == "U1"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Which project"),
        ("failures", "Which project"),
        ("sandbox owner", "name of the owner is missing"),
        ("sandbox nonsense", "I don't know `nonsense`"),
        ("sandbox slow 59s", "between 1 minute"),
        ("sandbox slow 169h", "and 7 days"),
        ("sandbox owner " + "x " * 21, "at most 20"),
    ],
)
def test_what_cannot_be_understood_is_said_with_the_usage(bot, alice, typed, why):
    with pytest.raises(UsageError, match=why) as caught:
        alice.types(f"subscribe {typed}")

    assert caught.value.usage.startswith("/odps subscribe")
    assert kept(bot) is None


def test_a_project_that_may_not_be_used_is_not_subscribed_to(bot, alice):
    with pytest.raises(CommandError, match="don't have access to project `secret`"):
        alice.types("subscribe secret")


def test_nothing_counts_before_the_channel_was_told(bot, alice):
    assert "Announcing the subscription" in alice.reads("subscribe sandbox")

    assert not kept(bot).is_announced
    assert bot.told() == ["alert:sandbox T1 C1"]


def test_a_second_subscription_replaces_the_first_and_remembers_it(bot, alice, person):
    alice.types("subscribe sandbox")
    announce(bot)
    person(user_id="U2").types("subscribe sandbox slow")

    found = kept(bot)
    assert found.user_id == "U2"
    assert list(found.wants) == [Wanted.SLOW]
    assert list(found.replaces.wants) == [Wanted.FAILURES]
    assert len(bot.services.stores.subscriptions.to("sandbox")) == 1


def test_the_same_command_delivered_twice_subscribes_once(bot, alice):
    alice.types("subscribe sandbox")
    announce(bot)
    bot.told()
    alice.is_heard_again()

    assert kept(bot).is_announced
    assert bot.told() == []


def test_channels_and_projects_have_subscriptions_of_their_own(bot, alice, person):
    alice.types("subscribe sandbox")
    alice.types("subscribe analytics all")
    person(channel_id="C2").types("subscribe sandbox slow")

    assert list(kept(bot).wants) == [Wanted.FAILURES]
    assert list(kept(bot, channel="C2").wants) == [Wanted.SLOW]
    overview = alice.reads("subscriptions")
    assert "failures in `sandbox`" in overview
    assert "`analytics`" in overview
    assert "slow" not in overview.split("\n")[1]


def test_who_wonders_reads_what_is_not_heard(bot, alice, clock):
    alice.types("subscribe sandbox")
    assert ":warning:" not in alice.reads("subscriptions")

    clock.push(timedelta(minutes=4, seconds=50))
    assert "No updates" not in alice.reads("subscriptions")
    clock.push(timedelta(seconds=10))
    bot.services.stores.observations.remember_refusal(
        "sandbox", "You have NO privilege 'odps:Read'"
    )
    overview = alice.reads("subscriptions")
    assert "No updates since" in overview
    assert "NO privilege" in overview


def test_a_channel_without_subscriptions_is_told_how_to_get_one(alice):
    assert "`/odps subscribe PROJECT`" in alice.reads("subscriptions")


def test_unsubscribing_ends_it(bot, alice):
    alice.types("subscribe sandbox")

    assert "no longer be notified of failures in `sandbox`" in alice.reads("unsubscribe sandbox")
    assert kept(bot) is None


def test_the_only_subscription_need_not_be_named(bot, alice):
    alice.types("subscribe analytics")
    alice.types("unsubscribe")

    assert kept(bot, "analytics") is None


def test_which_of_several_is_asked(bot, alice):
    alice.types("subscribe analytics")
    alice.types("subscribe sandbox")

    with pytest.raises(UsageError, match="subscribed to `sandbox`, `analytics`"):
        alice.types("unsubscribe")


def test_what_is_not_subscribed_cannot_be_unsubscribed(alice):
    with pytest.raises(CommandError, match=r"isn't subscribed to `x`. To subscribe: `/odps sub"):
        alice.types("unsubscribe x")
    with pytest.raises(CommandError, match="has no subscriptions"):
        alice.types("unsubscribe")


def test_a_mute_is_kept_and_shown(bot, alice, clock):
    alice.types("subscribe sandbox")
    request = alice.requests[-1]
    answer = silence_alert("sandbox 0123456789abcdef", request, bot.services)

    (silence,) = bot.services.stores.digests.get(kept(bot).id).silences
    assert silence.until == clock.now + timedelta(hours=1)
    assert "This channel gets no repeats" in answer.text


@pytest.mark.parametrize("value", ["", "sandbox", "sandbox x", "other 0123456789abcdef"])
def test_a_mute_of_nothing_changes_nothing(bot, alice, value):
    alice.types("subscribe sandbox")

    with pytest.raises(CommandError):
        silence_alert(value, alice.requests[-1], bot.services)
    assert bot.services.stores.digests.get(kept(bot).id).silences == ()


def test_a_damaged_subscription_harms_no_other(bot, alice, person):
    person(channel_id="C2").types("subscribe sandbox")
    alice.types("subscribe sandbox")
    bot.redis.hset("odps-bot:subscriptions:sandbox", "T1 C2", "{damaged")

    assert [one.channel_id for one in bot.services.stores.subscriptions.to("sandbox")] == ["C1"]
    person(channel_id="C2").types("subscribe sandbox slow")
    assert list(kept(bot, channel="C2").wants) == [Wanted.SLOW]


def test_a_project_is_swept_while_somebody_is_subscribed_to_it(bot, alice):
    sweeps = bot.services.stores.sweeps
    assert not sweeps.take_turn("sandbox")

    alice.types("subscribe sandbox")
    assert sweeps.take_turn("sandbox")
    bot.redis.delete("odps-bot:sweep-turn:sandbox")
    alice.types("unsubscribe sandbox")
    assert not sweeps.take_turn("sandbox")


def test_what_happened_is_put_on_the_digest_once(bot, clock):
    digests = bot.services.stores.digests
    failure = InstanceEvent(
        outcome=Outcome.FAILED, instance_id="i1", at=clock.now, fingerprint="f", error="no"
    )
    digests.add("p T1 C1", failure)
    digests.add("p T1 C1", failure)
    heard = []
    digests.take_events("p T1 C1", lambda digest, events: heard.extend(events) or digest)
    digests.take_events("p T1 C1", lambda digest, events: heard.extend(events) or digest)

    assert heard == [failure]


def test_much_that_happened_is_put_on_the_digest_in_one_go(bot, clock):
    digests = bot.services.stores.digests
    for n in range(450):
        digests.add(
            "p T1 C1",
            InstanceEvent(
                outcome=Outcome.FAILED, instance_id=f"i{n}", at=clock.now, fingerprint="f"
            ),
        )
    digest = digests.take_events(
        "p T1 C1", lambda digest, events: apply_events(digest, events, now=clock.now)
    )

    assert digest.posts[0].groups[0].count == 450
