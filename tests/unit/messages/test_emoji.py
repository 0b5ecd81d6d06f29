"""Emoji are drawn: the sandbox's page knows the names of all that the bot uses."""

import ast
import re
from pathlib import Path

import odps_bot

BOT = Path(odps_bot.__file__).parent
SANDBOX = BOT / "sandbox"


def names_in(path):
    """Return the names of emoji in the string literals of a module, or in a file of sentences."""
    text = path.read_text()
    if path.suffix == ".py":
        nodes = ast.walk(ast.parse(text))
        literals = (n.value for n in nodes if isinstance(n, ast.Constant))
        text = "\n".join(value for value in literals if isinstance(value, str))
    return set(re.findall(r"(?<![\w:]):([a-z][a-z0-9_]+):(?![\w:])", text))


def test_the_page_knows_every_emoji_of_the_bot():
    page = (BOT / "sandbox/slack/page/emoji.js").read_text()
    known = set(re.findall(r'^  "?([a-z0-9_+-]+)"?: "', page, re.MULTILINE))
    sources = [*BOT.rglob("*.py"), *BOT.rglob("*.toml"), *(BOT.parent / "workers").rglob("*.py")]
    used = {name for path in sources if SANDBOX not in path.parents for name in names_in(path)}

    assert "white_check_mark" in used
    assert used - known == set()
