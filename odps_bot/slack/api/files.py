"""Files in threads: sent first, which may be repeated, then shared, which must happen once.

https://docs.slack.dev/messaging/working-with-files#upload
"""

import json
from http import HTTPStatus
from typing import BinaryIO

import requests
from slack_sdk import WebClient

from odps_bot.slack.api.calls import call, retry_after
from odps_bot.slack.api.responses import text_at
from odps_bot.slack.errors import NO_RESPONSE, PlaceError, RateLimitedError, UnreachableError

#: For the connection, and for each pause of Slack's; a large file may take longer.
TIMEOUTS_S = (10, 15)


class SlackFiles:
    """What we do with files. One try a call: the outbox repeats.

    All methods raise SlackError and nothing else.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def send(self, content: BinaryIO, *, name: str, size_bytes: int, alt_text: str = "") -> str:
        """Bring a file to Slack and return its id; nobody sees it until it is shared.

        `content` is read from where it stands, piece by piece. It must not be empty. `alt_text`
        says for screen readers what a picture shows.
        """
        method = "files.getUploadURLExternal"
        announced = call(
            self._client,
            method,
            {
                "filename": name,
                "length": size_bytes,
                **({"alt_txt": alt_text} if alt_text else {}),
            },
            form=True,
        )
        file_id = text_at(announced, "file_id", method=method)
        _post(text_at(announced, "upload_url", method=method), content)
        return file_id

    def share(
        self,
        file_id: str,
        channel_id: str,
        *,
        thread_ts: str | None,
        title: str,
        comment: str,
    ) -> None:
        """Show a file that was sent in a thread; Slack does so a moment later. `comment`: mrkdwn.

        A file can be shared once. After an UnreachableError the thread must be searched for it.
        """
        call(
            self._client,
            "files.completeUploadExternal",
            {
                "files": json.dumps([{"id": file_id, "title": title}]),
                "channel_id": channel_id,
                "initial_comment": comment,
                **({"thread_ts": thread_ts} if thread_ts else {}),
            },
            form=True,
        )


def _post(address: str, content: BinaryIO) -> None:
    # The address is a secret as long as it works: it must not stand in an error.
    try:
        answer = requests.post(
            address,
            data=content,
            headers={"Content-Type": "application/octet-stream"},
            timeout=TIMEOUTS_S,
            allow_redirects=False,
        )
    except (requests.RequestException, OSError, ValueError) as error:
        raise _unsent("upload", type(error).__name__) from None
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimitedError("upload", "ratelimited", retry_after=retry_after(answer.headers))
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _unsent("upload", f"HTTP {answer.status_code}")
    if answer.status_code != HTTPStatus.OK:
        raise PlaceError("upload", f"http_{answer.status_code}")


def _unsent(method: str, reason: str) -> UnreachableError:
    return UnreachableError(method, NO_RESPONSE, reason=reason)
