"""The connections to interactive quotas, which submissions to MaxQA name.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/query-acceleration-maxqa-operation-guide
"""

import threading
from datetime import datetime, timedelta

from odps_bot.maxcompute import errors
from odps_bot.maxcompute.http.interactive_transport import CONNECTION_HEADER
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.models.interactive import parse_connection, parse_is_interactive
from odps_bot.maxcompute.wire import is_sendable

#: After this a connection is asked for again: quotas are changed and moved.
LIFE = timedelta(minutes=10)

#: By these a service says that it doesn't know `/connection/mcqa`; so PyODPS takes them, too.
_UNKNOWN_REQUEST = (errors.InvalidRequestError, errors.NotFoundError, errors.GatewayError)

#: By these it says that there is no such quota, or none for this account.
_REFUSALS = (*_UNKNOWN_REQUEST, errors.PermissionDeniedError, errors.MalformedResponseError)


class Connections:
    """Asks for connections, and keeps each for ten minutes. Thread-safe."""

    def __init__(self, rest: Transport) -> None:
        self._rest = rest
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str | None], tuple[str, datetime]] = {}

    def of(self, project: str, quota: str | None) -> str:
        """Return the connection to a quota; None means the one that the project has for this.

        Raises NoInteractiveQuotaError where there is none, and other errors where nobody can tell.
        """
        key, now = (project, quota), self._rest.clock()
        with self._lock:
            known = self._known.get(key)
        if known is not None and now - known[1] < LIFE:
            return known[0]
        try:
            connection = self._ask(project, quota)
        except _REFUSALS as error:
            raise errors.NoInteractiveQuotaError(_no_quota(quota, f": {error}")) from error
        if connection is None:
            raise errors.NoInteractiveQuotaError(_no_quota(quota, ", it is of another kind"))
        with self._lock:
            self._known[key] = (connection, now)
        return connection

    def forget(self, project: str, quota: str | None) -> None:
        """Ask for this connection again the next time: the service has refused it."""
        with self._lock:
            self._known.pop((project, quota), None)

    def _ask(self, project: str, quota: str | None) -> str | None:
        params = {"project": project} | ({"quota": quota} if quota else {})
        try:
            return parse_connection(self._rest.get(("connection", "mcqa"), params).body)
        except _UNKNOWN_REQUEST:
            if not quota:
                raise
            return self._ask_quota(project, quota)

    def _ask_quota(self, project: str, quota: str) -> str | None:
        response = self._rest.get(("quotas", quota), {"project": project, "version": "wlm"})
        connection = response.headers.get(CONNECTION_HEADER, "")
        is_usable = is_sendable(connection) and parse_is_interactive(response.body)
        return connection if is_usable else None


def _no_quota(quota: str | None, why: str) -> str:
    which = f"Quota {quota!r} can't be used interactively" if quota else "No interactive quota"
    return which + why
