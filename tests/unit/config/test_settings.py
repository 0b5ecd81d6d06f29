"""What a process must be told, and how it says what is missing."""

import dataclasses
from datetime import timedelta

import pytest

from odps_bot.config.settings import Settings
from odps_bot.config.variable import variables
from odps_bot.errors import SettingsError

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1-very-secret",
    "SLACK_APP_TOKEN": "xapp-1-very-secret",
    "SLACK_SIGNING_SECRET": "signing-very-secret",
    "REDIS_URL": "redis://:very-secret@localhost:6379/0",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key-very-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "sts-very-secret",
    "ODPS_BOT_ACCESS_KEYS": "europe=id:named-very-secret",
}
COMPLETE = {
    **SECRETS,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5t",
    "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
    "ODPS_PROJECTS": "sandbox, analytics",
}
ACCESS_KEY = ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
REQUIRED = [
    *(variable.name for variable in variables().values() if variable.default is None),
    "SLACK_BOT_TOKEN",
    *ACCESS_KEY,
]


def settings(**changes: str) -> Settings:
    return Settings.from_environ({**COMPLETE, **changes})


def test_the_required_variables_are_enough() -> None:
    found = Settings.from_environ({name: COMPLETE[name] for name in REQUIRED})

    assert found.slack_mode == "socket"
    assert found.http_listen == ("127.0.0.1", 3000)
    assert found.slack_api_url == "https://slack.com/api/"
    assert found.logview_life == timedelta(hours=24)
    assert found.keep_runs == timedelta(days=14)
    assert found.patience == timedelta(hours=24)


def test_alibaba_clouds_own_package_needs_no_access_key() -> None:
    environ = {name: COMPLETE[name] for name in REQUIRED if name not in ACCESS_KEY}
    found = Settings.from_environ({**environ, "ODPS_BOT_CREDENTIALS": "alibabacloud"})

    assert found.access_key_id == ""


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("nothing", [None, "", "  \t"])
def test_a_missing_variable_is_named_with_what_it_means(name: str, nothing: str | None) -> None:
    environ = {key: value for key, value in COMPLETE.items() if key != name}
    if nothing is not None:
        environ[name] = nothing

    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)

    variable = next(v for v in variables().values() if v.name == name)
    assert str(caught.value).splitlines() == [
        f"{name} is not set. It is: {variable.meaning_alone or variable.meaning}.",
        f"  From: {variable.source}",
    ]


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("ODPS_BOT_SLACK_MODE", "websocket", "expected one of socket, http"),
        ("ODPS_BOT_LOGVIEW", "v2", "expected one of token, job-insight"),
        ("ODPS_BOT_LOG_LEVEL", "chatty", "expected one of DEBUG, INFO, WARNING, ERROR"),
        ("ODPS_BOT_LOG_FORMAT", "xml", "expected one of text, json"),
        ("ODPS_BOT_HEALTH_LISTEN", "8080", "expected HOST:PORT"),
        ("ODPS_BOT_REDIS_CA", "/nonexistent/ca.pem", "expected a readable file"),
        ("ODPS_BOT_HTTP_LISTEN", "3000", "expected HOST:PORT"),
        ("ODPS_BOT_HTTP_LISTEN", ":3000", "expected HOST:PORT"),
        ("ODPS_BOT_HTTP_LISTEN", "0.0.0.0:http", "expected HOST:PORT"),
        ("ODPS_BOT_HTTP_LISTEN", "0.0.0.0:65536", "expected HOST:PORT"),
        ("ODPS_ENDPOINT", "service.cn-hangzhou.maxcompute.aliyun.com/api", "https, http"),
        ("SLACK_API_URL", "ftp://slack.com", "https, http"),
        ("REDIS_URL", "localhost:6379", "redis, rediss, unix"),
        ("REDIS_URL", "redis://", "redis, rediss, unix"),
        ("ODPS_PROJECTS", " , ,", "expected at least one project"),
        ("ODPS_PROJECTS", "good,9bad", "'9bad' is not a project name"),
        ("ODPS_PROJECTS", "../etc", "'../etc' is not a project name"),
        ("ODPS_BOT_LOGVIEW_HOURS", "a day", "expected a number"),
        ("ODPS_BOT_LOGVIEW_HOURS", "0", "expected a positive number up to 10000"),
        ("ODPS_BOT_KEEP_DAYS", "-1", "expected a positive number up to 10000"),
        ("ODPS_BOT_KEEP_DAYS", "nan", "expected a positive number up to 10000"),
        ("ODPS_BOT_PATIENCE_HOURS", "inf", "expected a positive number up to 10000"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_with_the_remedy(
    name: str, value: str, remedy: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**{name: value})

    assert str(caught.value).startswith(f"{name}: ")
    assert remedy in str(caught.value)


def test_projects_are_taken_in_their_order_and_the_first_is_the_default() -> None:
    found = settings(ODPS_PROJECTS=" analytics ,sandbox,")

    assert found.projects == ("analytics", "sandbox")
    assert found.default_project == "analytics"


def test_numbers_may_have_a_fraction_and_values_blanks_around_them() -> None:
    found = settings(ODPS_BOT_LOGVIEW_HOURS=" 0.5 ", ODPS_BOT_HTTP_LISTEN=" [::1]:8080 ")

    assert found.logview_life == timedelta(minutes=30)
    assert found.http_listen[1] == 8080


def test_an_ipv6_address_is_listened_to_without_its_brackets() -> None:
    assert settings(ODPS_BOT_HTTP_LISTEN="[::1]:8080").http_listen == ("::1", 8080)


def test_every_secret_is_marked_as_one() -> None:
    marked = {v.name for v in variables().values() if v.is_secret}

    assert marked == {*SECRETS, "SLACK_CLIENT_SECRET", "ODPS_BOT_ENCRYPTION_KEYS"}


def test_secrets_are_shown_neither_by_repr_nor_by_str() -> None:
    found = settings()

    for shown in (repr(found), str(found), f"{found}"):
        assert "very-secret" not in shown
        assert "LTAI5t" in shown


def test_a_secret_that_cannot_be_used_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(REDIS_URL="http://:very-secret@localhost")

    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "missing"), [("socket", "SLACK_APP_TOKEN"), ("http", "SLACK_SIGNING_SECRET")]
)
def test_the_bot_needs_the_secret_of_its_way_to_slack(mode: str, missing: str) -> None:
    found = settings(ODPS_BOT_SLACK_MODE=mode, **{missing: ""})

    with pytest.raises(SettingsError, match=f"^{missing} is not set.*needed.* in `{mode}` mode"):
        found.check_listening()


