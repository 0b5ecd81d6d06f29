"""Placeholders and swapped secrets are named as what they are, before anybody is asked."""

import pytest

from odps_bot.config.secret_values import APP_TOKEN_PREFIXES, BOT_TOKEN_PREFIXES, token
from odps_bot.config.settings import Settings, suspicious_settings
from odps_bot.errors import SettingsError

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "SLACK_APP_TOKEN": "xapp-1-A1-2-abc",
    "REDIS_URL": "redis://localhost",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5t",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key",
    "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
    "ODPS_PROJECTS": "sandbox",
}


def refusal(**changes: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({**COMPLETE, **changes}, is_bot=True, needs_keys=True)
    for value in changes.values():
        assert "very" not in value or value not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "placeholder",
    [
        "xoxb-…",
        "xoxb-...",
        "xoxb-",
        "xoxb-xxxxxxxx",
        "xoxb-your-token",
        "<token>",
        "changeme",
        "…",
        "REPLACE-ME",
    ],
)
def test_a_placeholder_is_named_with_where_the_real_one_is(placeholder: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({**COMPLETE, "SLACK_BOT_TOKEN": placeholder})

    assert "SLACK_BOT_TOKEN: its value cannot be used: it is still a placeholder" in str(
        caught.value
    )
    assert "→ OAuth & Permissions → Bot User OAuth Token" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1-A1-very", "an app-level token, which belongs in SLACK_APP_TOK"),
        ("SLACK_APP_TOKEN", "xoxb-1-2-very", "a bot token, which belongs in SLACK_BOT_TOKEN"),
        ("SLACK_BOT_TOKEN", "xoxp-1-2-very", "a user token"),
        ("SLACK_BOT_TOKEN", "xoxe-1-very", "a refresh token"),
        ("SLACK_BOT_TOKEN", "xoxc-1-very", "a token of a browser session"),
        ("SLACK_SIGNING_SECRET", "xoxb-1-2-very", "a bot token"),
        ("SLACK_BOT_TOKEN", "xoxb-1-2-vérité", "characters that no secret has"),
        ("SLACK_BOT_TOKEN", "xoxb-1\u200b-2-very", "characters that no secret has"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "schlüssel", "characters that no secret has"),
        ("SLACK_BOT_TOKEN", '"xoxb-1-2-very"', "the quotation marks are part of the value"),
        ("ODPS_BOT_RULES", "'rules.toml'", "the quotation marks are part of the value"),
    ],
)
def test_what_is_something_else_is_named_as_what_it_is(name: str, value: str, said: str) -> None:
    found = refusal(**{name: value})

    assert found.startswith(f"{name}: ")
    assert said in found


def test_both_tokens_in_each_others_place_are_told_at_once() -> None:
    found = refusal(SLACK_BOT_TOKEN="xapp-1-A1-very", SLACK_APP_TOKEN="xoxb-1-2-very")

    assert found.startswith("2 settings are missing or wrong:\n- SLACK_BOT_TOKEN: ")
    assert "\n- SLACK_APP_TOKEN: " in found


def test_id_and_secret_of_an_access_key_in_each_others_place_are_noticed() -> None:
    found = refusal(
        ALIBABA_CLOUD_ACCESS_KEY_ID="very-secret-key", ALIBABA_CLOUD_ACCESS_KEY_SECRET="LTAI5very"
    )

    assert "Were ID and secret swapped?" in found


@pytest.mark.parametrize("text", ["xoxb-1-2-AbC", "xoxe.xoxb-1-AbC", "new-kind-1", ""])
def test_a_token_of_a_kind_that_nobody_here_knows_goes_on_to_slack(text: str) -> None:
    assert token(*BOT_TOKEN_PREFIXES)(text) == text


def test_a_token_that_begins_unusually_is_doubted() -> None:
    assert suspicious_settings(COMPLETE) == ()
    [doubt] = suspicious_settings({**COMPLETE, "SLACK_APP_TOKEN": "new-kind-very-secret"})

    assert doubt.startswith(f"SLACK_APP_TOKEN does not start with {APP_TOKEN_PREFIXES[0]}.")
    assert "very-secret" not in doubt


