"""Messages about a channel's subscriptions: to the channel, its owner, and the requester."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.messages import text as t
from odps_bot.messages.failures import own_words
from odps_bot.messages.message import Message
from odps_bot.messages.sentences import SENTENCES, sentence_for

OWNER_CHARACTERS = 80

GROUPED = "Repeats within an hour update one message, and I post at most once a minute."
NOT_INCLUDED = (
    "Not included: jobs started or followed here (their cards show them), and anything before now."
)


def announcement(subscription: Subscription) -> Message:
    """Return the line that announces a subscription to its channel."""
    who, what = t.mention(subscription.user_id), subject(subscription)
    if subscription.replaces is None:
        return Message(f":bell: {who} subscribed this channel to {what}.")
    before = wanted_in_words(subscription.replaces)
    return Message(
        f":bell: {who} changed this channel's subscription to {what} (before: {before})."
    )


def subscribed(subscription: Subscription) -> Message:
    """Return what will be posted, for the person who subscribed."""
    replaced = subscription.replaces
    first = (
        f":bell: This channel will be notified of {subject(subscription)}, wherever they were"
        " started."
    )
    lines = [
        first,
        *(f"• {promise}" for promise in (*_promises(subscription), GROUPED, NOT_INCLUDED)),
    ]
    if replaced:
        lines.append(f"This replaces the subscription to {subject(replaced)}.")
    lines.append(f"{t.code(f'/odps unsubscribe {subscription.project}')} ends it.")
    return Message("\n".join(lines))


def not_subscribed(subscription: Subscription, code: str) -> Message:
    """Return why nothing can be posted, and what became of the subscription."""
    unknown = f"Slack doesn't let me post here (`{t.escape(code)}`)."
    why = sentence_for(code, SENTENCES.alert_refused, unknown=unknown)
    kept = (
        f"The subscription to {subject(subscription.replaces)} is unchanged."
        if subscription.replaces
        else "Nothing was subscribed."
    )
    return Message(f":x: {why} {kept}")


def paused(subscription: Subscription) -> Message:
    """Return the message to the owner of a subscription that was paused."""
    return Message(
        f":pause_button: I can no longer post in <#{subscription.channel_id}>"
        f" (`{t.escape(subscription.paused_by)}`), so its subscription to {subject(subscription)}"
        " is paused. Invite me again or unarchive the channel, and it resumes within an hour with"
        " what happened in between. After 14 days I remove it."
    )


def resumed(subscription: Subscription) -> Message:
    """Return the message to a channel about a pause whose owner could not be notified."""
    since = (
        f" since {t.day_and_time(subscription.paused_since)}" if subscription.paused_since else ""
    )
    how = t.code(f"/odps subscribe {subscription.project}")
    return Message(
        f":arrow_forward: I couldn't post here{since} (`{t.escape(subscription.paused_by)}`), and"
        f" I couldn't reach {t.mention(subscription.user_id)}, who owns the subscription to"
        f" {subject(subscription)}. To take it over: {how}."
    )


def removed(subscription: Subscription) -> Message:
    """Return the message to the owner of a subscription that was removed."""
    return Message(
        f":wastebasket: I couldn't post in <#{subscription.channel_id}> for 14 days"
        f" (`{t.escape(subscription.paused_by)}`), so I removed its subscription to"
        f" {subject(subscription)}. To subscribe again, type"
        f" `/odps subscribe {t.escape(subscription.project)}` there."
    )


@dataclass(frozen=True, kw_only=True)
class WatchProblems:
    """Problems with watching a project."""

    scanned_until: datetime | None = None  #: the last sweep that succeeded; None: no problem
    refusal: str | None = None  #: why the end of an instance could not be read recently


def subscription_list(
    subscriptions: Sequence[Subscription],
    *,
    problems: Mapping[str, WatchProblems] = MappingProxyType({}),
) -> Message:
    """Return the subscriptions of a channel, with the problems of each project."""
    if not subscriptions:
        return Message(
            ":bell: This channel has no subscriptions. `/odps subscribe PROJECT` adds one."
        )
    lines = ["*Subscriptions of this channel*"]
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
        lines += _problem_lines(problems.get(one.project, WatchProblems()))
    lines.append("`/odps unsubscribe PROJECT` ends one, `/odps subscribe PROJECT …` changes it.")
    return Message("\n".join(lines))


def _problem_lines(problems: WatchProblems) -> list[str]:
    lines = []
    if problems.scanned_until:
        since = t.day_and_time(problems.scanned_until)
        lines.append(
            f"   :warning: No updates since {since}: MaxCompute isn't responding, or my account"
            " can't list instances. What was missed is posted once that works again."
        )
    if problems.refusal:
        why = t.code(own_words(problems.refusal), limit=300)
        lines.append(
            f"   :warning: Some alerts are missing, because I can't read how the jobs ended: {why}."
            " My account needs `odps:Read` for other people's instances."
        )
    return lines


def subject(subscription: Subscription) -> str:
    """Return what a subscription is about: ``failures in `ads`, owner `ann```."""
    owners = ", ".join(t.code(owner, limit=OWNER_CHARACTERS) for owner in subscription.owners)
    whose = f", owner {owners}" if owners else ""
    return f"{wanted_in_words(subscription)} in {t.code(subscription.project)}{whose}"


def wanted_in_words(subscription: Subscription) -> str:
    """Return which events are subscribed to, without the project."""
    after = subscription.slow_after
    slow = f"slow jobs (over {t.duration(after)})" if after else "slow jobs"
    words = {
        Wanted.FAILURES: "failures",
        Wanted.SLOW: slow,
        Wanted.SICK: "sick jobs",
        Wanted.ALL: "all finished jobs",
    }
    wants = [one for one in Wanted if one in subscription.wants]
    if Wanted.ALL in wants:
        wants = [Wanted.ALL, Wanted.SLOW, *(one for one in wants if one is Wanted.SICK)]
    *first, last = (words[one] for one in wants)
    return f"{', '.join(first)} and {last}" if first else last


def _promises(subscription: Subscription) -> list[str]:
    promises = []
    wants = set(subscription.wants)
    if wants & {Wanted.FAILURES, Wanted.ALL}:
        promises.append("Failures: the owner, the duration, MaxCompute's message, and what to try.")
    if wants & {Wanted.SLOW, Wanted.ALL}:
        promises.append(
            f"Jobs that run longer than {t.duration(subscription.slow_after)}, once each."
            if subscription.slow_after
            else "Jobs that run far longer than the same statement usually does (by its last runs;"
            " without enough of them, longer than 30 minutes), once each."
        )
    if Wanted.SICK in wants:
        promises.append(
            "Sick jobs: what holds them up while they run or wait, and what helps; once for each"
            " job and cause."
        )
    if Wanted.ALL in wants:
        promises.append("Succeeded and stopped jobs: how many, and whose.")
    return promises


def unsubscribed(subscription: Subscription) -> Message:
    """Return that the subscription has ended."""
    return Message(f":no_bell: This channel will no longer be notified of {subject(subscription)}.")