@pytest.mark.parametrize(
    ("mode", "needless"), [("http", "SLACK_APP_TOKEN"), ("socket", "SLACK_SIGNING_SECRET")]
)
def test_the_bot_does_without_the_secret_of_the_other_way(mode: str, needless: str) -> None:
    settings(ODPS_BOT_SLACK_MODE=mode, **{needless: ""}).check_listening()


def test_what_vouches_for_redis_is_needless_without_tls() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL must start with rediss://"):
        settings(ODPS_BOT_REDIS_CA=__file__)

    assert settings(ODPS_BOT_REDIS_CA=__file__, REDIS_URL="rediss://r:6379/0").redis_ca == __file__


def test_health_is_told_nowhere_unless_an_address_is_given() -> None:
    assert settings().health_listen is None
    assert settings(ODPS_BOT_HEALTH_LISTEN="0.0.0.0:8080").health_listen == ("0.0.0.0", 8080)


def test_the_secrets_are_known_as_they_would_appear() -> None:
    found = settings(REDIS_URL="redis://bot:pa%3Ass-word@localhost:6379/0").secrets

    assert {"xoxb-1-very-secret", "key-very-secret", "pa:ss-word"} <= found
    assert "" not in found


NEWEST_KEY = "newest-very-secret-AAAAAAAAAAAAAAAAAAAAAAAA="
OLDER_KEY = "older-very-secret-AAAAAAAAAAAAAAAAAAAAAAAAA="
SEVERAL = {
    "SLACK_BOT_TOKEN": "",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-very-secret",
    "ODPS_BOT_SLACK_TEAMS": "T1, E2",
    "ODPS_BOT_ENCRYPTION_KEYS": f"{NEWEST_KEY}, {OLDER_KEY}",
    "ODPS_BOT_SLACK_MODE": "http",
}


def test_several_workspaces_need_no_bot_token() -> None:
    found = settings(**SEVERAL)
    found.check_listening()

    assert found.has_many_workspaces
    assert found.slack_teams == ("T1", "E2")
    assert found.encryption_keys == (NEWEST_KEY, OLDER_KEY)
    assert "very-secret" not in repr(found)
    assert {NEWEST_KEY, OLDER_KEY, "client-very-secret"} <= found.secrets


@pytest.mark.parametrize(
    "name", ["SLACK_CLIENT_SECRET", "ODPS_BOT_SLACK_TEAMS", "ODPS_BOT_ENCRYPTION_KEYS"]
)
def test_what_several_workspaces_need_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        settings(**{**SEVERAL, name: ""})
    with pytest.raises(SettingsError, match=f"^{name} is set, but SLACK_CLIENT_ID is not"):
        settings(**{name: SEVERAL[name]})


