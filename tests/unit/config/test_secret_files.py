"""Each secret may stand in a file, which a variable of its own names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from odps_bot.config.settings import Settings, given_secrets, suspicious_settings
from odps_bot.config.variable import variables
from odps_bot.errors import SettingsError

ROOT = Path(__file__).parents[3]

KEY = "very-secret-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1-very-secret",
    "SLACK_APP_TOKEN": "xapp-1-very-secret",
    "SLACK_SIGNING_SECRET": "signing-very-secret",
    "SLACK_CLIENT_SECRET": "client-very-secret",
    "ODPS_BOT_ENCRYPTION_KEYS": KEY,
    "REDIS_URL": "redis://:very-secret@localhost:6379/0",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key-very-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "sts-very-secret",
    "ODPS_BOT_ACCESS_KEYS": "europe=id:named-very-secret",
}
OTHERS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5t",
    "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
    "ODPS_PROJECTS": "sandbox",
}
OF_SEVERAL = {"SLACK_CLIENT_SECRET", "ODPS_BOT_ENCRYPTION_KEYS"}
ONE = {**OTHERS, **{name: SECRETS[name] for name in SECRETS.keys() - OF_SEVERAL}}
SEVERAL = {
    **OTHERS,
    **SECRETS,
    "SLACK_BOT_TOKEN": "",
    "SLACK_CLIENT_ID": "1.2",
    "ODPS_BOT_SLACK_TEAMS": "T1",
    "ODPS_BOT_SLACK_MODE": "http",
}


def with_file(name: str, path: Path | str) -> dict[str, str]:
    environ = SEVERAL if name in OF_SEVERAL else ONE
    return {**environ, name: "", f"{name}_FILE": str(path)}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    [problem] = [text for text in caught.value.problems if "_FILE" in text]
    assert "very-secret" not in str(caught.value)
    return problem


def test_these_are_all_secrets_that_there_are() -> None:
    assert {v.name for v in variables().values() if v.is_secret} == set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_each_secret_can_come_from_a_file(name: str, end: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(f"{SECRETS[name]}{end}".encode())

    found = Settings.from_environ(with_file(name, file))

    given = Settings.from_environ(SEVERAL if name in OF_SEVERAL else ONE)
    assert found == given
    assert "very-secret" not in repr(found)
    assert found.secrets == given.secrets


def test_a_file_may_begin_with_the_mark_that_editors_of_windows_write(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"\xef\xbb\xbfxoxb-1-very-secret\r\n")

    found = Settings.from_environ(with_file("SLACK_BOT_TOKEN", file))
    assert found.slack_bot_token == "xoxb-1-very-secret"


def test_a_secret_may_be_a_link_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    tmp_path.joinpath("..data").mkdir()
    tmp_path.joinpath("..data/token").write_text("xoxb-1-very-secret")
    tmp_path.joinpath("token").symlink_to("..data/token")

    environ = with_file("SLACK_BOT_TOKEN", tmp_path / "token")
    assert Settings.from_environ(environ).slack_bot_token == "xoxb-1-very-secret"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_given_twice_is_refused_by_both_names(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRETS[name])

    said = refusal({**with_file(name, file), name: SECRETS[name]})
    assert said == f"{name} and {name}_FILE are both set. Remove one of them."


def test_a_file_that_is_named_by_nothing_is_not_read() -> None:
    assert Settings.from_environ({**ONE, "SLACK_BOT_TOKEN_FILE": " "}).slack_bot_token


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"xoxb-1-very-secret\nxapp-1-very-secret\n", "has several lines"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"very-secret" * 10_000, "is too large"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)

    problem = refusal(with_file("SLACK_BOT_TOKEN", file))
    assert problem.startswith(f"SLACK_BOT_TOKEN_FILE: {file} {said}")


def test_what_is_no_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    missing = refusal(with_file("REDIS_URL", tmp_path / "nowhere"))
    assert "nowhere cannot be read (No such file or directory)" in missing
    assert "is not a regular file" in refusal(with_file("REDIS_URL", tmp_path))
    assert "is not a regular file" in refusal(with_file("REDIS_URL", pipe))


def test_a_file_that_may_not_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read everything: the system's own refusal is played here.
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)

    said = refusal(with_file("SLACK_BOT_TOKEN", "/run/secrets/token"))
    assert "/run/secrets/token cannot be read (Permission denied)" in said
    assert "that this process can read" in said


def test_a_secret_in_place_of_its_files_name_is_not_shown() -> None:
    said = refusal(with_file("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "key-very-secret"))

    assert said.startswith("ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE: the file cannot be read")


def test_what_is_wrong_with_a_secret_of_a_file_is_said_of_its_setting(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("xapp-1-very-secret\n")

    with pytest.raises(SettingsError, match=r"^SLACK_BOT_TOKEN: its value .* an app-level token"):
        Settings.from_environ(with_file("SLACK_BOT_TOKEN", file))


def test_only_secrets_come_from_files() -> None:
    [doubt] = suspicious_settings({**ONE, "ODPS_PROJECTS_FILE": "/run/projects"})

    assert doubt.startswith("ODPS_PROJECTS_FILE is ignored: only secrets")
    assert suspicious_settings({**ONE, "SLACK_SIGNING_SECRET_FILE": "/run/secret"}) == ()


def test_secrets_are_hidden_before_the_settings_are_accepted(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("redis://:very-secret@localhost\n")
    environ = {
        "REDIS_URL_FILE": str(file),
        "ODPS_BOT_ACCESS_KEYS": "europe=id:named-very-secret",
        "SLACK_BOT_TOKEN_FILE": "/nowhere",
    }

    assert {"very-secret", "named-very-secret"} <= given_secrets(environ)


@pytest.mark.parametrize("content", ["'file-very-secret'", "one\nfile-very-secret\n"])
def test_what_is_refused_is_hidden_all_the_same(content: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    environ = {
        "SLACK_APP_TOKEN": '"quoted-very-secret"',
        "SLACK_SIGNING_SECRET": "given-twice-very-secret",
        "SLACK_SIGNING_SECRET_FILE": str(file),
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE": "mispasted-very-secret",
        "REDIS_URL": "redis://:12/34%2Fvery-secret@host:6379/0",
    }

    assert {
        "quoted-very-secret",
        "given-twice-very-secret",
        "file-very-secret",
        "mispasted-very-secret",
        "34/very-secret",
    } <= given_secrets(environ)


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_secret_in_the_place_of_another_setting_is_not_shown_when_the_start_fails(
    style: str, tmp_path: Path
) -> None:
    secret = "key-very-secret"
    environ = {
        **ONE,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": f'"{secret}"',
        "ODPS_PROJECTS": secret,
        "ODPS_BOT_LOG_FORMAT": style,
        "PYTHONPATH": str(ROOT),
    }

    ended = subprocess.run(
        [sys.executable, "-m", "odps_bot", "worker"],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "ODPS_PROJECTS" in ended.stderr
    assert secret not in ended.stdout + ended.stderr


def test_an_accepted_address_of_redis_hides_only_its_password() -> None:
    found = given_secrets({"REDIS_URL": "redis://:very-secret@redis.example.com:6379/0"})

    assert "very-secret" in found
    assert "redis.example.com" not in found
