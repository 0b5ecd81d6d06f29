"""Alerts: the messages that a channel gets about a project that it has subscribed to."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from odps_bot.alerts.digests import Group, Outcome, Post, Silence
from odps_bot.messages import blocks as b
from odps_bot.messages import text as t
from odps_bot.messages.failures import explain, own_words
from odps_bot.messages.failures.catalogue import failure_named
from odps_bot.messages.message import Message
from odps_bot.messages.replies.instances import (
    SHOW_INSTANCE_LOGVIEW,
    WATCH_INSTANCE,
    instance_value,
)
from odps_bot.messages.run.findings import finding_in_words, finding_word
from odps_bot.messages.run.refusals import REASON_NOT_SHOWN
from odps_bot.messages.sql_preview import sql_as_code

SILENCE_ALERT = "mute_notice"

EMOJI_AND_WORD = {
    Outcome.FAILED: (":x:", "failed"),
    Outcome.SLOW: (":snail:", "slow"),
    Outcome.SICK: (":warning:", "sick"),
    Outcome.SUCCEEDED: (":white_check_mark:", "succeeded"),
    Outcome.CANCELLED: (":octagonal_sign:", "stopped"),
}

_STILL_RUNNING = frozenset({Outcome.SLOW, Outcome.SICK})

#: How much of foreign texts is shown.
ERROR_CHARACTERS = 700
SQL_CHARACTERS = 300
OWNER_CHARACTERS = 80

TEXT_HIDDEN = "Error text and SQL are hidden: they may belong to another channel."

#: How many groups a digest shows.
SHOWN_GROUPS = 15

#: Slack cuts a longer text into several messages.
TEXT_CHARACTERS = 3_900


def alert_message(post: Post, *, project: str, silences: Sequence[Silence] = ()) -> Message:
    """Return the message about one group, or the digest of several."""
    if len(post.groups) == 1 and not post.left_out:
        return _single(post.groups[0], project, silences)
    return _digest(post, project, silences)


def _single(group: Group, project: str, silences: Sequence[Silence]) -> Message:
    latest = group.latest
    parts: list[tuple[str, b.Block]] = []

    def add(text: str, make_block: Callable[[str], b.Block] = b.section) -> None:
        if text:
            parts.append((text, make_block(text)))

    add(f"{_headline(group)} · {t.code(project)}")
    words = own_words(latest.error or "", limit=ERROR_CHARACTERS)
    if latest.hidden:
        words = ""
        code = f"{t.code(latest.hidden.code)}. " if latest.hidden.code else ""
        add(f"{code}{TEXT_HIDDEN}")
    elif latest.outcome is Outcome.FAILED and not words:
        words = REASON_NOT_SHOWN
    if latest.finding:
        add(finding_in_words(latest.finding, now=latest.at))
    if words:
        parts.append((t.one_line(words, limit=ERROR_CHARACTERS), b.preformatted(words)))
    add(sql_as_code(latest.sql, limit=SQL_CHARACTERS) if latest.sql else "")
    if latest.error:
        add(f"*Try:* {explain(latest.error, sql=latest.sql or '').what_to_try}")
    silence = _muted(group, silences)
    add(_ids(group), b.context)
    add(silence, b.context)
    buttons = b.actions(_buttons(group, project, is_muted=bool(silence)), block_id=b.BUTTONS)
    return Message("\n".join(text for text, _ in parts), [*(block for _, block in parts), buttons])


def _buttons(group: Group, project: str, *, is_muted: bool) -> list[b.Block]:
    value = instance_value(project, group.latest.instance_id)
    buttons = [b.button("Logview", action_id=SHOW_INSTANCE_LOGVIEW, value=value)]
    if group.latest.outcome in _STILL_RUNNING:
        buttons.append(b.button("Follow", action_id=WATCH_INSTANCE, value=value))
    if not is_muted:
        buttons.append(_mute_button(group, project))
    return buttons


def _mute_button(group: Group, project: str) -> b.Block:
    return b.button("Mute 1 h", action_id=SILENCE_ALERT, value=f"{project} {group.key}")


def _digest(post: Post, project: str, silences: Sequence[Silence]) -> Message:
    jobs = sum(group.count for group in post.groups) + post.left_out
    headline = f":bell: *{jobs:,} jobs* in {t.code(project)}: {_counts(post)}"
    blocks: list[b.Block] = [b.section(headline)]
    lines = [headline]
    for group in post.groups[:SHOWN_GROUPS]:
        silence = _muted(group, silences)
        line = f"{_headline(group)}\n{silence or _ids(group)}"
        accessory = None if silence else _mute_button(group, project)
        blocks.append(b.section_with(accessory, line, block_id=f"group:{group.key}"))
        lines.append(line)
    hidden = sum(group.count for group in post.groups[SHOWN_GROUPS:]) + post.left_out
    if hidden:
        more = f"… and {hidden:,} more {_jobs(hidden)}; see the MaxCompute console."
        blocks.append(b.context(more))
        lines.append(more)
    return Message(t.clip("\n".join(lines), TEXT_CHARACTERS), blocks)


def _counts(post: Post) -> str:
    counts = dict.fromkeys(Outcome, 0)
    for group in post.groups:
        counts[group.latest.outcome] += group.count
    words = [
        f"{count:,} {EMOJI_AND_WORD[outcome][1]}" for outcome, count in counts.items() if count
    ]
    return ", ".join([*words, *([f"{post.left_out:,} more"] if post.left_out else [])])


def _headline(group: Group) -> str:
    latest = group.latest
    emoji, word = EMOJI_AND_WORD[latest.outcome]
    owner = t.code(latest.owner, limit=OWNER_CHARACTERS) if latest.owner else "an unknown owner"
    whose = f"{_jobs(group.count)} of {owner}"
    times = f" {group.count:,} times" if group.count > 1 else ""
    parts = [f"{emoji} *{word.capitalize()}{times}*", whose]
    if latest.hidden:
        parts.append(failure_named(latest.hidden.name).title)
    elif latest.finding:
        parts.append(finding_word(latest.finding))
    elif latest.error:
        parts.append(explain(latest.error, sql=latest.sql or "").title)
    if group.count > 1:
        first, last = t.clock_time(group.first_at), t.clock_time(latest.at)
        return f"{' · '.join(parts)} · first {first}, last {last}"
    return f"{' · '.join(parts)} · {_took(group)}"


def _took(group: Group) -> str:
    latest = group.latest
    at = t.clock_time(latest.at)
    if latest.took is None:
        return at
    if latest.outcome is Outcome.SICK:
        return f"{t.duration(latest.took)} so far"
    if latest.outcome is Outcome.SLOW:
        runs = f" ({latest.runs} runs)" if latest.runs else ""
        usual = f", usually {t.duration(latest.usual)}{runs}" if latest.usual else ""
        doing = "waiting" if latest.is_waiting else "running"
        return f"{doing} for {t.duration(latest.took)}{usual}"
    return f"after {t.duration(latest.took)}, {at}"


def _ids(group: Group) -> str:
    ids = ", ".join(t.code(instance_id) for instance_id in group.instance_ids)
    hidden = group.count - len(group.instance_ids)
    more = f", and {hidden:,} earlier" if hidden > 0 else ""
    return f"{'Instance' if group.count == 1 else 'Instances'} {ids}{more}"


def _muted(group: Group, silences: Sequence[Silence]) -> str:
    for silence in silences:
        if silence.key == group.key:
            return (
                f":mute: Muted by {t.mention(silence.user_id)} until {t.clock_time(silence.until)}"
            )
    return ""


def _jobs(count: int) -> str:
    return "job" if count == 1 else "jobs"


def silence_noted(span: timedelta, until: datetime) -> Message:
    """Return the reply to the person who muted a group."""
    return Message(
        f":mute: Muted for {t.duration(span)}, until {t.clock_time(until)}. This channel gets no"
        " repeats of this alert until then; other alerts are posted as before."
    )
