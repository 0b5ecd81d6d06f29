"""Verifies ACS3-HMAC-SHA256, the signature of the OpenAPI. Pure.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from odps_bot.sandbox.maxcompute.service_errors import MAX_CLOCK_SKEW, ServiceError

_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})"
)

_ALWAYS_SIGNED = frozenset(
    {
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    }
)


def verify(
    *,
    method: str,
    path: str,
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
    secret_of: Callable[[str], str | None],
    now: datetime,
) -> str:
    """Return the id of the key that signed the request; raises `ServiceError`.

    `path` is as received, names of headers are in lower case.
    """
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", "").strip())
    if found is None:
        raise ServiceError(400, "MissingAuthorization", "The request has no ACS3 authorization.")
    key_id, names, signature = found.groups()
    secret = secret_of(key_id)
    if secret is None:
        raise ServiceError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    signed = names.split(";")
    if signed != sorted(signed) or not _ALWAYS_SIGNED.issubset(signed):
        raise ServiceError(400, "IncompleteSignature", "Not all headers are signed, or unsorted.")
    digest = hashlib.sha256(body).hexdigest()
    if headers.get("x-acs-content-sha256") != digest:
        raise ServiceError(400, "InvalidContentSha256", "x-acs-content-sha256 is not the body's.")
    _check_date(headers.get("x-acs-date", ""), now)
    pairs = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(query))
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in signed)
    canonical = f"{method}\n{path}\n{pairs}\n{lines}\n{names}\n{digest}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise ServiceError(400, "SignatureDoesNotMatch", f"The string to sign is: {canonical}")
    return key_id


def _check_date(text: str, now: datetime) -> None:
    try:
        sent_at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ServiceError(400, "InvalidTimeStamp.Format", "x-acs-date is malformed.") from error
    if abs(now - sent_at) > MAX_CLOCK_SKEW:
        raise ServiceError(400, "InvalidTimeStamp.Expired", "x-acs-date has expired.")


def _encoded(text: str) -> str:
    return quote(text, safe="~")
