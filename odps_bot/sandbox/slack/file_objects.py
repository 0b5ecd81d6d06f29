"""Slack's file object (https://docs.slack.dev/reference/objects/file-object)."""

import mimetypes
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from odps_bot.sandbox.slack.entities import Channel, Team
from odps_bot.sandbox.slack.uploads import MAX_SNIPPET_BYTES, File

PREVIEW_LINES = 10
PREVIEW_LENGTH = 2_000

#: By file extension: Slack's type, its display name and the MIME type.
_TEXTS: Mapping[str, tuple[str, str, str]] = {
    "csv": ("csv", "CSV", "text/csv"),
    "json": ("json", "JSON", "text/plain"),
    "log": ("text", "Plain Text", "text/plain"),
    "md": ("markdown", "Markdown (raw)", "text/plain"),
    "py": ("python", "Python", "text/plain"),
    "sql": ("sql", "SQL", "text/plain"),
    "tsv": ("tsv", "TSV", "text/tab-separated-values"),
    "txt": ("text", "Plain Text", "text/plain"),
    "xml": ("xml", "XML", "text/plain"),
    "yaml": ("yaml", "YAML", "text/plain"),
    "yml": ("yaml", "YAML", "text/plain"),
}
#: The types of snippets, by the names that Slack has for them.
_SNIPPETS = {entry[0]: entry for entry in _TEXTS.values()}
#: Files of which nothing is left but their ids.
GONE_MODES = frozenset({"tombstone", "hidden_by_limit"})


def file_object(
    file: File, *, base_url: str, team: Team, channels: Mapping[str, Channel]
) -> dict[str, Any]:
    """Return a file as messages, events and the Web API describe it.

    Its private URLs need authentication; `permalink` is for people.
    """
    if file.is_hidden:
        return {"id": file.id, "mode": "hidden_by_limit"}
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    unknown = (file.snippet_type or suffix or "binary", (suffix or "Binary").upper(), guessed)
    by_suffix = _TEXTS.get(suffix, unknown)
    filetype, pretty_type, mimetype = _SNIPPETS.get(file.snippet_type or "", by_suffix)
    content = file.content or b""
    is_snippet = (suffix in _TEXTS or bool(file.snippet_type)) and (
        len(content) <= MAX_SNIPPET_BYTES
    )
    name = quote(file.name)
    private = f"{base_url}/files-pri/{team.id}-{file.id}"
    created = int(file.created_at.timestamp())
    described = {
        "id": file.id,
        "created": created,
        "timestamp": created,
        "name": file.name,
        "title": file.title,
        "mimetype": mimetype,
        "filetype": file.snippet_type or filetype,
        "pretty_type": pretty_type,
        "user": file.user_id,
        "user_team": team.id,
        "editable": is_snippet,
        "mode": "snippet" if is_snippet else "hosted",
        "size": len(content),
        "is_external": False,
        "external_type": "",
        "is_public": bool(_shared(file, channels, "public")),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{private}/{name}",
        "url_private_download": f"{private}/download/{name}",
        "permalink": f"{base_url}/files/{file.user_id}/{file.id}/{name}",
        "channels": _shared(file, channels, "public"),
        "groups": _shared(file, channels, "private"),
        "ims": _shared(file, channels, "im"),
        "shares": _shares(file, channels),
        "comments_count": 0,
        "file_access": "visible",
    }
    return described | (_preview(content) if is_snippet else {})


def _shared(file: File, channels: Mapping[str, Channel], kind: str) -> list[str]:
    return [
        channel_id
        for channel_id in file.channel_ids
        if channel_id in channels and channels[channel_id].kind == kind
    ]


def _shares(file: File, channels: Mapping[str, Channel]) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for channel_id, messages in file.shares.items():
        if channel_id in channels:
            visibility = "public" if channels[channel_id].kind == "public" else "private"
            shares.setdefault(visibility, {})[channel_id] = list(messages)
    return shares


def _preview(content: bytes) -> dict[str, Any]:
    text = content.decode(errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    shown = "\n".join(lines[:PREVIEW_LINES])
    return {
        "preview": shown[:PREVIEW_LENGTH],
        "lines": len(lines),
        "lines_more": max(0, len(lines) - PREVIEW_LINES),
        "preview_is_truncated": len(shown) > PREVIEW_LENGTH or len(lines) > PREVIEW_LINES,
    }
