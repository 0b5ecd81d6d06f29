"""Logs go to standard error, a line each and without secrets; libraries speak from WARNING up."""

import json
import logging
import math
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, Literal
from urllib.parse import quote

from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _spelled(text: str) -> str:
    """Return a pattern for a part of a link, however it is encoded, and however often."""
    return "".join(map(_encoded, text))


def _encoded(character: str) -> str:
    """Return a pattern for a character as such, by percent, as in JSON and as in HTML."""
    codes = {ord(character.lower()), ord(character.upper())}
    hexadecimal = "|".join(f"{code:02x}" for code in sorted(codes))
    decimal = "|".join(map(str, sorted(codes)))
    return (
        rf"(?:{re.escape(character)}|%(?:25){{0,9}}(?:u00)?(?:{hexadecimal})"
        rf"|\\(?:u00|x)(?:{hexadecimal})"
        rf"|&(?:amp;){{0,9}}#(?:0{{0,5}}(?:{decimal})|x0{{0,5}}(?:{hexadecimal}));?)"
    )


_NAMES = "|".join(map(_spelled, ("token", "ticket", "password")))

#: What looks like a secret: Logview tokens and tickets, Slack's tokens and secret addresses,
#: passwords in addresses, and headers that prove who we are.
_SECRETS = re.compile(
    rf"((?:{_NAMES}){_spelled('=')})[^&\s\"'>]+"
    rf"|({_spelled('/token/')})[\w.~+%=-]{{16,}}"
    r"|xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+"
    r"|(https://hooks\.slack\.com/)\S+|(https://files\.slack\.com/upload/)\S+"
    r"|(/(?:commands|actions|response)/)[A-Za-z0-9/_-]{12,}|(\w://[^\s:/@]*:)[^\s/@]+(?=@)"
    r"|((?:authorization(?:-sts-token)?|x-[a-z-]{0,20}security-token|x-slack-signature)"
    r"['\"]?\s*[:=]\s*['\"]?)[^'\"\n,}]+|(\bBearer )\S+",
    re.IGNORECASE,
)
_HIDDEN = "***"

#: A shorter setting is also an ordinary word.
_LEAST_SECRET = 8

#: By it a person's message is found in the log: `(ref 0a1b2c3d)`.
_REFERENCE = re.compile(r"\(ref ([0-9a-f]{8})\)")

#: The same trouble with Redis is logged so often.
_REPEAT_AFTER_S = 60

#: What the thread is busy with.
_ABOUT: ContextVar[MappingProxyType[str, str]] = ContextVar(
    "about", default=MappingProxyType[str, str]({})
)


#: Those of the ids that may be a run's; an entry of the outbox is `final:` and an id.
_IDS_OF_RUNS = frozenset({"run_id", "interaction_id", "entry"})


@contextmanager
def logged_about(**ids: str) -> Iterator[None]:
    """Add these ids, such as ``run_id`` or ``job``, to what this thread logs inside the block."""
    about = {**_ABOUT.get(), **ids}
    if _IDS_OF_RUNS & ids.keys():
        about.pop("run", None)
    before = _ABOUT.set(MappingProxyType(about))
    try:
        yield
    finally:
        _ABOUT.reset(before)


def name_run(run_id: str, name: str) -> None:
    """Let lines that name this run by its id also name it as people do, such as ``run=r75``.

    It holds as long as the thread is busy with the run: see `logged_about`.
    """
    about = _ABOUT.get()
    ids = {about[key].rpartition(":")[2] for key in _IDS_OF_RUNS & about.keys()}
    if run_id in ids:
        _ABOUT.set(MappingProxyType({**about, "run": name}))


def hide_secrets(text: str) -> str:
    """Return `text` without what looks like a token or a secret address."""
    return _SECRETS.sub(lambda found: "".join(filter(None, found.groups())) + _HIDDEN, text)


def secrets_hider(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that hides these secrets, however they look, and what looks like one."""
    forms = {
        form
        for secret in secrets
        if len(secret) >= _LEAST_SECRET
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    }
    if not forms:
        return hide_secrets
    # The longest first: one may be a part of another.
    known = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return lambda text: hide_secrets(known.sub(_HIDDEN, text))


def set_up_logs(
    level: str, *, style: Literal["text", "json"] = "text", secrets: Iterable[str] = ()
) -> None:
    """Send this process's logs, and errors that nobody catches, to standard error."""
    hide = secrets_hider(secrets)
    handler = logging.StreamHandler()
    handler.addFilter(RepeatedRedisErrors())
    handler.setFormatter(_JsonFormatter(hide) if style == "json" else _TextFormatter(hide))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    for package in ("odps_bot", "workers"):
        logging.getLogger(package).setLevel(level)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class RepeatedRedisErrors(logging.Filter):
    """Lets a line about an error of Redis pass once a minute, with how often it was repeated.

    While Redis is away, each loop of each thread would say so each second.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._turn = threading.Lock()
        self._passed: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line passes."""
        given = record.args if isinstance(record.args, tuple) else ()
        if not any(isinstance(argument, RedisError) for argument in given):
            return True
        key, now_s = (record.name, str(record.msg)), self._clock()
        with self._turn:
            passed_at_s, repeated = self._passed.get(key, (-math.inf, 0))
            if now_s - passed_at_s < _REPEAT_AFTER_S:
                self._passed[key] = (passed_at_s, repeated + 1)
                return False
            self._passed[key] = (now_s, 0)
        if repeated:
            record.msg = f"{record.msg} (and {repeated} times since this was last logged)"
        return True


class _TextFormatter(logging.Formatter):
    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(about)s")
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={value}" for name, value in _ABOUT.get().items())
        record.about = f" [{ids}]" if ids else ""
        return self._hide(super().format(record))


class _JsonFormatter(logging.Formatter):
    """Each line is an object: time (UTC), level, logger, message, ids, and what was raised."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        reference = _REFERENCE.search(message)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            **_ABOUT.get(),
            **({"reference": reference[1]} if reference else {}),
            **self._raised(record),
        }
        shown = {name: self._hide(str(value)) for name, value in line.items()}
        return json.dumps(shown, ensure_ascii=False)

    def _raised(self, record: logging.LogRecord) -> dict[str, str]:
        if not record.exc_info or record.exc_info[0] is None:
            return {}
        return {
            "error": record.exc_info[0].__name__,
            "trace": self.formatException(record.exc_info),
        }


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.critical("the process ends with an error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(hooked: threading.ExceptHookArgs) -> None:
    error = hooked.exc_value or hooked.exc_type()
    name = hooked.thread.name if hooked.thread else "?"
    raised = (hooked.exc_type, error, hooked.exc_traceback)
    log.critical("the thread %s ends with an error", name, exc_info=raised)
