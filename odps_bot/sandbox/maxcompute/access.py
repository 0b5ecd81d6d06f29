"""Authentication and access: access keys, STS tokens, and bearer tokens for one instance."""

import hashlib
import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase

from odps_bot.sandbox.clock import Clock
from odps_bot.sandbox.maxcompute import service_errors
from odps_bot.sandbox.maxcompute.calls import Caller
from odps_bot.sandbox.maxcompute.signing import (
    canonical_string,
    is_equal,
    parse_authorization,
    signature,
)

_TOKEN_VERSION = "1"  # noqa: S105  -- the version of a format
_MAX_HOURS = 24 * 365


def owner_of(access_key_id: str) -> str:
    """Return the account behind an access key."""
    return f"ALIYUN${access_key_id}@example.com"


class Access:
    """Authenticates requests, and issues and reads bearer tokens."""

    def __init__(
        self,
        access_keys: Mapping[str, str],
        *,
        sts_tokens: Mapping[str, str],
        region: str,
        clock: Clock,
    ) -> None:
        self._secrets = dict(access_keys)
        self._sts_tokens = dict(sts_tokens)
        self._region = region
        self._clock = clock
        self._token_key = secrets.token_bytes(32)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Return the ids of all access keys."""
        return tuple(self._secrets)

    def secret_of(self, key_id: str) -> str | None:
        """Return the secret of an access key, which other signatures than ours are checked with."""
        return self._secrets.get(key_id)

    def authenticate(
        self,
        *,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        base_path: str,
    ) -> Caller:
        """Return the caller of a request; raises `ServiceError`. Header names are lowercase."""
        if (token := headers.get("x-odps-bearer-token")) is not None:
            return self.read_bearer_token(token)
        given = headers.get("authorization", "")
        if not given:
            raise service_errors.missing_authorization()
        authorization = parse_authorization(given)
        if authorization is None:
            raise service_errors.bad_authorization()
        key_id = authorization.access_key_id
        secret = self._secrets.get(key_id)
        if secret is None:
            raise service_errors.unknown_access_key(key_id)
        sent_at = self._check_date(headers.get("date", ""))
        if authorization.scope is not None and not self._is_in_scope(authorization.scope, sent_at):
            raise service_errors.wrong_signature()
        text = canonical_string(
            method=method, path=path, query=query, headers=headers, base_path=base_path
        )
        if not is_equal(
            authorization.signature, signature(secret, text, scope=authorization.scope)
        ):
            raise service_errors.wrong_signature()
        self._check_sts(key_id, headers.get("authorization-sts-token"))
        return Caller(key_id, owner_of(key_id))

    def sign_token(self, caller: Caller, policy: object, expires_in_hours: object) -> str:
        """Return a bearer token for a policy; raises `ServiceError`.

        The policy can allow `odps:Read` on one instance, which clients request for Logview.
        """
        resource = _readable_resource(policy)
        until = int((self._clock() + _lifetime(expires_in_hours)).timestamp())
        document = json.dumps(policy, separators=(",", ":"))
        text = f"{_TOKEN_VERSION},{caller.access_key_id},{until},{resource},{document}"
        return b64encode(f"{self._with_digest(text)}".encode()).decode()

    def read_bearer_token(self, token: str) -> Caller:
        """Return the caller of a bearer token with its resource; raises `ServiceError`."""
        try:
            version, signed, expires, rest = b64decode(token, validate=True).decode().split(",", 3)
            key_id, digest = signed.rsplit("/", 1)
            text = f"{version},{key_id},{expires},{rest}"
        except ValueError as error:
            raise service_errors.invalid_token("the bearer token is malformed") from error
        if not is_equal(digest, self._digest(text)):
            raise service_errors.invalid_token("the bearer token is not valid")
        if int(expires) <= self._clock().timestamp():
            raise service_errors.invalid_token("the bearer token has expired")
        return Caller(key_id, owner_of(key_id), readable=rest.split(",", 1)[0])

    def _with_digest(self, text: str) -> str:
        version, key_id, rest = text.split(",", 2)
        return f"{version},{key_id}/{self._digest(text)},{rest}"

    def _digest(self, text: str) -> str:
        return hmac.new(self._token_key, text.encode(), hashlib.sha256).hexdigest()

    def _is_in_scope(self, scope: tuple[str, str], sent_at: datetime) -> bool:
        """Return whether a key of version 4 is of this region and of the day of the request.

        A client can take the day a moment before the time of its request.
        """
        day, region = scope
        days = (sent_at, sent_at - service_errors.MAX_CLOCK_SKEW)
        return region == self._region and day in {f"{one:%Y%m%d}" for one in days}

    def _check_date(self, header: str) -> datetime:
        """Return when a request was sent, in UTC; raises `ServiceError`."""
        try:
            sent_at = parsedate_to_datetime(header)
        except ValueError as error:
            raise service_errors.invalid_parameter(
                "the Date header is missing or malformed"
            ) from error
        sent_at = sent_at.replace(tzinfo=sent_at.tzinfo or UTC).astimezone(UTC)
        if abs(sent_at - self._clock()) > service_errors.MAX_CLOCK_SKEW:
            raise service_errors.clock_skewed(sent_at, self._clock())
        return sent_at

    def _check_sts(self, key_id: str, token: str | None) -> None:
        wanted = self._sts_tokens.get(key_id)
        if wanted is not None and not is_equal(token or "", wanted):
            raise service_errors.invalid_token("the security token is invalid or has expired")


def check_readable(caller: Caller, *, method: str, resource: str) -> None:
    """Raise `ServiceError` for what a bearer token does not allow; access keys allow everything."""
    if caller.readable is None:
        return
    if method != "GET":
        raise service_errors.no_permission("odps:Write", f"projects/{resource}")
    if not fnmatchcase(resource, caller.readable):
        raise service_errors.no_permission("odps:Read", f"projects/{resource}")


def _lifetime(hours: object) -> timedelta:
    """Return the lifetime of a token; raises `ServiceError`."""
    if isinstance(hours, bool) or not isinstance(hours, int | float):
        raise service_errors.invalid_parameter(f"expires_in_hours '{hours}' is not a number")
    if not 0 < hours <= _MAX_HOURS:
        raise service_errors.invalid_parameter(f"expires_in_hours '{hours}' is out of range")
    return timedelta(hours=hours)


def _readable_resource(policy: object) -> str:
    """Return the resource that a policy allows to read; raises `ServiceError`."""
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if (
        not isinstance(statements, list)
        or len(statements) != 1
        or not isinstance(statements[0], dict)
    ):
        raise service_errors.invalid_parameter("policy must have one Statement")
    statement = statements[0]
    actions = statement.get("Action")
    resource = statement.get("Resource")
    if (
        statement.get("Effect") != "Allow"
        or actions != ["odps:Read"]
        or not isinstance(resource, str)
    ):
        raise service_errors.invalid_parameter("policy must Allow odps:Read on a Resource")
    prefix, _, path = resource.partition(":projects/")
    if prefix != "acs:odps:*" or not path:
        raise service_errors.invalid_parameter(f"Resource '{resource}' is not understood")
    return path
