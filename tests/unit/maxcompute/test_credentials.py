from odps_bot.maxcompute import AccessKey, BearerToken, StaticCredentials


def test_secrets_never_show():
    key = AccessKey("my-id", "my-secret", security_token="my-token")

    shown = repr(StaticCredentials(key)) + repr(StaticCredentials(BearerToken("my-bearer")))

    assert "my-id" in shown
    assert not any(secret in shown for secret in ("my-secret", "my-token", "my-bearer"))
