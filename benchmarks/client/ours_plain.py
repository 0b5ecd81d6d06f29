"""Our client without the extra `fast`: checksums in Python."""

import sys
from typing import Any

from benchmarks.client import ours

# What is None cannot be imported.
sys.modules["google_crc32c"] = None  # type: ignore[assignment]


def connect(endpoint: str) -> Any:
    """Make a client."""
    return ours.connect(endpoint)
