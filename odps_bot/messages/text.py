"""Slack's text: escaping, cutting, and the few shapes of numbers and times we use.

Rules: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
import unicodedata
from datetime import datetime, timedelta

#: A cut text ends with it.
ELLIPSIS = "…"

KILO = 1_024

#: Zero-width and bidirectional controls: foreign text must not reorder or hide ours.
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")

#: Control characters, and halves of surrogate pairs, which UTF-8 cannot carry.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def escape(foreign: str) -> str:
    """Return `foreign` so that Slack shows it as it is: no mention, link or command in it works."""
    visible = clean(foreign)
    return visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(foreign: str) -> str:
    """Return `foreign` without characters that hide or reorder text; for literal (rich) text."""
    return _CONTROL.sub("\ufffd", _INVISIBLE.sub("", foreign))


def code(foreign: str, *, limit: int | None = None) -> str:
    """Return `foreign` as a code span of mrkdwn, on one line; at most `limit` characters of it."""
    line = " ".join((foreign if limit is None else beginning(foreign, limit)).split())
    if limit is not None and len(line) > limit:
        line = line[: limit - 1].rstrip() + ELLIPSIS
    return "`" + escape(line).replace("`", "\u02cb") + "`"


def clip(text: str, limit: int) -> str:
    """Return at most `limit` characters of escaped `text`, never half an entity or letter."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    ampersand = cut.rfind("&", max(0, len(cut) - 5))
    if ampersand >= 0 and ";" not in cut[ampersand:]:
        cut = cut[:ampersand]
    while cut and unicodedata.combining(text[len(cut)]):
        cut = cut[:-1]
    return cut.rstrip() + ELLIPSIS


def one_line(foreign: str, *, limit: int) -> str:
    """Return `foreign` on one line, escaped and cut."""
    return clip(escape(" ".join(beginning(foreign, limit).split())), limit)


def beginning(foreign: str, limit: int) -> str:
    """Return as much of `foreign` as decides the first `limit` characters of it on one line.

    A megabyte of which a line is shown need not be read to its end. Where the beginning shows less
    than that, because it is blank or invisible, all of it is returned.
    """
    head = foreign[: 4 * limit + 100]
    # Some characters are blank to `split` and visible once cleaned: callers do both, in any order.
    shown = min(len(clean(" ".join(head.split()))), len(" ".join(clean(head).split())))
    return head if len(head) == len(foreign) or shown > limit else foreign


def duration(span: timedelta) -> str:
    """Return a span for people: ``4 s``, ``6 m 10 s``, ``2 h 5 m``, ``3 d``."""
    left = max(0, round(span.total_seconds()))
    parts = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, length)
        parts.append((count, unit))
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(shown) or "0 s"


def clock_time(instant: datetime) -> str:
    """Return the time of day in the reader's own zone."""
    return _date(instant, "{time_secs}", f"{instant:%H:%M:%S} UTC")


def time_of_day(instant: datetime) -> str:
    """Return the time of day in the reader's own zone, without seconds."""
    return _date(instant, "{time}", f"{instant:%H:%M} UTC")


def as_of(instant: datetime) -> str:
    """Return of when figures are that are shown where they grow old: ``as of 14:03:07``.

    In the reader's own zone. With seconds, because whoever refreshes them within a minute must see
    that they are new.
    """
    return f"as of {clock_time(instant)}"


def day_and_time(instant: datetime) -> str:
    """Return day and time in the reader's own zone."""
    return _date(instant, "{date_short_pretty} at {time}", f"{instant:%Y-%m-%d %H:%M} UTC")


def _date(instant: datetime, shape: str, fallback: str) -> str:
    return f"<!date^{int(instant.timestamp())}^{shape}|{fallback}>"


def mention(user_id: str) -> str:
    """Return a mention of a person."""
    return f"<@{user_id}>"


def bar(percentage: int, *, width: int = 12) -> str:
    """Return a progress bar of blocks."""
    filled = width * max(0, min(100, percentage)) // 100
    return "█" * filled + "░" * (width - filled)


def ordinal(number: int) -> str:
    """Return a rank in words: ``1st``, ``2nd``, ``3rd``, ``11th``."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def data_size(size_bytes: int) -> str:
    """Return an amount of data: ``512 B``, ``1.8 GB``. 1 KB is 1,024 B, as MaxCompute counts."""
    if size_bytes < KILO:
        return f"{size_bytes:,} B"
    size: float = size_bytes
    units = iter(("KB", "MB", "GB", "TB", "PB"))
    unit = next(units)
    size /= KILO
    while round(size, 1) >= KILO and unit != "PB":
        size /= KILO
        unit = next(units)
    return f"{size:,.1f} {unit}"
