"""Whether the optional packages are there."""

import importlib.util
from collections.abc import Iterator

from odps_bot.operations.doctor.finding import Finding, ok, warning


def check_packages() -> Iterator[Finding]:
    """Yield the findings."""
    if importlib.util.find_spec("matplotlib"):
        yield ok("charts", "charts can be drawn as pictures")
    else:
        remedy = "install `odps-bot[charts]`"
        yield warning("charts", "charts that Slack can't draw itself are not available", remedy)
