"""Secrets do not reach the log."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from odps_bot.operations.logs import (
    hide_secrets,
    logged_about,
    name_run,
    secrets_hider,
    set_up_logs,
)


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
        (
            "wss://wss-primary.slack.com/link/?ticket=a-b-c&app_id=x",
            "wss://wss-primary.slack.com/link/?ticket=***&app_id=x",
        ),
        ("{'Authorization': 'ODPS LTAI5t:c2lnbmF0dXJl'}", "{'Authorization': '***'}"),
        ("authorization-sts-token: CAISabc", "authorization-sts-token: ***"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("sent Bearer abc.def", "sent Bearer ***"),
        ("https://files.slack.com/upload/v1/CwAB", "https://files.slack.com/upload/***"),
        ("nothing to hide: token, xox, commands", "nothing to hide: token, xox, commands"),
    ],
)
def test_tokens_and_secret_addresses_are_hidden(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


SECRET = "QUJDREVGR0hJSktMTU5PUA"


@pytest.mark.parametrize(
    "link",
    [
        f"https://l/logview/?h=x&token={SECRET}",
        f"https://l/logview/?h=x&TOKEN={SECRET}",
        f"https://l/logview/?h=x&token%3D{SECRET}",
        f"https://l/logview/?h=x&token%3d{SECRET}",
        f"https://l/logview/?h=x&%74oken={SECRET}",
        f"https://l/logview/?h=x&tok%65n={SECRET}",
        f"https://l/logview/?h=x&%54%4f%4B%45%4e%3D{SECRET}",
        f"https://l/logview/?h=x&%2574oken%253D{SECRET}",
        f"https://l/logview/?h=x&%25252574oken%25253D{SECRET}",
        f"https://l/?url=https%3A%2F%2Fl%2Flogview%2F%3Fh%3Dx%26token%3D{SECRET}%26i%3Dz",
        f"https://l/?url=https%253A%252F%252Fl%253Ftoken%253D{SECRET}",
        f"https://l/logview/?h=x&amp;token={SECRET}&amp;i=z",
        f"https://l/logview/?h=x&amp;amp;token={SECRET}",
        f"https://l/logview/?h=x&amp;&#116;ok&#x65;n&#61;{SECRET}",
        f"https://l/logview/?h=x&amp;amp;&amp;#116;oken={SECRET}",
        f"https://l/logview/?h=x&%u0074oken%u003d{SECRET}",
        f"https://l/logview/#token={SECRET}",
        f"https://l/logview/#/job?i=z&%74oken={SECRET}",
        f"https://l/logview;token={SECRET}/job",
        f"https://l/logview/token/{SECRET}/job",
        f"https://l/logview%2Ftoken%2F{SECRET}",
        f"<https://l/logview/?token={SECRET}|https://l/logview/?token={SECRET}>",
        f"https://l/logview/?access_token={SECRET}",
        f"https://me:pass{SECRET}@l/logview/",
        f'{{"link": "https://l/logview/?h=x\\u0026token\\u003d{SECRET}"}}',
    ],
)
def test_a_token_in_a_link_is_hidden_however_it_is_encoded(link: str) -> None:
    assert SECRET not in hide_secrets(link)
    assert SECRET not in hide_secrets(f"watch {link} please")


def test_ordinary_words_about_tokens_are_shown() -> None:
    for text in (
        "select token, count(*) from t where token = 'abc' group by token",
        "docs/token/refresh and 100% of tokens",
        "FAILED: ODPS-0130161: invalid token 'from'",
    ):
        assert hide_secrets(text) == text


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
    sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
    logging.captureWarnings(False)
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


@pytest.mark.parametrize(
    "said",
    [
        "the key is s3/cr+t key",
        "?key=s3%2Fcr%2Bt%20key&more",
        "key s3/cr+t key, twice s3/cr+t key",
    ],
)
def test_a_secret_that_is_known_is_hidden_however_it_looks(said: str) -> None:
    hide = secrets_hider(["s3/cr+t key", "", "key"])

    hidden = hide(said)
    assert "s3" not in hidden
    assert "key" in hidden


@pytest.mark.usefixtures("_logging_restored")
def test_a_line_names_what_its_thread_is_busy_with(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO")
    log = logging.getLogger("odps_bot.test")

    with logged_about(job="deliver"):
        with logged_about(run_id="0a1b"):
            log.info("inside")
        log.info("between")
    log.info("outside")

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("INFO odps_bot.test: inside [job=deliver run_id=0a1b]")
    assert lines[1].endswith("between [job=deliver]")
    assert lines[2].endswith("outside")


@pytest.mark.parametrize(
    "about", [{"run_id": "0a1b"}, {"interaction_id": "0a1b"}, {"entry": "final:0a1b"}]
)
@pytest.mark.usefixtures("_logging_restored")
def test_a_run_is_also_named_as_people_do_while_it_is_what_the_thread_is_busy_with(
    capsys: pytest.CaptureFixture[str], about: dict[str, str]
) -> None:
    log = logging.getLogger("odps_bot.test")
    for style in ("text", "json"):
        set_up_logs("INFO", style=style)
        with logged_about(job="deliver"):
            with logged_about(**about):
                name_run("ffff", "r1")
                log.info("before")
                name_run("0a1b", "r75")
                log.info("named")
                with logged_about(entry="card:0c0c"):
                    log.info("another")
            log.info("after")

    lines = capsys.readouterr().err.splitlines()
    [(name, value)] = about.items()
    shown = [line.partition(" [job=deliver")[2] for line in lines[:4]]
    assert shown[:2] == [f" {name}={value}]", f" {name}={value} run=r75]"]
    assert [json.loads(line).get("run") for line in lines[4:]] == [None, "r75", None, None]
    assert not [line for line in (lines[0], lines[2], lines[3]) if "run=" in line]


@pytest.mark.usefixtures("_logging_restored")
def test_as_json_each_line_is_an_object_with_the_same_ids(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("INFO", style="json", secrets=["very-secret"])

    with logged_about(interaction_id="0a1b"):
        try:
            {}["very-secret\nline"]
        except KeyError:
            logging.getLogger("odps_bot.test").exception(
                "an interaction failed (ref %s)", "0123abcd"
            )

    [line] = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["time"].endswith("+00:00")
    assert said["level"] == "ERROR"
    assert said["logger"] == "odps_bot.test"
    assert said["message"] == "an interaction failed (ref 0123abcd)"
    assert said["interaction_id"] == "0a1b"
    assert said["reference"] == "0123abcd"
    assert said["error"] == "KeyError"
    assert "Traceback" in said["trace"]
    assert "very-secret" not in line


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.usefixtures("_logging_restored")
def test_what_nobody_catches_is_logged_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", style="json")

    def fail() -> None:
        raise ValueError("xoxb-1-2-3")

    thread = threading.Thread(target=fail, name="pulse")
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["message"] == "the thread pulse ends with an error"
    assert second["message"] == "the process ends with an error"
    assert "xoxb" not in str(first) + str(second)


@pytest.mark.parametrize(
    "part",
    [
        "a://b:c/",
        "a://:@",
        ":",
        "xoxb-",
        "x-a-security-",
        "authorization: ",
        "/response/",
        "token=",
        "%25",
        "%2574oke%6e",
        "&amp;",
        "&#0",
        "/token/",
        "t",
    ],
)
def test_the_time_for_a_long_line_grows_with_its_length_alone(
    part: str, is_linear: Callable[..., bool]
) -> None:
    def make(length: int) -> str:
        return part * (length // len(part))

    assert is_linear(hide_secrets, make, longest=len(part) * 20_000)
