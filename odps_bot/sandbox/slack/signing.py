"""How Slack signs what it sends (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""

import hashlib
import hmac
from datetime import datetime


def signature_headers(body: bytes, *, signing_secret: str, at: datetime) -> dict[str, str]:
    """Return the two headers by which an app verifies a request from Slack."""
    timestamp = str(int(at.timestamp()))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(body, signing_secret=signing_secret, timestamp=timestamp),
    }


def sign(body: bytes, *, signing_secret: str, timestamp: str) -> str:
    """Return the v0 signature of a raw body sent at `timestamp` (Unix time in seconds)."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
