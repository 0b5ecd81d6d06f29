"""What secrets look like, so that placeholders and swapped ones are named before Slack is asked.

Only what is known to be wrong is refused: a form that nobody here knows goes on to the service.
Kinds of tokens: https://docs.slack.dev/authentication/tokens
"""

import base64
import binascii
import re
from collections.abc import Callable

BOT_TOKEN_PREFIXES = ("xoxb-", "xoxe.xoxb-")
APP_TOKEN_PREFIXES = ("xapp-",)

#: What a token with this beginning is, the longest beginnings first.
KINDS = (
    ("xoxe.xoxb-", "a bot token, which belongs in SLACK_BOT_TOKEN"),
    ("xoxe.xoxp-", "a user token"),
    ("xoxb-", "a bot token, which belongs in SLACK_BOT_TOKEN"),
    ("xapp-", "an app-level token, which belongs in SLACK_APP_TOKEN"),
    ("xoxp-", "a user token"),
    ("xoxe-", "a refresh token"),
    ("xoxr-", "a refresh token"),
    ("xoxa-", "a legacy workspace token"),
    ("xoxc-", "a token of a browser session"),
    ("xoxd-", "a cookie of a browser session"),
    ("xoxs-", "a token of a browser session"),
)

#: `xoxb-…` of .env.example, and what people write in its place.
PLACEHOLDER = re.compile(
    r"(?:x[a-z.]+-)?(?:…|\.\.\.|x{3,}|\*{3,})?|.*…|.*\.\.\.|.*<.*>|.*\byour[-_].*"
    r"|(?:change|replace)[-_ ]?(?:me|this)",
    re.IGNORECASE,
)

FERNET_KEY_BYTES = 32


def token(*prefixes: str) -> Callable[[str], str]:
    """Return a parser of Slack's tokens; it refuses placeholders and tokens of another kind."""

    def parse(text: str) -> str:
        secret(text)
        if not text.startswith(prefixes) and (kind := kind_of(text)):
            raise ValueError(f"it is {kind}; expected a token that starts with {prefixes[0]}")
        return text

    return parse


def app_secret(text: str) -> str:
    """Return a secret of the Slack app; raise ValueError for a token in its place."""
    if kind := kind_of(secret(text)):
        raise ValueError(f"it is {kind}; expected 32 hexadecimal digits")
    return text


def secret(text: str) -> str:
    """Return a secret; raise ValueError for a placeholder, and for what no header can carry."""
    if not text:
        return text
    if PLACEHOLDER.fullmatch(text):
        raise ValueError("it is still a placeholder; expected the real value")
    if not text.isascii() or not text.isprintable():
        raise ValueError("it contains characters that no secret has; was it copied correctly?")
    return text


def kind_of(text: str) -> str | None:
    """Return which of Slack's tokens this is, or None when it looks like none."""
    return next((kind for prefix, kind in KINDS if text.startswith(prefix)), None)


def fernet_keys(text: str) -> tuple[str, ...]:
    """Return keys that are separated by commas; raise ValueError for an invalid one."""
    keys = tuple(word.strip() for word in text.split(",") if word.strip())
    for key in keys:
        try:
            decoded = base64.urlsafe_b64decode(key.encode("ascii"))
        except (binascii.Error, UnicodeEncodeError):
            decoded = b""
        if len(decoded) != FERNET_KEY_BYTES:
            raise ValueError(
                "expected 32 bytes in url-safe base64 each, as cryptography's"
                " Fernet.generate_key() makes them"
            )
    return keys
