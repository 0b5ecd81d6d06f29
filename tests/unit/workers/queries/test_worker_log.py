"""What workers print is shown without secrets."""

import time

import pytest

from workers.queries.worker_log import without_secrets


@pytest.mark.parametrize(
    "line",
    [
        "access_id=LTAI5tXXXX accessKeySecret=SECRET1234",
        "AccessKeyId: SECRET1234, retrying",
        '{"secret_key": "SECRET1234"}',
        "connect jdbc:mysql://ann:SECRET1234@db:3306/x",
        "Authorization: Bearer SECRET1234",
        "slack xoxb-SECRET1234",
        "password=SECRET1234",
        "api-key = SECRET1234",
        "db_password: SECRET1234",
        "{'pwd': 'SECRET1234'}",
        "job.py --password SECRET1234",
        "client_secret=SECRET1234",
        "token: SECRET1234",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SECRET1234",
        "signed with STS.NUSECRET1234abcdef",
        "odps.access.key=SECRET1234",
        "fs.oss.accessKeySecret SECRET1234",
        "private_key: SECRET1234",
        "passphrase = SECRET1234",
        "PASSWORD='two words, SECRET1234'",
        '{"password": "two words; SECRET1234"}',
        "Cookie: theme=dark; session=SECRET1234",
        "https://b.oss.aliyuncs.com/x?Expires=1&Signature=SECRET1234%3D",
        "clone with ghp_SECRET1234abcdefgh",
    ],
)
def test_secrets_in_a_log_are_hidden(line: str) -> None:
    assert "SECRET1234" not in "\n".join(without_secrets([line]))


def test_a_secret_that_begins_on_the_line_before_is_hidden_as_well() -> None:
    assert "SECRET1234" not in "\n".join(without_secrets(["secret_key =", "SECRET1234"]))


def test_a_private_key_is_hidden_with_all_its_lines() -> None:
    lines = ["-----BEGIN RSA PRIVATE KEY-----", "SECRET1234", "SECRET1234=="]

    assert "SECRET1234" not in "\n".join(without_secrets(lines))
    assert without_secrets([*lines, "-----END RSA PRIVATE KEY-----", "Done"])[-1] == "Done"


def test_the_rest_of_a_private_key_that_began_before_the_tail_is_hidden() -> None:
    end = "-----END RSA PRIVATE KEY-----"

    assert without_secrets(["SECRET1234", "SECRET1234==", end, "Done"]) == ["***", end, "Done"]


@pytest.mark.parametrize(
    "part",
    [
        "access_key=",
        "cookie: ",
        "password='",
        "x://a:",
        "-----BEGIN PRIVATE KEY-----",
        "eyJaaaaaaaa.",
        "&amp;#",
    ],
)
def test_a_log_built_to_be_slow_is_read_in_no_time(part: str) -> None:
    began = time.process_time()

    without_secrets([part * (65_536 // len(part))])

    assert time.process_time() - began < 2


def test_what_is_no_secret_stays_line_by_line() -> None:
    lines = [
        "Read from 0 num:52743413 size:1389941257",
        "",
        "key: 17, value: 3",
        "primary key = id",
    ]

    assert without_secrets(lines) == lines
