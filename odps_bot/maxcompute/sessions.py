"""Connections: one `requests.Session` for each thread. The only module that holds one."""

import os
import threading
import weakref
from typing import Any

import requests


class ThreadSessions:
    """The sessions of all threads to one endpoint, with the proxies of the environment."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._local = threading.local()
        self._all: weakref.WeakSet[requests.Session] = weakref.WeakSet()

    def send(
        self, prepared: requests.PreparedRequest, *, timeouts: tuple[float, float]
    ) -> requests.Response:
        """Send on this thread's connection; the body is left to be read.

        Redirects are not followed: credentials go where they were meant to go.
        """
        # A forked process must not talk on its parent's connections.
        if getattr(self._local, "pid", None) != os.getpid():
            self._open()
        session: requests.Session = self._local.session
        # By its adapter: the session itself would read what a redirect points to.
        adapter = session.get_adapter(self._endpoint)
        return adapter.send(prepared, stream=True, timeout=timeouts, **self._local.environment)

    def close(self) -> None:
        """Close the connections of all threads."""
        for session in list(self._all):
            session.close()

    def _open(self) -> None:
        session = requests.Session()
        found = session.merge_environment_settings(self._endpoint, {}, None, None, None)
        environment: dict[str, Any] = {name: found[name] for name in ("proxies", "verify", "cert")}
        self._local.session = session
        self._local.environment = environment
        self._local.pid = os.getpid()
        self._all.add(session)
