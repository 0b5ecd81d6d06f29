"""Secrets do not reach the log."""

import logging
from collections.abc import Iterator

import pytest

from odps_bot.logs import hide_secrets, set_up_logs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "GET http://logview.aliyun.com/logview/?h=x&p=y&i=z&token=QUJD.def%3D and more",
            "GET http://logview.aliyun.com/logview/?h=x&p=y&i=z&token=*** and more",
        ),
        ("token xoxb-1234-5678-AbCd refused", "token *** refused"),
        ("xapp-1-A1-2-deadbeef", "***"),
        ("xoxe-1-refresh", "***"),
        (
            "POST https://hooks.slack.com/commands/T1/2/abc: 404",
            "POST https://hooks.slack.com/*** 404",
        ),
        ("http://127.0.0.1:8765/response/T1/123456/abcdefgh", "http://127.0.0.1:8765/response/***"),
        ("nothing to hide: token, xox, commands", "nothing to hide: token, xox, commands"),
    ],
)
def test_tokens_and_secret_addresses_are_hidden(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


def test_the_password_of_redis_is_hidden() -> None:
    assert "pa55word" not in hide_secrets("cannot reach redis://:pa55word@redis:6379/0")
    assert "pa55word" not in hide_secrets("cannot reach rediss://bot:pa55word@redis:6379/0")
    assert "pa55word" not in hide_secrets("cannot reach unix://:pa55word@/tmp/redis.sock")


@pytest.fixture
def _logging_restored() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("odps_bot")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:], root.level = before[0], before[1]
    ours.setLevel(before[2])
    logging.getLogger("workers").setLevel(logging.NOTSET)


@pytest.mark.usefixtures("_logging_restored")
def test_arguments_and_traces_are_hidden_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO")

    log = logging.getLogger("odps_bot.test")
    try:
        int("https://hooks.slack.com/actions/T1/2/abc")
    except ValueError:
        log.exception("refused %s", "xoxb-1-2-3")

    said = capsys.readouterr().err
    assert "ERROR odps_bot.test: refused ***" in said
    assert "Traceback" in said
    assert "xoxb" not in said
    assert "T1/2" not in said


@pytest.mark.usefixtures("_logging_restored")
def test_libraries_speak_from_warning_up(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("DEBUG")

    logging.getLogger("slack_bolt").info("whole body")
    logging.getLogger("odps_bot").debug("ours")

    said = capsys.readouterr().err
    assert "whole body" not in said
    assert "ours" in said
