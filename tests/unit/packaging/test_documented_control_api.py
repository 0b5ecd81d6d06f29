"""The documentation lists what can be posted to the sandbox's Slack."""

import re
from pathlib import Path
from unittest.mock import Mock

from aiohttp import web

from odps_bot.sandbox.slack.routes.control_routes import ControlRoutes

DOCS = Path(__file__).parents[3] / "docs"


def test_every_action_of_the_control_api_is_in_the_documentation() -> None:
    app = web.Application()
    ControlRoutes(Mock(), faults=Mock(), limits=Mock(), reset=Mock()).add_to(app.router)
    served = {resource.canonical.rpartition("/")[2] for resource in app.router.resources()}

    table = DOCS.joinpath("contributing.md").read_text().partition("| post to `/sandbox/…` |")[2]
    rows = [line for line in table.partition("\n\n")[0].splitlines() if line.startswith("| `")]

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])} == served
