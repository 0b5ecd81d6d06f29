"""Records in wheel and sdist which commit they were built from, where that is known."""

import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

RECORD = "odps_bot/commit.txt"


class CommitHook(BuildHookInterface[Any]):
    """Puts `odps_bot/commit.txt` with the commit's hash in place of the checkout's own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the record, unless the checkout itself is what is installed."""
        if version == "editable":
            return
        commit = runpy.run_path(str(Path(self.root, "odps_bot", "commit.py")))["current_commit"]()
        if commit is not None:
            self._folder = tempfile.TemporaryDirectory()
            record = Path(self._folder.name, "commit.txt")
            record.write_text(f"{commit}\n", encoding="utf-8")
            build_data["force_include"][str(record)] = RECORD

    def finalize(self, *_: object) -> None:
        """Remove what was only written to be packed."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
