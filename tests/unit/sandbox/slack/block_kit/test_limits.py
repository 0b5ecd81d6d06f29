"""Our limits against those of an independent registry."""

import pytest
from slackblocks import _limits, _surfaces

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.validation import SURFACES

OURS = {name: value for name, value in vars(limits).items() if name.isupper()}

#: Documented by Slack, and not in the registry.
NOT_REGISTERED = {"TABLE_CONTENT_MAX_LENGTH", "MESSAGE_TABLES_MAX_ITEMS"}


@pytest.mark.parametrize("name", sorted(set(OURS) - NOT_REGISTERED))
def test_every_limit_equals_that_of_the_registry(name: str) -> None:
    assert OURS[name] == getattr(_limits, name)


def test_limits_outside_of_the_registry_are_listed() -> None:
    assert {name for name in OURS if not hasattr(_limits, name)} == NOT_REGISTERED


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_every_surface_accepts_the_blocks_of_the_registry(surface: str) -> None:
    registered = _surfaces._BLOCK_TYPES_BY_SURFACE

    assert SURFACES[surface] == registered[surface]  # type: ignore[index]
