"""What a process works with, built from its settings."""

from redis import Redis

from odps_bot.maxcompute import AccessKey, SdkCredentials
from odps_bot.services import Services
from odps_bot.settings import Settings

ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "REDIS_URL": "redis://localhost",
    "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
    "ODPS_PROJECTS": "sandbox",
}


def credentials_of(environ):
    services = Services.from_settings(Settings.from_environ(environ), redis=Redis())
    return services.maxcompute.transport._credentials


def test_an_access_key_comes_from_the_environment():
    found = credentials_of(
        {
            **ENVIRON,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        }
    )

    assert found.get() == AccessKey("id", "secret")


def test_alibaba_clouds_package_finds_its_own(monkeypatch):
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "found")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "by the package")
    found = credentials_of({**ENVIRON, "ODPS_BOT_CREDENTIALS": "alibabacloud"})

    assert isinstance(found, SdkCredentials)
    assert found.get() == AccessKey("found", "by the package")
