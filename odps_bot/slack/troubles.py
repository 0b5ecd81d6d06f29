"""Why there is no connection, in words for an administrator, and how long to wait. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from odps_bot.slack.errors import (
    NO_RESPONSE,
    TIMED_OUT,
    RateLimitedError,
    SlackError,
    SuspendedError,
    UnreachableError,
)
from odps_bot.slack.token_remedies import TokenOrigin, token_remedy

#: The first pause; each further failure doubles it.
FIRST_PAUSE = timedelta(milliseconds=500)
LONGEST_PAUSE = timedelta(minutes=1)

#: What lasts until somebody does something is tried less often from the first failure on.
PATIENT_PAUSE = timedelta(seconds=10)

#: A pause gets longer by up to this part of it, so that processes do not try in step.
JITTER = 0.5

#: The same trouble is logged again after this time.
REMIND_EVERY = timedelta(minutes=15)

_NETWORK = (
    "check this machine's network, HTTPS_PROXY and NO_PROXY; `odps-bot doctor` checks the way to"
    " Slack"
)
_WAIT = "nothing has to be done: the bot tries again (https://slack-status.com)"

_SOCKET_MODE = "api.slack.com/apps → your app → Socket Mode"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a connection could not be opened, or has ended; `code` tells kinds apart."""

    code: str
    cause: str
    remedy: str
    needs_somebody: bool = False  #: whether it lasts until somebody does something
    is_refusal: bool = False  #: whether another token or installation is needed
    least_pause: timedelta = timedelta()

    def __str__(self) -> str:
        return f"{self.cause}. To fix it: {self.remedy}"


SILENT = Trouble(
    code="silent", cause="Slack's WebSocket had fallen silent: no response to a ping", remedy=_WAIT
)
NO_HELLO = Trouble(
    code="no_hello", cause="Slack's WebSocket did not become ready in time", remedy=_NETWORK
)
CLOSED_EARLY = Trouble(
    code="closed_early", cause="Slack's WebSocket closed soon after it had opened", remedy=_WAIT
)

_BY_REASON: Mapping[str, Trouble] = MappingProxyType(
    {
        "link_disabled": Trouble(
            code="link_disabled",
            cause="Socket Mode was switched off for the app",
            remedy=(
                f"switch it on again ({_SOCKET_MODE}); the bot connects again by itself. Or set"
                " ODPS_BOT_SLACK_MODE=http"
            ),
            needs_somebody=True,
            least_pause=PATIENT_PAUSE,
        ),
        "too_many_websockets": Trouble(
            code="too_many_websockets",
            cause="Slack allows an app ten connections, and all are taken",
            remedy=(
                "stop what else runs with this SLACK_APP_TOKEN (other copies of the bot, tests), or"
                " lower ODPS_BOT_SLACK_CONNECTIONS"
            ),
            needs_somebody=True,
            least_pause=PATIENT_PAUSE,
        ),
    }
)


def trouble_of_reason(reason: str) -> Trouble | None:
    """Return what a `disconnect` message is about; None: nothing is wrong."""
    return _BY_REASON.get(reason)


def trouble_of_error(error: SlackError, setting: TokenOrigin = "SLACK_APP_TOKEN") -> Trouble:
    """Return why Slack did not do what is necessary to listen to it with this token."""
    if isinstance(error, RateLimitedError):
        return Trouble(
            code="rate_limited",
            cause=f"Slack allows no more calls for now (429 from {error.method})",
            remedy=_WAIT,
            least_pause=error.retry_after,
        )
    if error.code in {NO_RESPONSE, TIMED_OUT}:
        return Trouble(code="unreachable", cause=f"cannot reach Slack ({error})", remedy=_NETWORK)
    if isinstance(error, UnreachableError):
        return Trouble(
            code="unavailable", cause=f"Slack isn't available right now ({error})", remedy=_WAIT
        )
    is_passing = isinstance(error, SuspendedError)
    return Trouble(
        code=error.code,
        cause=f"Slack does not accept {setting}: {error.code}",
        remedy=token_remedy(error.code, setting),
        needs_somebody=not is_passing,
        is_refusal=not is_passing,
        least_pause=PATIENT_PAUSE,
    )


def trouble_of_handshake(error: Exception, status: int | None) -> Trouble:
    """Return why the WebSocket at the address that Slack gave could not be opened."""
    if status is not None:
        cause = f"Slack's WebSocket answered with HTTP {status}"
        return Trouble(code=f"http_{status}", cause=cause, remedy=_WAIT)
    cause = f"cannot open Slack's WebSocket ({_in_words(error)})"
    return Trouble(code="websocket_unreachable", cause=cause, remedy=_NETWORK)


def trouble_of_start(error: Exception) -> Trouble:
    """Return why this process could not begin to open a connection."""
    return Trouble(
        code="no_resources",
        cause=f"this process can't begin a connection to Slack ({_in_words(error)})",
        remedy="raise the limits of open files and threads of the process; the bot tries again",
        needs_somebody=True,
    )


def trouble_of_loss(error: Exception) -> Trouble:
    """Return why an open connection has ended."""
    cause = f"the connection to Slack was lost ({_in_words(error)})"
    return Trouble(code="lost", cause=cause, remedy=_NETWORK)


def _in_words(error: Exception) -> str:
    # Messages of the library may quote the address, whose ticket is secret.
    return f"{type(error).__name__}: {error}".partition("ticket=")[0]


def pause_s(failures: int, trouble: Trouble, chance: float) -> float:
    """Return for how many seconds to wait after so many failures; `chance` is within [0, 1)."""
    doubled_s = FIRST_PAUSE.total_seconds() * math.pow(2, min(failures - 1, 10))
    longest_s, least_s = LONGEST_PAUSE.total_seconds(), trouble.least_pause.total_seconds()
    return max(min(doubled_s, longest_s), least_s) * (1 + JITTER * chance)


class TroubleLog:
    """Which troubles were logged lately."""

    def __init__(self) -> None:
        self._logged_at_s: dict[str, float] = {}

    def is_new(self, trouble: Trouble, now_s: float) -> bool:
        """Return whether to log it: it is another one, or the last line is a while ago."""
        last_s = self._logged_at_s.get(trouble.code)
        if last_s is not None and now_s - last_s < REMIND_EVERY.total_seconds():
            return False
        self._logged_at_s[trouble.code] = now_s
        return True

    def clear(self) -> bool:
        """Forget them, as all is well; return whether there was any."""
        had_trouble = bool(self._logged_at_s)
        self._logged_at_s.clear()
        return had_trouble
