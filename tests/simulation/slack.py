"""A Slack in memory: channels with threads and metadata, files, and who saw what."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.simulation.people import BOT, TEAM

Arguments = dict[str, Any]


@dataclass
class Posted:
    """A message of the bot."""

    channel: str
    ts: str
    thread_ts: str | None
    text: str
    blocks: list[Any]
    metadata: dict[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    is_metadata_kept: bool = True

    @property
    def label(self) -> dict[str, str]:
        """What the bot has written on it."""
        found: dict[str, str] = self.metadata.get("event_payload", {})
        return found

    def as_json(self) -> Arguments:
        """Return it as Slack does."""
        return {
            "ts": self.ts,
            "text": self.text,
            "blocks": self.blocks,
            "metadata": self.metadata if self.is_metadata_kept else {},
            "files": self.files,
            "bot_id": "B1",
        }


@dataclass
class Private:
    """What one person has read, and nobody else."""

    user: str
    text: str
    blocks: list[Any]
    channel: str = ""


class SlackServer:
    """Answers calls. `on_shown` is told of everything that is shown: channel, person or ''."""

    def __init__(
        self, *, now_us: Callable[[], int], on_shown: Callable[[str, str, str], None]
    ) -> None:
        self._now_us = now_us
        self._on_shown = on_shown
        self._last_ts = 0
        self.messages: dict[str, list[Posted]] = {}
        self._by_ts: dict[tuple[str, str], Posted] = {}
        self.cards: dict[tuple[str, str], Posted] = {}  #: the first of a channel and a run
        self.privates: list[Private] = []
        self.modals: dict[str, Arguments] = {}
        self._uploads: dict[str, str] = {}
        #: who gets what is sent to a response_url, and which message was clicked for it
        self.response_urls: dict[str, tuple[str, str]] = {}
        self.clicked: dict[str, Posted] = {}

    def answer(self, method: str, content_type: str, body: bytes) -> Arguments:
        """Answer a call of the Web API."""
        arguments = _arguments(content_type, body)
        handle = getattr(self, "_" + method.replace(".", "_"), None)
        return handle(arguments) if handle else {"ok": False, "error": "unknown_method"}

    def respond(self, url: str, body: bytes) -> str:
        """Take what is sent to a response_url; return the body of the response."""
        user, channel = self.response_urls[url]
        said = json.loads(body)
        post = self.clicked.get(url)
        if said.get("replace_original") and post is not None:
            self._replace(post, said)
            # Nothing says that Slack keeps it.
            post.is_metadata_kept = False
        else:
            self._tell(user, channel, said)
        return "ok"

    def posts(self, channel: str = "") -> list[Posted]:
        """Return the messages of a channel, or of all."""
        if channel:
            return self.messages.get(channel, [])
        return [post for posts in self.messages.values() for post in posts]

    def _tell(self, user: str, channel: str, said: Arguments) -> None:
        blocks = said.get("blocks") or []
        self.privates.append(Private(user, said.get("text", ""), blocks, channel))
        self._on_shown(channel, user, f"{said.get('text', '')} {json.dumps(blocks)}")

    def _ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, self._now_us())
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def _auth_test(self, _: Arguments) -> Arguments:
        return {
            "ok": True,
            "url": "https://simulation.slack.example/",
            "team": "Simulation",
            "user": "odps",
            "team_id": TEAM,
            "user_id": BOT,
            "bot_id": "B1",
        }

    def _chat_postMessage(self, said: Arguments) -> Arguments:  # noqa: N802  -- Slack's name
        post = self._post(said["channel"], said)
        return {"ok": True, "ts": post.ts, "channel": post.channel}

    def _post(self, channel: str, said: Arguments) -> Posted:
        post = Posted(
            channel,
            self._ts(),
            said.get("thread_ts"),
            said.get("text", ""),
            said.get("blocks") or [],
            said.get("metadata") or {},
        )
        self.messages.setdefault(channel, []).append(post)
        self._by_ts[channel, post.ts] = post
        if post.label.get("kind") == "card":
            self.cards.setdefault((channel, post.label["run_id"]), post)
        self._on_shown(channel, "", f"{post.text} {json.dumps(post.blocks)}")
        return post

    def _chat_update(self, said: Arguments) -> Arguments:
        post = self._by_ts.get((said["channel"], said["ts"]))
        if post is None:
            return {"ok": False, "error": "message_not_found"}
        self._replace(post, said)
        return {"ok": True, "ts": post.ts, "channel": post.channel}

    def _replace(self, post: Posted, said: Arguments) -> None:
        post.text, post.blocks = said.get("text", ""), said.get("blocks") or []
        self._on_shown(post.channel, "", f"{post.text} {json.dumps(post.blocks)}")

    def _chat_postEphemeral(self, said: Arguments) -> Arguments:  # noqa: N802  -- Slack's name
        self._tell(said["user"], said["channel"], said)
        return {"ok": True, "message_ts": self._ts()}

    def _chat_getPermalink(self, said: Arguments) -> Arguments:  # noqa: N802  -- Slack's name
        return {
            "ok": True,
            "permalink": f"https://slack.example/{said['channel']}/{said['message_ts']}",
        }

    def _conversations_replies(self, said: Arguments) -> Arguments:
        thread = [
            post.as_json()
            for post in self.messages.get(said["channel"], [])
            if said["ts"] in {post.ts, post.thread_ts}
            and float(post.ts) > float(said.get("oldest", 0))
        ]
        return {"ok": True, "messages": thread[: int(said.get("limit", 1000))]}

    def _conversations_history(self, said: Arguments) -> Arguments:
        found = [
            post.as_json()
            for post in reversed(self.messages.get(said["channel"], []))
            if post.thread_ts is None and float(post.ts) > float(said.get("oldest", 0))
        ]
        return {"ok": True, "messages": found[: int(said.get("limit", 100))]}

    def _views_open(self, said: Arguments) -> Arguments:
        view_id = f"V{len(self.modals) + 1}"
        self.modals[said["trigger_id"]] = {**_view(said["view"]), "id": view_id}
        return {"ok": True, "view": {"id": view_id}}

    def _views_publish(self, said: Arguments) -> Arguments:
        self._on_shown("", said["user_id"], json.dumps(_view(said["view"])))
        return {"ok": True, "view": {"id": "VHOME"}}

    def _usergroups_users_list(self, _: Arguments) -> Arguments:
        return {"ok": True, "users": []}

    def _files_getUploadURLExternal(self, said: Arguments) -> Arguments:  # noqa: N802  -- Slack's name
        file_id = f"F{len(self._uploads) + 1}"
        self._uploads[file_id] = said["filename"]
        return {
            "ok": True,
            "upload_url": f"https://files.slack.example/{file_id}",
            "file_id": file_id,
        }

    def _files_completeUploadExternal(self, said: Arguments) -> Arguments:  # noqa: N802  -- Slack's name
        (one,) = json.loads(said["files"])
        post = self._post(said["channel_id"], {**said, "text": said.get("initial_comment", "")})
        post.files.append({"id": one["id"], "name": self._uploads[one["id"]]})
        return {"ok": True, "files": [{"id": one["id"]}]}


def _arguments(content_type: str, body: bytes) -> Arguments:
    if not body:
        return {}
    if content_type.startswith("application/json"):
        arguments: Arguments = json.loads(body)
        return arguments
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _view(view: Any) -> Arguments:
    found: Arguments = json.loads(view) if isinstance(view, str) else view
    return found
