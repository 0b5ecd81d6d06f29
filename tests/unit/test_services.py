"""What a process works with, built from its settings."""

import subprocess
import sys

from redis import Redis

from odps_bot.maxcompute import AccessKey
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


def test_alibaba_clouds_package_finds_its_own():
    # In a process of its own: the package reads the environment when it is imported.
    environ = {
        **ENVIRON,
        "ODPS_BOT_CREDENTIALS": "alibabacloud",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "found",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "by the package",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    }
    found = subprocess.run(
        [sys.executable, "-c", SHOW_CREDENTIALS],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "SdkCredentials found by the package\n"


SHOW_CREDENTIALS = """
import os
from redis import Redis
from odps_bot.services import Services
from odps_bot.settings import Settings
services = Services.from_settings(Settings.from_environ(os.environ), redis=Redis())
provider = services.maxcompute.transport._credentials
key = provider.get()
print(type(provider).__name__, key.id, key.secret)
"""
