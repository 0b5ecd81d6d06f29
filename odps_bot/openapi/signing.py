"""ACS3-HMAC-SHA256, the signature of Alibaba Cloud's OpenAPIs. Pure.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from odps_bot.maxcompute import AccessKey

_ALGORITHM = "ACS3-HMAC-SHA256"


def signed_headers(
    key: AccessKey,
    *,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
    nonce: str,
) -> dict[str, str]:
    """Return the headers with those that sign the request; all of them are signed.

    `path` is encoded. `headers` contain host, action and version; their names are in lower case.
    """
    digest = hashlib.sha256(body).hexdigest()
    signed = {
        **headers,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": digest,
    }
    if key.security_token is not None:
        signed |= {"x-acs-accesskey-id": key.id, "x-acs-security-token": key.security_token}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical = "\n".join((method, path, encoded_query(query), lines, names, digest))
    text = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    mac = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key.id},SignedHeaders={names},Signature={mac}"
    return {**signed, "authorization": f"{_ALGORITHM} {credential}"}


def encoded_query(query: Mapping[str, str]) -> str:
    """Return the query as it is signed and sent."""
    return "&".join(f"{_encoded(name)}={_encoded(query[name])}" for name in sorted(query))


def _encoded(text: str) -> str:
    return quote(text, safe="~")
