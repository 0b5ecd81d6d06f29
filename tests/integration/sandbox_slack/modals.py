"""Modals for tests."""

from typing import Any

from .conftest import Link

SQL = {
    "type": "input",
    "block_id": "sql",
    "label": {"type": "plain_text", "text": "SQL"},
    "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
}


PROJECT = {
    "type": "input",
    "block_id": "project",
    "optional": True,
    "label": {"type": "plain_text", "text": "Project"},
    "element": {
        "type": "static_select",
        "action_id": "project",
        "options": [{"text": {"type": "plain_text", "text": "Shop"}, "value": "shop"}],
    },
}


def modal(*blocks: dict[str, Any], title: str = "Run SQL") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "run",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Run"},
        "notify_on_close": True,
        "blocks": list(blocks),
    }


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def asks(action_id: str, kind: str, **fields: Any) -> dict[str, Any]:
    """An input block whose block id is that of its element."""
    block = {key: fields.pop(key) for key in ("optional", "dispatch_action") if key in fields}
    element = {"type": kind, "action_id": action_id, **fields}
    return {
        "type": "input",
        "block_id": action_id,
        "label": plain(action_id),
        "element": element,
        **block,
    }


OPTIONS = [{"text": plain(name.upper()), "value": name} for name in ("a", "b")]


WHO = asks("who", "users_select")


NOTE = {"type": "context", "block_id": "note", "elements": [plain("≈ ¥3")]}


MORE = {
    "type": "actions",
    "block_id": "controls",
    "elements": [{"type": "button", "action_id": "more", "text": plain("More")}],
}


def open_modal(link: Link, *blocks: dict[str, Any], **fields: Any) -> str:
    """Open a modal for Bob by a global shortcut; the app must be connected afterwards."""

    @link.app.shortcut("new_run")
    def new_run(ack: Any, body: dict[str, Any], client: Any) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks) | fields)
        ack()

    link.connect()
    assert link.slack.shortcut("bob", "new_run").ok
    return str(link.slack.views("bob")[-1]["id"])