def test_one_workspace_by_its_token_and_several_exclude_each_other() -> None:
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN and SLACK_CLIENT_ID"):
        settings(**{**SEVERAL, "SLACK_BOT_TOKEN": "xoxb-1"})


def test_several_workspaces_are_not_heard_by_socket_mode() -> None:
    with pytest.raises(SettingsError, match="ODPS_BOT_SLACK_MODE=http"):
        settings(**{**SEVERAL, "ODPS_BOT_SLACK_MODE": "socket"}).check_listening()


def test_an_id_that_is_none_of_a_workspace_is_refused() -> None:
    with pytest.raises(SettingsError, match="ODPS_BOT_SLACK_TEAMS"):
        settings(**{**SEVERAL, "ODPS_BOT_SLACK_TEAMS": "U1"})


def test_everything_that_is_missing_or_wrong_is_told_at_once() -> None:
    environ = {"ODPS_BOT_KEEP_DAYS": "many", "REDIS_URL": "here"}
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ, is_bot=True, needs_keys=True)

    named = [problem.split()[0].rstrip(":") for problem in caught.value.problems]
    assert named == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "REDIS_URL",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ODPS_ENDPOINT",
        "ODPS_PROJECTS",
        "ODPS_BOT_KEEP_DAYS",
    ]
    assert str(caught.value).startswith("8 settings are missing or wrong:\n- SLACK_BOT_TOKEN")


def test_what_is_wrong_is_not_called_missing_as_well() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(ODPS_BOT_CREDENTIALS="mine", ODPS_BOT_SLACK_MODE="radio", REDIS_URL="x")

    assert len(caught.value.problems) == 3


def test_a_worker_does_without_what_only_the_bot_needs() -> None:
    environ = {name: COMPLETE[name] for name in REQUIRED}

    Settings.from_environ(environ)
    with pytest.raises(SettingsError, match=r"^SLACK_APP_TOKEN is not set"):
        Settings.from_environ(environ, is_bot=True)


KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tKeyId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key-of-maxcompute",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "sts-of-maxcompute",
    "ODPS_BOT_ACCESS_KEYS": "europe=LTAI5tEurope:europe-of-maxcompute",
}


def test_the_bot_starts_without_keys_to_maxcompute() -> None:
    without = {name: value for name, value in COMPLETE.items() if name not in KEYS}
    environ = {**without, "SLACK_APP_TOKEN": "xapp-1-A1-2-abc"}

    assert not Settings.from_environ(environ, is_bot=True).has_maxcompute_keys
    with pytest.raises(SettingsError, match="ALIBABA_CLOUD_ACCESS_KEY_ID is not set"):
        Settings.from_environ(environ)


def test_the_bot_has_no_keys_to_maxcompute_though_they_are_given() -> None:
    unreadable = {
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE": "/no",
    }
    for given in (KEYS, KEYS | unreadable):
        environ = {**COMPLETE, **given, "SLACK_APP_TOKEN": "xapp-1-A1-2-abc"}
        bot = Settings.from_environ(environ, is_bot=True)

        assert (bot.access_key_id, bot.access_key_secret, bot.security_token) == ("", "", "")
        assert not bot.access_keys
        assert "of-maxcompute" not in str(vars(bot))


def test_whatever_may_be_missing_is_told_with_where_it_comes_from() -> None:
    may_be_missing = {*REQUIRED, "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", *SEVERAL}
    may_be_missing -= {"ODPS_BOT_SLACK_MODE"}

    for variable in variables().values():
        if variable.name in may_be_missing:
            assert variable.source, variable.name


def test_every_setting_is_a_field_and_has_a_variable_in_the_same_order() -> None:
    fields = [field.name for field in dataclasses.fields(Settings)]

    assert [*variables(), "has_maxcompute_keys"] == fields


@pytest.mark.parametrize(
    ("text", "copies"),
    [("", (0, False)), ("0", (0, False)), ("1", (1, False)), ("disk", (0, True))],
)
def test_a_run_counts_as_accepted_where_it_is_stored_twice(
    text: str, copies: tuple[int, bool]
) -> None:
    assert settings(ODPS_BOT_REDIS_REPLICAS=text).redis_copies == copies


def test_a_number_of_replicas_is_a_number() -> None:
    with pytest.raises(SettingsError, match="expected a number of replicas up to 9, or disk"):
        settings(ODPS_BOT_REDIS_REPLICAS="some")
