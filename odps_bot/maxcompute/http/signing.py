"""The signature of a request. Pure.

The service rebuilds the signed text from decoded names and values, so it is computed from those
and not from the URL. Both versions sign the same text and differ in the key.
Rules: https://www.alibabacloud.com/help/en/maxcompute/user-guide/request-signature
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from odps_bot.maxcompute.http.credentials import AccessKey, BearerToken, Credentials

_V4 = "aliyun_v4"
_SIGNED_HEADERS = ("content-md5", "content-type", "date")
_SIGNED_PREFIX = "x-odps-"

_REGION_IN_HOST = re.compile(
    r"service\.([^.]+?)(?:-vpc|-internal|-intranet)?\.[a-z]{4,10}\.[a-z]{6}(?:-inc)?\.com",
    re.IGNORECASE,
)


class SigningKeys:
    """Derives keys of version 4 and caches the last: they change once a day."""

    def __init__(self) -> None:
        self._last: tuple[tuple[str, str, str], bytes] | None = None

    def v4(self, secret: str, *, day: str, region: str) -> bytes:
        """Return the key for a day (yyyymmdd, UTC) and a region."""
        wanted = (secret, day, region)
        last = self._last  # read once: threads share this object
        if last is not None and last[0] == wanted:
            return last[1]
        key = (_V4 + secret).encode()
        for part in (day, region, "odps", f"{_V4}_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        self._last = (wanted, key)
        return key


def canonical_string(
    method: str, path: str, *, params: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    """Return the text to sign. `path` is decoded and without the endpoint's own path."""
    signed = dict.fromkeys(_SIGNED_HEADERS, "")
    for name, value in headers.items():
        lowered = name.lower()
        if lowered in signed or lowered.startswith(_SIGNED_PREFIX):
            signed[lowered] = value
    signed.update({name: value for name, value in params.items() if name[:7] == _SIGNED_PREFIX})
    lines = [
        f"{name}:{value}" if name.startswith(_SIGNED_PREFIX) else value
        for name, value in sorted(signed.items())
    ]
    query = "&".join(f"{name}={value}" if value else name for name, value in sorted(params.items()))
    return "\n".join((method, *lines, f"{path}?{query}" if query else path))


def authorization(
    key: AccessKey, text: str, *, at: datetime, region: str | None, keys: SigningKeys
) -> str:
    """Return the Authorization header for a canonical string: version 4 given a region, else 2."""
    if region is None:
        return f"ODPS {key.id}:{_mac(key.secret.encode(), text)}"
    day = at.astimezone(UTC).strftime("%Y%m%d")
    signature = _mac(keys.v4(key.secret, day=day, region=region), text)
    return f"ODPS {key.id}/{day}/{region}/odps/{_V4}_request:{signature}"


def credential_headers(
    credentials: Credentials, text: str, *, at: datetime, region: str | None, keys: SigningKeys
) -> dict[str, str]:
    """Return the headers that authenticate a request; they are not part of the canonical string."""
    if isinstance(credentials, BearerToken):
        return {"x-odps-bearer-token": credentials.token}
    headers = {"Authorization": authorization(credentials, text, at=at, region=region, keys=keys)}
    if credentials.security_token is not None:
        headers["authorization-sts-token"] = credentials.security_token
    return headers


def region_of(endpoint: str) -> str | None:
    """Return the region in an endpoint's host name; None if there is none."""
    found = _REGION_IN_HOST.search(urlsplit(endpoint).hostname or "")
    if found is None or "-" not in found.group(1):
        return None
    return found.group(1)


def _mac(key: bytes, text: str) -> str:
    return b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()
