"""Emoji are drawn: the sandbox's page knows the names of all that the bot uses."""

import ast
import re
from pathlib import Path

import odps_bot

BOT = Path(odps_bot.__file__).parent
SPEAKING = (BOT / "messages", BOT / "commands", BOT / "listeners", BOT.parent / "workers")


def names_in(path):
    """Return the names of emoji in the string literals of a module."""
    nodes = ast.walk(ast.parse(path.read_text()))
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return set(re.findall(r"(?<![\w:]):([a-z][a-z0-9_]+):(?![\w:])", "\n".join(texts)))


def test_the_page_knows_every_emoji_of_the_bot():
    page = (BOT / "sandbox/slack/page/emoji.js").read_text()
    known = set(re.findall(r'^  "?([a-z0-9_+-]+)"?: "', page, re.MULTILINE))
    used = {name for folder in SPEAKING for path in folder.rglob("*.py") for name in names_in(path)}

    assert "white_check_mark" in used
    assert used - known == set()
