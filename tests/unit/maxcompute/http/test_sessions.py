import ssl

import pytest
import requests
import urllib3

from odps_bot.maxcompute.http.sessions import connection_failed

POOL = urllib3.HTTPSConnectionPool("h")


def raised(kind, reason):
    return kind(urllib3.exceptions.MaxRetryError(POOL, "/", reason))


@pytest.mark.parametrize(
    ("error", "was_sent"),
    [
        (requests.ConnectTimeout("slow"), False),
        (
            raised(requests.ConnectionError, urllib3.exceptions.NewConnectionError(POOL, "no")),
            False,
        ),
        (
            raised(
                requests.exceptions.SSLError,
                urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("expired")),
            ),
            False,
        ),
        (
            raised(
                requests.exceptions.SSLError, urllib3.exceptions.SSLError(ssl.SSLError("bad mac"))
            ),
            True,
        ),
        (requests.ReadTimeout("slow"), True),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("reset")), True),
        (OSError("cut"), True),
    ],
)
def test_the_error_says_whether_anything_was_sent(error, was_sent):
    failed = connection_failed("http://h:1/api", error)

    assert failed.was_sent is was_sent
    assert "h:1" in str(failed)
