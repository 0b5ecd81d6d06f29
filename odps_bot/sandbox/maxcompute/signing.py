"""The expected signature of a request, computed from the request as received.

Pure, and independent of the client, so that both cannot share a mistake.
Rules: https://www.alibabacloud.com/help/en/maxcompute/user-guide/request-signature
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

_SIGNED_PREFIX = "x-odps-"
_SIGNED_HEADERS = ("content-md5", "content-type", "date")
_V4_SUFFIX = "aliyun_v4_request"


@dataclass(frozen=True)
class Authorization:
    """A parsed `Authorization` header."""

    access_key_id: str
    signature: str
    #: Day (yyyymmdd, UTC) and region that a v4 key is derived from; None for v2.
    scope: tuple[str, str] | None = None


def parse_authorization(header: str) -> Authorization | None:
    """Read `ODPS id:signature` (v2) or `ODPS id/day/region/odps/aliyun_v4_request:signature`."""
    kind, _, rest = header.partition(" ")
    credential, separator, signature = rest.strip().rpartition(":")
    if kind.upper() != "ODPS" or not separator or not credential or not signature:
        return None
    parts = credential.split("/")
    if len(parts) == 1:
        return Authorization(credential, signature)
    if len(parts) == 5 and parts[3:] == ["odps", _V4_SUFFIX]:  # noqa: PLR2004  -- the form above
        return Authorization(parts[0], signature, (parts[1], parts[2]))
    return None


def canonical_string(
    *,
    method: str,
    path: str,
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    base_path: str,
) -> str:
    """Return the text that both signature versions cover.

    `path` is as received, `query` decoded; `base_path` is the endpoint's own path.
    """
    signed = dict.fromkeys(_SIGNED_HEADERS, "")
    for name, value in headers.items():
        lowered = name.lower()
        if lowered in signed or lowered.startswith(_SIGNED_PREFIX):
            signed[lowered] = value
    signed.update({name: value for name, value in query if name.startswith(_SIGNED_PREFIX)})
    lines = [
        f"{name}:{signed[name]}" if name.startswith(_SIGNED_PREFIX) else signed[name]
        for name in sorted(signed)
    ]
    return "\n".join([method, *lines, _resource(path, query, base_path)])


def signature(secret: str, text: str, *, scope: tuple[str, str] | None = None) -> str:
    """Return the Base64 signature of a canonical string; version 4 with a scope."""
    key = secret.encode()
    if scope is not None:
        key = b"aliyun_v4" + key
        for part in (*scope, "odps", _V4_SUFFIX):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def is_equal(given: str, expected: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _resource(path: str, query: Sequence[tuple[str, str]], base_path: str) -> str:
    resource = unquote(path)
    if resource.startswith(base_path + "/"):
        resource = resource[len(base_path) :]
    if not query:
        return resource
    return f"{resource}?" + "&".join(f"{k}={v}" if v else k for k, v in sorted(query))
