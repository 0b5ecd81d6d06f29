"""Whether the optional packages are there."""

import importlib.util
from collections.abc import Iterator

from odps_bot.operations.doctor.finding import Finding, ok, warning


def check_packages() -> Iterator[Finding]:
    """Yield what there is to say."""
    if importlib.util.find_spec("matplotlib"):
        yield ok("charts", "pictures of charts can be drawn")
    else:
        remedy = "install `odps-bot[charts]`"
        yield warning("charts", "what Slack's own charts cannot show is not drawn", remedy)
