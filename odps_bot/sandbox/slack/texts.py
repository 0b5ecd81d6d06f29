"""Slack's processing of texts: escaping, mentions, truncating and splitting."""

import re
from collections.abc import Mapping

#: The longest text that stays one message; longer ones are split (measured, not documented).
SINGLE_MESSAGE_LENGTH = 4_040
SPLIT_LENGTH = 4_000
#: https://docs.slack.dev/changelog/2018-truncating-really-long-messages
MAX_TEXT_LENGTH = 40_000

_MENTION = re.compile(r"(?<![\w<])@([\w.-]*\w)")
_CHANNEL = re.compile(r"(?<![\w<])#([\w-]*\w)")
_AFTER_A_LINK = ".,:;!?'\")"
#: What a client converts, in order of precedence; code comes first.
_MARKS = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)"
    r"|(?P<url>https?://(?:(?!&lt;|&gt;)[^\s|])+)"
    r"|(?P<mail>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b)"
    r"|(?<![\w<])@(?P<name>[\w.-]*\w)"
    r"|(?<![\w@./<-])(?P<host>(?:[a-z][\w-]*\.)+(?:cn|co|com|dev|id|io|net|org)(?![\w(-]|\.\w))",
    re.DOTALL,
)
_ENCODED_TOKEN = re.compile(r"&lt;([@#][A-Z0-9]+(?:\|[^&\n]*)?)&gt;")


def encode_entities(text: str) -> str:
    """Escape the three control characters of Slack's formatting."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_typed(
    text: str, *, people: Mapping[str, str], groups: Mapping[str, str] | None = None
) -> str:
    """Return what a client sends for an ordinary message that a person typed.

    `people` maps names to user ids and `groups` handles to group ids: `@odps` becomes a mention,
    and so does `<@U…>`, which represents a name picked from the client's list. Everything that
    looks like a URL becomes a link, even `t.id` in an SQL statement; code is left unchanged.
    """
    tokens = {name: f"<@{user_id}>" for name, user_id in people.items()}
    tokens |= {handle: f"<!subteam^{group_id}>" for handle, group_id in (groups or {}).items()}

    def mark_up(found: re.Match[str]) -> str:
        whole = found[0]
        match found.lastgroup:
            case "name":
                return tokens.get(found["name"], whole)
            case "url":
                address = whole.rstrip(_AFTER_A_LINK)
                return f"<{address}>{whole[len(address) :]}"
            case "mail":
                return f"<mailto:{whole}|{whole}>"
            case "host":
                return f"<http://{whole}|{whole}>"
            case _:
                return whole

    return _MARKS.sub(mark_up, _ENCODED_TOKEN.sub(r"<\1>", encode_entities(text)))


def escape_names(text: str, *, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return a command's text for apps with `should_escape`: names with their ids."""
    text = _MENTION.sub(
        lambda found: f"<@{people[found[1]]}|{found[1]}>" if found[1] in people else found[0], text
    )
    return _CHANNEL.sub(
        lambda found: f"<#{channels[found[1]]}|{found[1]}>" if found[1] in channels else found[0],
        text,
    )


def split_text(text: str) -> list[str]:
    """Return the texts of the messages into which Slack splits a long text."""
    if len(text) <= SINGLE_MESSAGE_LENGTH:
        return [text]
    return [text[at : at + SPLIT_LENGTH] for at in range(0, len(text), SPLIT_LENGTH)]
