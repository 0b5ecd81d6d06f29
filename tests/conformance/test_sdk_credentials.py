"""Credentials that Alibaba Cloud's own package keeps fresh."""

import pytest
from alibabacloud_credentials.client import Client
from alibabacloud_credentials.models import Config

from odps_bot.maxcompute import AccessKey, SdkCredentials
from odps_bot.maxcompute.errors import CredentialsUnavailableError


def test_an_access_key_comes_through():
    config = Config(type="access_key", access_key_id="id", access_key_secret="secret")

    assert SdkCredentials(Client(config)).get() == AccessKey("id", "secret")


def test_a_temporary_key_brings_its_token():
    config = Config(
        type="sts", access_key_id="id", access_key_secret="secret", security_token="token"
    )

    assert SdkCredentials(Client(config)).get() == AccessKey("id", "secret", "token")


def test_a_credential_without_an_access_key_is_rejected():
    config = Config(type="bearer", bearer_token="token")

    with pytest.raises(CredentialsUnavailableError):
        SdkCredentials(Client(config)).get()
