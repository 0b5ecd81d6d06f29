"""Which projects are available in a channel, and which is meant when none is named."""

import pytest

from odps_bot.config.rules import Channel, Rules
from odps_bot.errors import CommandError
from odps_bot.input.projects import allowed_project, default_project, projects_here
from odps_bot.input.request import Request
from odps_bot.store.preferences import Preferences

HERE = Request(team_id="T1", channel_id="C1", user_id="U1")


@pytest.fixture
def limited(services):
    """Return services in whose channel only these projects are enabled."""

    def limited(*projects):
        services.rules = Rules(channels={"C1": Channel(projects=projects)}, contact="Ann")
        return services

    return limited


@pytest.mark.parametrize(
    ("enabled", "here"),
    [
        (("*",), ("sandbox", "ads")),
        (("ads",), ("ads",)),
        (("ads", "sandbox"), ("ads", "sandbox")),
        (("ads", "*"), ("ads", "sandbox")),
        (("unknown",), ()),
    ],
)
def test_the_channels_own_order_comes_first(limited, enabled, here):
    assert projects_here(HERE, limited(*enabled)) == here


@pytest.mark.parametrize(
    ("enabled", "chosen", "expected"),
    [
        (("*",), "ads", "ads"),
        (("*",), "gone", "sandbox"),
        (("ads", "sandbox"), "sandbox", "ads"),
    ],
)
def test_the_channels_default_goes_before_the_persons(limited, enabled, chosen, expected):
    found = default_project(HERE, limited(*enabled), Preferences(project=chosen))

    assert found == expected


def test_where_none_is_enabled_nothing_is_submitted(limited):
    with pytest.raises(CommandError, match=r"Nothing was submitted\..*Ann"):
        default_project(HERE, limited("unknown"))


def test_an_unknown_project_is_refused_with_those_there_are(services):
    assert allowed_project("ads", HERE, services) == "ads"
    with pytest.raises(CommandError, match="Available here: `sandbox`, `ads`"):
        allowed_project("prod", HERE, services)
