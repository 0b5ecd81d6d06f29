"""Why there was no response, from the exceptions of `requests` and `urllib3`. Pure."""

import ssl
from urllib.parse import urlsplit

import requests
import urllib3

from odps_bot.maxcompute.errors import ConnectionFailedError

_MAX_SHOWN_CHARACTERS = 300


def connection_failed(endpoint: str, error: Exception) -> ConnectionFailedError:
    """Return our error for one of theirs, with whether anything can have been sent."""
    return ConnectionFailedError(
        f"No response from {urlsplit(endpoint).netloc}: {_shown(error)}",
        was_sent=not _happened_before_sending(error),
    )


def _shown(error: Exception) -> str:
    text = str(error)
    return (
        f"{type(error).__name__}: {text[:_MAX_SHOWN_CHARACTERS]}" if text else type(error).__name__
    )


def _happened_before_sending(error: Exception) -> bool:
    """Return whether there was no connection to send anything on."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)  # of urllib3's MaxRetryError
    if isinstance(reason, urllib3.exceptions.SSLError):
        # Certificates are verified before anything is sent; other errors can occur at any time.
        return isinstance(reason.args[0] if reason.args else None, ssl.SSLCertVerificationError)
    return isinstance(
        reason,
        (
            urllib3.exceptions.NewConnectionError,
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.ProxyError,
        ),
    )
