"""Block Kit: what Slack accepts in messages, modals and home tabs."""

import secrets
from collections.abc import Iterator
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]


def check_blocks(blocks: Any, *, surface: Surface) -> list[str]:
    return []


def check_view(view: Any) -> list[str]:
    return []


def describe_problem(problem: str) -> dict[str, Any]:
    return {"message": problem}


def text_length(value: Any) -> int:
    return 0


def fill_in_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"block_id": secrets.token_hex(3)} | b for b in blocks]
