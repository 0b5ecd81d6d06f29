"""Names that are nearly those of settings are noticed; names of others are left alone."""

import pytest

from odps_bot.config.settings import Settings, suspicious_settings
from odps_bot.errors import SettingsError

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "REDIS_URL": "redis://localhost",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5t",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key",
    "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
    "ODPS_PROJECTS": "sandbox",
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SLACK_APP_TOKN", "SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN_FIEL", "SLACK_APP_TOKEN_FILE"),
        ("SLACK_SIGING_SECRET", "SLACK_SIGNING_SECRET"),
        ("ODPS_BOT_KEEP_DAY", "ODPS_BOT_KEEP_DAYS"),
        ("ODPS_BOT_RULE", "ODPS_BOT_RULES"),
        ("ODPS_BOT_LOG_FROMAT", "ODPS_BOT_LOG_FORMAT"),
        ("ODPS_BO_LOG_FORMAT", "ODPS_BOT_LOG_FORMAT"),
        ("odps_bot_log_level", "ODPS_BOT_LOG_LEVEL"),
        ("ALIBABA_CLOUD_SECURTY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"),
        ("ODPS_REGION_NAMES", "ODPS_REGION_NAME"),
    ],
)
def test_a_misspelled_name_is_told_with_the_one_that_is_meant(typed: str, meant: str) -> None:
    [doubt] = suspicious_settings({**COMPLETE, typed: "value"})

    assert doubt == f"{typed} is set but is not a setting. Did you mean {meant}?"


@pytest.mark.parametrize(
    "name",
    [
        "ALIBABA_CLOUD_ECS_METADATA",
        "ALIBABA_CLOUD_PROFILE",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "ALIBABA_CLOUD_IMDSV1_DISABLED",
        "ODPS_TUNNEL_ENDPOINT",
        "ODPS_PROJECT_NAME",
        "ODPS_ACCESS_ID",
        "ODPS_BEARER_TOKEN_FILE",
        "SLACK_WEBHOOK_URL",
        "SLACK_API_TOKEN",
        "SLACK_TOKEN",
        "SLACK_CHANNEL",
        "SLACK_CLI_XOXP",
        "REDIS_PORT",
        "REDIS_HOST",
        "REDIS_PASSWORD",
        # Kubernetes, for services that are called like this:
        "ODPS_BOT_PORT",
        "ODPS_BOT_PORT_8080_TCP_ADDR",
        "ODPS_BOT_SERVICE_HOST",
        "ODPS_BOT_SERVICE_PORT_HEALTH",
        "REDIS_PORT_6379_TCP_PROTO",
        # Of our own tests and images:
        "ODPS_BOT_TEST_FUZZ",
        "ODPS_BOT_IMAGE",
        "PATH",
    ],
)
def test_names_of_others_raise_no_alarm(name: str) -> None:
    assert suspicious_settings({**COMPLETE, name: "value"}) == ()


def test_a_name_of_others_is_no_mistake_where_the_right_one_is_set_as_well() -> None:
    assert suspicious_settings({**COMPLETE, "ODPS_PROJECT": "sandbox"}) == ()
    by_file = {**COMPLETE, "REDIS_URL": "", "REDIS_URL_FILE": "/run/secrets/redis_url"}
    assert suspicious_settings({**by_file, "REDIS_URI": "redis://other"}) == ()
    # … but one that only the bot can be meant by is.
    both = {"ODPS_BOT_KEEP_DAYS": "3", "ODPS_BOT_KEEP_DAY": "30"}
    assert len(suspicious_settings({**COMPLETE, **both})) == 1


def test_an_empty_variable_is_not_set() -> None:
    assert suspicious_settings({**COMPLETE, "ODPS_BOT_KEEP_DAY": ""}) == ()


@pytest.mark.parametrize(
    ("typed", "meant"), [("ODPS_PROJECT", "ODPS_PROJECTS"), ("REDIS_URI", "REDIS_URL")]
)
def test_what_is_missing_may_be_there_by_another_name(typed: str, meant: str) -> None:
    environ = {name: value for name, value in COMPLETE.items() if name != meant}

    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({**environ, typed: COMPLETE[meant]})

    said = str(caught.value)
    assert f"- {meant} is not set." in said
    assert f"Note: {typed} is set but is not a setting. Did you mean {meant}?" in said


def test_many_names_take_no_long_time() -> None:
    many = {f"ODPS_BOT_KEEP_DAY{number}": "1" for number in range(10, 99)}

    assert len(suspicious_settings({**COMPLETE, **many})) == 89
