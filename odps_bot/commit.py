"""The commit that this code is of, where it is known.

A build (`hatch_build.py`) and `git archive` record it beside this module. The build runs this file
by itself, so it imports nothing of ours.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

RECORD = Path(__file__).with_name("commit.txt")

#: A full hash, and whether files differed from the commit, in git's own words.
HASH = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})(-dirty)?")

SHORT_HASH_DIGITS = 12
GIT_TIMEOUT_S = 5


def recorded_commit() -> str | None:
    """Return the full hash that was recorded when this was packed, with `-dirty` if need be."""
    try:
        return _as_hash(RECORD.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def current_commit() -> str | None:
    """Return the recorded commit or else, in a checkout, the one that git names."""
    return recorded_commit() or _checked_out_commit(RECORD.parents[1])


def shorten(commit: str) -> str:
    """Return a commit as people read it: the first digits, and `-dirty` if need be."""
    digits, dash, dirty = commit.partition("-")
    return f"{digits[:SHORT_HASH_DIGITS]}{dash}{dirty}"


def _checked_out_commit(root: Path) -> str | None:
    git = shutil.which("git")
    # Asked elsewhere, git would answer for a repository around this folder.
    if git is None or not root.joinpath(".git").exists():
        return None
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        described = subprocess.run(  # noqa: S603  -- nothing foreign in it
            [git, "describe", "--always", "--abbrev=64", "--exclude=*", "--dirty"],
            cwd=root,
            env={**environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _as_hash(described.stdout)


def _as_hash(text: str) -> str | None:
    return text.strip() if HASH.fullmatch(text.strip()) else None
