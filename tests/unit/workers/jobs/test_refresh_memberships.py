"""Who belongs to the groups that have roles, as Slack tells it."""

from types import SimpleNamespace

import pytest

from odps_bot.config.rules import Role, Rules
from odps_bot.slack.errors import AppError, RateLimitedError
from workers.jobs.refresh_memberships import refresh

UNKNOWN = AppError("usergroups.users.list", "no_such_subteam")


@pytest.fixture
def refreshed(services):
    """Return a function that asks workspaces, which respond as given, and returns the members."""

    def refreshed(*teams, groups=("S1",)):
        known = {}

        def ask_of(responses):
            def ask(_method, arguments):
                found = responses[arguments["usergroup"]]
                if isinstance(found, Exception):
                    raise found
                return found

            return SimpleNamespace(slack=SimpleNamespace(gateway=SimpleNamespace(ask=ask)))

        services.rules = Rules(groups=dict.fromkeys(groups, Role.ADMIN))
        services.of_every_team = lambda: [ask_of(responses) for responses in teams]
        services.stores.memberships = SimpleNamespace(remember=known.__setitem__)
        refresh(services)
        return known

    return refreshed


def test_the_workspace_that_knows_a_group_tells_its_members(refreshed):
    assert refreshed({"S1": UNKNOWN}, {"S1": {"users": ["U1", "U2"]}}) == {"S1": ["U1", "U2"]}


@pytest.mark.parametrize("response", [{}, {"users": None}, []])
def test_an_unreadable_response_takes_no_member_away(refreshed, response):
    assert refreshed({"S1": response}) == {}


def test_an_odd_member_is_passed_over(refreshed):
    assert refreshed({"S1": {"users": ["U1", 7]}}) == {"S1": ["U1"]}


def test_a_group_that_nobody_knows_leaves_the_others_alone(refreshed):
    assert refreshed({"S1": UNKNOWN, "S2": {"users": []}}, groups=("S1", "S2")) == {"S2": []}


def test_where_slack_is_busy_the_rest_waits_for_the_next_time(refreshed):
    busy = RateLimitedError("usergroups.users.list", "ratelimited")

    assert refreshed({"S1": busy, "S2": {"users": []}}, groups=("S1", "S2")) == {}