def test_values_of_the_example_that_might_be_right_are_doubted() -> None:
    left = {"ODPS_PROJECTS": "my_project", "REDIS_URL": "redis://:password@localhost:6379/0"}

    doubts = suspicious_settings({**COMPLETE, **left})
    assert doubts == (
        "REDIS_URL still has the placeholder of .env.example.",
        "ODPS_PROJECTS still has the placeholder of .env.example.",
    )


@pytest.mark.parametrize(
    "url",
    [
        "redis://:pa/very-secret@host:6379",
        "redis://:very-secret#x@host",
        "redis://h:very-secret",
        "redis://:12/34very-secret@host:6379/0",
        "redis://:1234#very-secret@host",
        "redis://u:1234/very-secret@host",
        "redis://u:1234?very-secret@host",
        "redis://h/0#very-secret",
        "unix://:pa/very-secret@/tmp/redis.sock",
    ],
)
def test_a_password_that_breaks_its_address_is_not_quoted(url: str) -> None:
    found = refusal(REDIS_URL=url)

    assert found.startswith("REDIS_URL: its value cannot be used: expected SCHEME://HOST:PORT")
    assert "%2F for /" in found
    assert "very-secret" not in found


@pytest.mark.parametrize(
    "url",
    ["redis:localhost", "redis://h/0?db=x", "redis://h/name", "redis://h?nothing=1", "redis://:0"],
)
def test_an_address_that_redis_py_refuses_or_misreads_is_refused_at_start(url: str) -> None:
    assert refusal(REDIS_URL=url).startswith("REDIS_URL: its value cannot be used: expected ")


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://h:6379/2",
        "redis://bot:very%2Fsecret%40@h:6379/0?socket_timeout=3",
        "rediss://[::1]:6380/0?ssl_cert_reqs=required",
        "unix:///tmp/redis.sock?db=1",
        "unix://:very-secret@/tmp/redis.sock",
        "redis://h/0?password=very-secret",
        "redis://h/0?max_connections=50",
        "redis://h/0?client_name=odps@x",
    ],
)
def test_an_address_that_redis_py_reads_is_accepted(url: str) -> None:
    assert Settings.from_environ({**COMPLETE, "REDIS_URL": url}).redis_url == url


def test_the_password_of_redis_is_known_wherever_it_stands() -> None:
    for url in ("redis://h/0?password=very-secret", "unix://:very-secret@/tmp/redis.sock"):
        assert "very-secret" in Settings.from_environ({**COMPLETE, "REDIS_URL": url}).secrets


@pytest.mark.parametrize("keys", ["europe=REPLACE-ME:secret", "europe=id:xxxx", "e=id:schlüssel"])
def test_more_access_keys_are_checked_like_the_first(keys: str) -> None:
    assert refusal(ODPS_BOT_ACCESS_KEYS=keys).startswith("ODPS_BOT_ACCESS_KEYS: its value cannot")


def test_keys_that_seal_nothing_are_told_with_the_rest() -> None:
    found = refusal(
        SLACK_BOT_TOKEN="",
        SLACK_CLIENT_ID="1.2",
        SLACK_CLIENT_SECRET="xapp-1-very",
        ODPS_BOT_SLACK_TEAMS="U1",
        ODPS_BOT_ENCRYPTION_KEYS="very-short",
        ODPS_BOT_SLACK_MODE="http",
    )

    assert found.startswith("4 settings are missing or wrong:")
    for name in (
        "SLACK_SIGNING_SECRET is not set",
        "SLACK_CLIENT_SECRET: its value cannot be used",
        "ODPS_BOT_SLACK_TEAMS: 'U1' cannot be used",
        "ODPS_BOT_ENCRYPTION_KEYS: its value cannot be used",
    ):
        assert f"- {name}" in found
