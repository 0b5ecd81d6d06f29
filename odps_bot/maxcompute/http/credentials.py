"""Credentials for MaxCompute. No secret appears in a repr."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from odps_bot.maxcompute.errors import CredentialsUnavailableError, InvalidArgumentError


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key; with `security_token`, a temporary one from STS."""

    id: str
    secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that authenticates requests without a signature."""

    token: str = field(repr=False)


Credentials: TypeAlias = AccessKey | BearerToken


class CredentialsProvider(Protocol):
    """Provides the credentials of each request. Called for every request, on any thread."""

    def get(self) -> Credentials:
        """Return credentials that are valid now.

        Raises CredentialsUnavailableError if there are none; the request is then not sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class StaticCredentials:
    """Credentials that never change."""

    credentials: Credentials

    def get(self) -> Credentials:
        """Return the credentials."""
        return self.credentials


class RotatingCredentials:
    """Temporary credentials, refreshed before they expire.

    `fetch` returns credentials and the time (with a time zone) when they expire. They are replaced
    `margin` before that; if fetching fails, the old ones are used until they expire.
    """

    def __init__(
        self,
        fetch: Callable[[], tuple[Credentials, datetime]],
        *,
        margin: timedelta = timedelta(minutes=5),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._fetch = fetch
        self._margin = margin
        self._clock = clock
        self._lock = threading.Lock()
        self._current: tuple[Credentials, datetime] | None = None

    def get(self) -> Credentials:
        """Return the current credentials; one thread fetches while the others wait."""
        with self._lock:
            current = self._current
            if current is not None and self._clock() < current[1] - self._margin:
                return current[0]
            try:
                self._current = self._fetch()
            except Exception as error:
                if current is not None and self._clock() < current[1]:
                    return current[0]
                raise CredentialsUnavailableError(f"No credentials: {error}") from error
            return self._current[0]


@dataclass(frozen=True, slots=True)
class BearerTokenFile:
    """A bearer token in a file that another process refreshes; it is read for every request."""

    path: Path

    def get(self) -> Credentials:
        """Return the token that the file contains now."""
        try:
            token = self.path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialsUnavailableError(f"No bearer token in {self.path}.") from error
        if not token:  # being written at the moment
            raise CredentialsUnavailableError(f"No bearer token in {self.path}.")
        return BearerToken(token)


class SdkCredentialsClient(Protocol):
    """`alibabacloud_credentials.client.Client`, which supports ECS roles, OIDC and profiles."""

    def get_credential(self) -> Any:
        """Return the current credential, with the methods that `SdkCredentials.get` calls."""
        ...


@dataclass(frozen=True, slots=True)
class SdkCredentials:
    """Credentials from the package `alibabacloud-credentials`, which rotates them itself.

    https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-python-access-credentials
    """

    client: SdkCredentialsClient = field(repr=False)

    def get(self) -> Credentials:
        """Return the current credentials."""
        try:
            credential = self.client.get_credential()
            key_id = credential.get_access_key_id()
            secret = credential.get_access_key_secret()
            token = credential.get_security_token()
        except Exception as error:
            raise CredentialsUnavailableError(f"No credentials: {error}") from error
        if not key_id or not secret:
            raise CredentialsUnavailableError("The credentials client has no access key.")
        return AccessKey(key_id, secret, token or None)


def credentials_from_environ(environ: Mapping[str, str]) -> CredentialsProvider:
    """Return the credentials in the environment, under the names that other SDKs use.

    In this order: `ODPS_BEARER_TOKEN_FILE`, `ODPS_BEARER_TOKEN`, `ODPS_STS_ACCESS_KEY_ID` (with
    `_SECRET` and `ODPS_STS_TOKEN`), `ALIBABA_CLOUD_ACCESS_KEY_ID` (with `_SECRET` and
    `ALIBABA_CLOUD_SECURITY_TOKEN`). Raises InvalidArgumentError if there are none.
    """
    if path := environ.get("ODPS_BEARER_TOKEN_FILE"):
        return BearerTokenFile(Path(path))
    if token := environ.get("ODPS_BEARER_TOKEN"):
        return StaticCredentials(BearerToken(token))
    for prefix, token_name in (
        ("ODPS_STS", "ODPS_STS_TOKEN"),
        ("ALIBABA_CLOUD", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ):
        key_id = environ.get(f"{prefix}_ACCESS_KEY_ID")
        secret = environ.get(f"{prefix}_ACCESS_KEY_SECRET")
        if key_id and secret:
            return StaticCredentials(AccessKey(key_id, secret, environ.get(token_name) or None))
    raise InvalidArgumentError("The environment has no credentials for MaxCompute.")
