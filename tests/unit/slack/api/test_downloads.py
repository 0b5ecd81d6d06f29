"""The bot's token goes to Slack and to nobody else."""

import pytest

from odps_bot.slack.api.downloads import is_slacks

SLACK = "https://slack.com/api/"
SANDBOX = "http://127.0.0.1:8765/api/"


@pytest.mark.parametrize(
    ("address", "api_url"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.sql", SLACK),
        ("https://files.slack.com/files-tmb/T1-F1-0a1b2c/a_360.png", SLACK),
        ("https://files.slack.com/files-pri/T1-F1/100%25_of%20it.sql?pub_secret=1", SLACK),
        ("https://files.slack-gov.com/files-pri/T1-F1/a.sql", "https://slack-gov.com/api/"),
        ("http://127.0.0.1:8765/files-pri/T1-F1/a.sql", SANDBOX),
    ],
)
def test_it_goes_to_slack(address: str, api_url: str) -> None:
    assert is_slacks(address, api_url=api_url)


@pytest.mark.parametrize(
    ("address", "api_url"),
    [
        ("http://files.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://hooks.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://acme.enterprise.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://files.slack.com", SLACK),
        ("https://files.slack.com/files-pri", SLACK),
        ("https://files.slack.com/download/T1-F1/a.sql", SLACK),
        ("https://files.sl\tack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://files.slack.com/files-private/T1-F1/a.sql", SLACK),
        ("https://files.slack.com/upload/v1/abc", SLACK),
        ("https://files.slack.com//files-pri/T1-F1/a.sql", SLACK),
        ("https://files.slack.com/files-pri/../upload/v1/abc", SLACK),
        ("https://files.slack.com/files-pri/%2e%2e/upload/v1/abc", SLACK),
        ("https://files.slack.com/files-pri/%252e%252E/upload/v1/abc", SLACK),
        ("https://files.slack.com/files-pri/..%5cupload/v1/abc", SLACK),
        ("https://files.slack.com/files-pri/..\\upload", SLACK),
        ("https://files.slack.com:/files-pri/T1-F1/a.sql", SLACK),
        ("https://FILES.slack.com@files.slack.com/files-pri/T1-F1/a.sql", SLACK),
        # What is configured without TLS is a sandbox, which runs on this machine.
        ("http://files.slack.com/files-pri/T1-F1/a.sql", "http://slack.com/api/"),
        ("http://10.0.0.9:8765/files-pri/T1-F1/a.sql", "http://10.0.0.9:8765/api/"),
        ("http://127.0.0.1:8765/api/files.info", SANDBOX),
        ("https://files.slack.com.evil.example/files-pri/T1-F1/a.sql", SLACK),
        ("https://evilslack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://evil.example/files.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://files.slack.com@evil.example/files-pri/T1-F1/a.sql", SLACK),
        # Where such a host ends is another place to whoever sends the request.
        ("https://evil.example\\.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://evil.example%2f.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://evil.example;.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://evil.example\x00.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://evil.example .slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://evil.example\uff0f.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://me:secret@files.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://files.slack.com:8443/files-pri/T1-F1/a.sql", SLACK),
        ("https://docs.google.com/files-pri/T1-F1/a.sql", SLACK),
        ("ftp://files.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("file:///etc/passwd", SLACK),
        ("//files.slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://[::1", SLACK),
        ("https://files.slack.com:port/files-pri/T1-F1/a.sql", SLACK),
        ("", SLACK),
        ("http://127.0.0.1:9/files-pri/T1-F1/a.sql", SANDBOX),
        ("https://127.0.0.1:8765/files-pri/T1-F1/a.sql", SANDBOX),
        ("https://files.slack.com/files-pri/T1-F1/a.sql", SANDBOX),
    ],
)
def test_it_goes_nowhere_else(address: str, api_url: str) -> None:
    assert not is_slacks(address, api_url=api_url)
