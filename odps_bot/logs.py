"""Logs go to standard error, a line each; libraries speak from WARNING up."""

import logging
import re

#: Logview tokens, passwords and Slack's secrets in an address or a message.
_SECRETS = re.compile(
    r"(token=)[^&\s\"'>]+|xox[a-z]-[\w-]+|xapp-[\w-]+|(https://hooks\.slack\.com/)\S+"
    r"|(/(?:commands|actions|response)/)[A-Za-z0-9/_-]{12,}|(\w://[^\s:/@]*:)[^\s/@]+(?=@)"
)


def hide_secrets(text: str) -> str:
    """Return `text` without tokens and secret addresses."""
    return _SECRETS.sub(lambda found: "".join(filter(None, found.groups())) + "***", text)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return hide_secrets(super().format(record))


def set_up_logs(level: str) -> None:
    """Send this process's logs to standard error, without secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for package in ("odps_bot", "workers"):
        logging.getLogger(package).setLevel(level)
