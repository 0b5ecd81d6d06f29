"""What is said of a channel's subscription: to the channel, to its owner, and to who asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.messages import text as t
from odps_bot.messages.failures import own_words
from odps_bot.messages.message import Message

OWNER_CHARACTERS = 80

_NOT_HERE = "I am not in this channel. Invite me with `/invite @odps`, then repeat the command."
_CANNOT_POST = {
    "not_in_channel": _NOT_HERE,
    "channel_not_found": _NOT_HERE,
    "is_archived": "This channel is archived. Subscribe another one.",
    "restricted_action": "I am not among those who may post here. Subscribe another channel.",
}


GROUPED = (
    "Repeats of the same within an hour are one message that I edit; I post at most once a minute,"
    " and what comes at once becomes one digest."
)
NOT_TOLD = (
    "Not told: jobs that were started or followed here, as their cards tell of them; and nothing"
    " of before now."
)


def announcement(subscription: Subscription) -> Message:
    """Return the one line that tells a channel that it will be posted to."""
    who, what = t.mention(subscription.user_id), subject(subscription)
    if subscription.replaces is None:
        return Message(f":bell: {who} subscribed this channel to {what}.")
    before = wanted_in_words(subscription.replaces)
    return Message(
        f":bell: {who} changed this channel's subscription to {what} (before: {before})."
    )


def subscribed(subscription: Subscription) -> Message:
    """Return exactly what will be posted, for the person who subscribed."""
    replaced = subscription.replaces
    heard = (
        f":bell: This channel hears of {subject(subscription)} from now on, wherever they were"
        " started: PyODPS, DataWorks, the console, or another channel."
    )
    lines = [heard, *(f"• {promise}" for promise in (*_promises(subscription), GROUPED, NOT_TOLD))]
    if replaced:
        lines.append(f"It replaces the subscription to {subject(replaced)}.")
    lines.append(f"{t.code(f'/odps unsubscribe {subscription.project}')} ends it.")
    return Message("\n".join(lines))


def not_subscribed(subscription: Subscription, code: str) -> Message:
    """Return why nothing can be posted, and what became of the subscription."""
    why = _CANNOT_POST.get(code, f"Slack does not let me post here (`{t.escape(code)}`).")
    kept = (
        f"The subscription to {subject(subscription.replaces)} stays as it was."
        if subscription.replaces
        else "Nothing was subscribed."
    )
    return Message(f":x: {why} {kept}")


def paused(subscription: Subscription) -> Message:
    """Return what its owner must know when a subscription cannot be posted."""
    return Message(
        f":pause_button: I can no longer post in <#{subscription.channel_id}>"
        f" (`{t.escape(subscription.paused_by)}`), so its subscription to {subject(subscription)}"
        " is paused. If I am invited again, or the channel is opened again, it goes on by itself"
        " within an hour, with what happened meanwhile. After 14 days I remove it."
    )


def resumed(subscription: Subscription) -> Message:
    """Return what a channel must know of a pause of which its owner could not be told."""
    since = (
        f" since {t.day_and_time(subscription.paused_since)}" if subscription.paused_since else ""
    )
    how = t.code(f"/odps subscribe {subscription.project}")
    return Message(
        f":arrow_forward: I could not post here{since}"
        f" (`{t.escape(subscription.paused_by)}`), and not tell {t.mention(subscription.user_id)},"
        f" whose subscription to {subject(subscription)} this is. Who needs it takes it over with"
        f" {how}."
    )


def removed(subscription: Subscription) -> Message:
    """Return what its owner must know when a subscription is given up."""
    return Message(
        f":wastebasket: I could not post in <#{subscription.channel_id}> for 14 days"
        f" (`{t.escape(subscription.paused_by)}`), so I removed its subscription to"
        f" {subject(subscription)}. `/odps subscribe {t.escape(subscription.project)}` there makes"
        " a new one."
    )


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How well a project is heard."""

    scanned_until: datetime | None = None  #: nothing was seen since; None: all is well
    refusal: str | None = None  #: why the end of an instance could not be told lately


def subscription_list(
    subscriptions: Sequence[Subscription], *, hearing: Mapping[str, Hearing] = MappingProxyType({})
) -> Message:
    """Return the subscriptions of a channel, and by project what is not heard."""
    if not subscriptions:
        return Message(
            ":bell: This channel is subscribed to nothing. `/odps subscribe PROJECT` lets it hear"
            " of a project's failures."
        )
    lines = ["*What this channel hears of*"]
    for one in subscriptions:
        state = ""
        if one.paused_since:
            since = t.day_and_time(one.paused_since)
            state = f" · *paused* since {since}: Slack says `{t.escape(one.paused_by)}`"
        elif not one.is_announced:
            state = " · not announced yet"
        lines.append(
            f"• {subject(one)} · by {t.mention(one.user_id)},"
            f" {t.day_and_time(one.created_at)}{state}"
        )
        lines += _what_is_not_heard(hearing.get(one.project, Hearing()))
    lines.append("`/odps unsubscribe PROJECT` ends one, `/odps subscribe PROJECT …` changes it.")
    return Message("\n".join(lines))


def _what_is_not_heard(hearing: Hearing) -> list[str]:
    lines = []
    if hearing.scanned_until:
        since = t.day_and_time(hearing.scanned_until)
        lines.append(
            f"   :warning: I hear nothing since {since}: MaxCompute does not answer, or lets my"
            " account list nothing. What ended meanwhile is told as soon as it does."
        )
    if hearing.refusal:
        why = t.code(own_words(hearing.refusal), limit=300)
        lines.append(
            f"   :warning: Some ends are not told, because I may not read them: {why}. For other"
            " people's instances my account needs `odps:Read`."
        )
    return lines


def subject(subscription: Subscription) -> str:
    """Return what a subscription is about: ``failures of `ads`, owner `ann```."""
    owners = ", ".join(t.code(owner, limit=OWNER_CHARACTERS) for owner in subscription.owners)
    whose = f", owner {owners}" if owners else ""
    return f"{wanted_in_words(subscription)} of {t.code(subscription.project)}{whose}"


def wanted_in_words(subscription: Subscription) -> str:
    """Return what is wanted, without the project."""
    after = subscription.slow_after
    slow = f"slow jobs (over {t.duration(after)})" if after else "slow jobs"
    if Wanted.ALL in subscription.wants:
        return f"all ends and {slow}"
    words = {Wanted.FAILURES: "failures", Wanted.SLOW: slow}
    return " and ".join(words[one] for one in subscription.wants)


def _promises(subscription: Subscription) -> list[str]:
    promises = []
    wants = set(subscription.wants)
    if wants & {Wanted.FAILURES, Wanted.ALL}:
        promises.append("Failures: who, how long it took, MaxCompute's message, and what to try.")
    if wants & {Wanted.SLOW, Wanted.ALL}:
        promises.append(
            f"Jobs that run longer than {t.duration(subscription.slow_after)}, once each."
            if subscription.slow_after
            else "Jobs that run three times as long as the same statement uses to (5 minutes at"
            " least; 30 where I know no history), once each."
        )
    if Wanted.ALL in wants:
        promises.append("Successes and cancellations: how many, and whose.")
    return promises


def unsubscribed(subscription: Subscription) -> Message:
    """Return that the subscription is over."""
    return Message(f":no_bell: This channel no longer hears of {subject(subscription)}.")
