from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import (
    AccessKey,
    BearerToken,
    BearerTokenFile,
    CredentialsUnavailableError,
    InvalidArgumentError,
    RotatingCredentials,
    SdkCredentials,
    StaticCredentials,
    credentials_from_environ,
)


def test_secrets_never_show():
    key = AccessKey("my-id", "my-secret", security_token="my-token")

    shown = repr(StaticCredentials(key)) + repr(StaticCredentials(BearerToken("my-bearer")))

    assert "my-id" in shown
    assert not any(secret in shown for secret in ("my-secret", "my-token", "my-bearer"))


class Issuer:
    """Issues tokens that live for an hour of its clock."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.issued = 0
        self.is_down = False
        self.credentials = RotatingCredentials(
            self.fetch, margin=timedelta(minutes=5), clock=lambda: self.now
        )

    def fetch(self):
        if self.is_down:
            raise ConnectionError("the issuer is down")
        self.issued += 1
        return BearerToken(f"token-{self.issued}"), self.now + timedelta(hours=1)

    def token(self):
        return self.credentials.get().token


def test_temporary_credentials_are_fetched_when_they_are_needed():
    issuer = Issuer()

    tokens = [issuer.token(), issuer.token()]

    assert tokens == ["token-1", "token-1"]
    assert issuer.issued == 1


def test_they_are_replaced_before_they_expire():
    issuer = Issuer()
    issuer.token()

    issuer.now += timedelta(minutes=56)

    assert issuer.token() == "token-2"


def test_old_ones_do_while_no_new_ones_can_be_had():
    issuer = Issuer()
    issuer.token()
    issuer.is_down = True

    issuer.now += timedelta(minutes=56)
    in_the_margin = issuer.token()
    issuer.now += timedelta(minutes=5)

    assert in_the_margin == "token-1"
    with pytest.raises(CredentialsUnavailableError, match="the issuer is down") as raised:
        issuer.token()
    assert raised.value.is_retryable


def test_a_token_in_a_file_is_always_the_newest(tmp_path):
    file = tmp_path / "token"
    credentials = BearerTokenFile(file)

    file.write_text("one\n")
    first = credentials.get()
    file.write_text("two\n")

    assert [first, credentials.get()] == [BearerToken("one"), BearerToken("two")]


def test_an_empty_file_is_no_token(tmp_path):
    path = tmp_path / "token"
    path.write_text("\n")

    with pytest.raises(CredentialsUnavailableError):
        BearerTokenFile(path).get()


def test_a_missing_file_means_no_credentials(tmp_path):
    with pytest.raises(CredentialsUnavailableError, match="token"):
        BearerTokenFile(tmp_path / "token").get()


def sdk_client(key_id, secret, token):
    credential = SimpleNamespace(
        get_access_key_id=lambda: key_id,
        get_access_key_secret=lambda: secret,
        get_security_token=lambda: token,
    )
    return SimpleNamespace(get_credential=lambda: credential)


def test_the_sdks_credentials_are_taken_as_they_are():
    assert SdkCredentials(sdk_client("i", "s", "t")).get() == AccessKey("i", "s", "t")
    assert SdkCredentials(sdk_client("i", "s", "")).get() == AccessKey("i", "s")


def test_an_sdk_without_credentials_means_none_are_available():
    def fail():
        raise RuntimeError("no role")

    with pytest.raises(CredentialsUnavailableError, match="no role"):
        SdkCredentials(SimpleNamespace(get_credential=fail)).get()
    with pytest.raises(CredentialsUnavailableError):
        SdkCredentials(sdk_client(None, None, None)).get()


ACCESS_KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "i", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}


@pytest.mark.parametrize(
    ("environ", "credentials"),
    [
        (ACCESS_KEY, AccessKey("i", "s")),
        ({**ACCESS_KEY, "ALIBABA_CLOUD_SECURITY_TOKEN": "t"}, AccessKey("i", "s", "t")),
        (
            {
                **ACCESS_KEY,
                "ODPS_STS_ACCESS_KEY_ID": "a",
                "ODPS_STS_ACCESS_KEY_SECRET": "b",
                "ODPS_STS_TOKEN": "c",
            },
            AccessKey("a", "b", "c"),
        ),
        ({**ACCESS_KEY, "ODPS_BEARER_TOKEN": "b"}, BearerToken("b")),
    ],
)
def test_the_environment_names_credentials(environ, credentials):
    assert credentials_from_environ(environ).get() == credentials


def test_the_environment_can_name_a_token_file(tmp_path):
    (tmp_path / "token").write_text("b")

    provider = credentials_from_environ({"ODPS_BEARER_TOKEN_FILE": str(tmp_path / "token")})

    assert provider.get() == BearerToken("b")


def test_an_environment_without_credentials_is_an_error():
    with pytest.raises(InvalidArgumentError):
        credentials_from_environ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "i"})
