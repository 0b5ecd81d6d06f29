"""People and user groups in a sentence: who can approve, and who can help."""

import re
from collections.abc import Sequence

from odps_bot.messages import text as t

#: So many people and groups are named at most.
MOST_NAMED = 5

#: What `contact` of the rules may be, besides words: IDs, which become links and mentions.
_CONTACT_ID = re.compile(r"(?=[A-Z]*[0-9])[UWSC][A-Z0-9]{5,}")


def mention_of(identifier: str) -> str:
    """Return a mention of a person or a user group."""
    return f"<!subteam^{identifier}>" if identifier.startswith("S") else t.mention(identifier)


def listed(parts: Sequence[str], *, last: str = "or") -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *first, end = parts
    return f"{', '.join(first)} {last} {end}" if first else end


def named(identifiers: Sequence[str], *, more: int = 0) -> str:
    """Return mentions of people and groups, of the first few, and how many more there are."""
    hidden = more + max(0, len(identifiers) - MOST_NAMED)
    shown = [mention_of(one) for one in identifiers[:MOST_NAMED]]
    others = [f"{hidden} more" if shown else f"{hidden} people"] if hidden else []
    return listed([*shown, *others], last="and" if others else "or")


def contact_ids(contact: str) -> tuple[str, ...]:
    """Return the IDs of the contact; none if it is words."""
    parts = [part.strip() for part in contact.split(",")]
    return tuple(parts) if all(map(_CONTACT_ID.fullmatch, parts)) else ()


def contact_in_words(contact: str, *, but_not: str = "") -> str:
    """Return who can help, as mrkdwn, without this person; empty if there is nobody else."""
    ids = contact_ids(contact)
    if not ids:
        return t.escape(contact)
    others = [one for one in ids if one != but_not]
    links = [f"<#{one}>" if one.startswith("C") else mention_of(one) for one in others]
    return listed(links) if links else ""
