"""The bot's token goes to Slack and to nobody else."""

import pytest

from odps_bot.slack.api.downloads import is_slacks

SLACK = "https://slack.com/api/"
SANDBOX = "http://127.0.0.1:8765/api/"


@pytest.mark.parametrize(
    ("address", "api_url"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.sql", SLACK),
        ("https://slack.com/files-pri/T1-F1/a.sql", SLACK),
        ("https://files.slack-gov.com/files-pri/T1-F1/a.sql", "https://slack-gov.com/api/"),
        ("http://127.0.0.1:8765/files-pri/T1-F1/a.sql", SANDBOX),
    ],
)
def test_it_goes_to_slack(address: str, api_url: str) -> None:
    assert is_slacks(address, api_url=api_url)


@pytest.mark.parametrize(
    ("address", "api_url"),
    [
        ("http://files.slack.com/a.sql", SLACK),
        ("https://files.slack.com.evil.example/a.sql", SLACK),
        ("https://evilslack.com/a.sql", SLACK),
        ("https://evil.example/files.slack.com/a.sql", SLACK),
        ("https://files.slack.com@evil.example/a.sql", SLACK),
        # Where such a host ends is another place to whoever sends the request.
        ("https://evil.example\\.slack.com/a.sql", SLACK),
        ("https://evil.example%2f.slack.com/a.sql", SLACK),
        ("https://evil.example;.slack.com/a.sql", SLACK),
        ("https://evil.example\x00.slack.com/a.sql", SLACK),
        ("https://evil.example .slack.com/a.sql", SLACK),
        ("https://evil.example\uff0f.slack.com/a.sql", SLACK),
        ("https://me:secret@files.slack.com/a.sql", SLACK),
        ("https://files.slack.com:8443/a.sql", SLACK),
        ("https://docs.google.com/a.sql", SLACK),
        ("ftp://files.slack.com/a.sql", SLACK),
        ("file:///etc/passwd", SLACK),
        ("//files.slack.com/a.sql", SLACK),
        ("https://[::1", SLACK),
        ("https://files.slack.com:port/a.sql", SLACK),
        ("", SLACK),
        ("http://127.0.0.1:9/files-pri/T1-F1/a.sql", SANDBOX),
        ("https://127.0.0.1:8765/files-pri/T1-F1/a.sql", SANDBOX),
        ("https://files.slack.com/a.sql", SANDBOX),
    ],
)
def test_it_goes_nowhere_else(address: str, api_url: str) -> None:
    assert not is_slacks(address, api_url=api_url)
