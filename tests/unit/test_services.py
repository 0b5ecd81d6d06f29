"""What a process works with, built from its settings."""

import subprocess
import sys

import pytest
from redis import Redis

from odps_bot.config.settings import Settings
from odps_bot.errors import SettingsError
from odps_bot.maxcompute import AccessKey
from odps_bot.maxcompute_clients import Purpose
from odps_bot.services import Services

ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "REDIS_URL": "redis://localhost",
    "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
    "ODPS_PROJECTS": "sandbox",
}
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}


def credentials_of(environ):
    services = Services.from_settings(Settings.from_environ(environ), redis=Redis())
    return services.maxcompute.default.transport._credentials


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
from odps_bot.config.settings import Settings
services = Services.from_settings(Settings.from_environ(os.environ), redis=Redis())
provider = services.maxcompute.default.transport._credentials
key = provider.get()
print(type(provider).__name__, key.id, key.secret)
"""


def test_a_project_may_have_an_endpoint_and_a_key_of_its_own(tmp_path):
    rules = tmp_path / "odps-bot.toml"
    rules.write_text(
        """
        [projects.ads]
        endpoint = "https://service.eu-central-1.maxcompute.aliyun.com/api"
        credentials = "europe"
        [projects.finance]
        """
    )
    settings = Settings.from_environ(
        {
            **ENVIRON,
            **KEY,
            "ODPS_BOT_RULES": str(rules),
            "ODPS_BOT_ACCESS_KEYS": "europe=id-of-europe:secret-of-europe",
        }
    )
    services = Services.from_settings(settings, redis=Redis())

    assert services.settings.projects[-2:] == ("ads", "finance")
    assert services.maxcompute.of("ads", Purpose.POLL).region == "eu-central-1"
    assert services.maxcompute.default.region == "cn-hangzhou"
    assert services.maxcompute.of("finance", Purpose.QUERY) is services.maxcompute.default


def test_credentials_that_are_named_but_not_given_are_a_mistake(tmp_path):
    rules = tmp_path / "odps-bot.toml"
    rules.write_text('[projects.ads]\ncredentials = "europe"')
    settings = Settings.from_environ({**ENVIRON, **KEY, "ODPS_BOT_RULES": str(rules)})

    with pytest.raises(SettingsError, match="'europe', which are not in"):
        Services.from_settings(settings, redis=Redis())


def test_a_question_cannot_outlive_the_memory_of_its_run(tmp_path):
    rules = tmp_path / "odps-bot.toml"
    rules.write_text("[projects.sandbox]\napproval_hours = 48\n")
    settings = Settings.from_environ(
        {**ENVIRON, **KEY, "ODPS_BOT_RULES": str(rules), "ODPS_BOT_KEEP_DAYS": "2"}
    )

    with pytest.raises(SettingsError, match=r"approval_hours = 48 .* ODPS_BOT_KEEP_DAYS"):
        Services.from_settings(settings, redis=Redis())


def test_all_purposes_share_the_credentials_and_wait_differently():
    settings = Settings.from_environ({**ENVIRON, **KEY})
    clients = Services.from_settings(settings, redis=Redis()).maxcompute
    polls, posts = (clients.of("sandbox", p).transport for p in (Purpose.POLL, Purpose.SUBMISSION))

    assert polls._credentials is posts._credentials
    assert polls._read_timeout < posts._read_timeout
    assert polls._throttle._reserve > posts._throttle._reserve == 0
