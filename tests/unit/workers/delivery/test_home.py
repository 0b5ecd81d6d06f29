"""A person's App Home: what it shows, and what it leaves to others."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.config.rules import Role, Rules
from odps_bot.runs import RunState
from odps_bot.slack.errors import RateLimitedError
from odps_bot.store.homes import HomeList, OpenHome
from workers.delivery.home import deliver_home, home_changed, home_of

SECOND = timedelta(seconds=1)


class Homes:
    """One open Home, and the turns to publish it."""

    def __init__(self, opened):
        self.opened, self.wait, self.freed = opened, None, 0

    def get(self, team_id, user_id):
        return self.opened

    def is_open(self, team_id, user_id):
        return (team_id, user_id) == ("T1", "U1")

    def take_turn(self, team_id, user_id):
        return self.wait

    def free_turn(self, team_id, user_id):
        self.freed += 1


@pytest.fixture
def homes(services, noon):
    services.stores.homes = Homes(OpenHome(acted_at=noon))
    return services.stores.homes


@pytest.mark.parametrize(("age_s", "reserve"), [(0, 0), (29, 0), (30, 10), (31, 10)])
def test_a_home_that_nobody_waits_for_leaves_ten_to_others(services, homes, age_s, reserve):
    services.clock.push(age_s * SECOND)

    assert deliver_home("T1 U1", services) is None
    assert services.slack.gateway.homes == [("U1", reserve)]


def test_a_home_that_was_closed_is_not_published(services, homes):
    homes.opened = None

    assert deliver_home("T1 U1", services) is None
    assert services.slack.gateway.homes == []


def test_publications_take_turns_and_a_failed_one_gives_its_turn_back(services, homes):
    homes.wait = 2 * SECOND
    assert deliver_home("T1 U1", services) == 2 * SECOND
    homes.wait = None
    services.slack.gateway.errors = [RateLimitedError("views.publish", "ratelimited")]

    with pytest.raises(RateLimitedError):
        deliver_home("T1 U1", services)
    assert homes.freed == 1


def test_only_open_homes_are_published_anew(services, homes, make_run):
    home_changed(make_run(), services)
    home_changed(make_run(user_id="U2"), services)

    assert services.stores.outbox.names == ["home:T1 U1"]


class TestWhatItShows:
    def home(self, services, noon, **pages):
        opened = OpenHome(acted_at=noon, pages={HomeList(name): n for name, n in pages.items()})
        return home_of("T1", "U1", opened, services)

    def add(self, services, make_run, count, **facts):
        prefix = facts.pop("prefix", "m")
        runs = [make_run(run_id=f"{prefix}{n}", name=f"r{n}", **facts) for n in range(count)]
        services.stores.runs.add(*runs)

    def test_runs_that_go_on_ended_and_are_others(self, services, make_run, noon):
        self.add(services, make_run, 2, state=RunState.RUNNING)
        self.add(services, make_run, 3, prefix="e", state=RunState.FAILED)
        self.add(services, make_run, 1, prefix="o", state=RunState.RUNNING, user_id="U2")
        home = self.home(services, noon)

        assert (home.running.total, home.recent.total, home.team.total) == (2, 3, 1)
        [other] = home.team.runs
        assert (other.is_sql_visible, other.may_stop) == (False, False)
        assert all(listed.is_sql_visible and listed.may_stop for listed in home.running.runs)

    @pytest.mark.parametrize(("count", "is_known"), [(299, True), (300, False)])
    def test_the_team_is_counted_up_to_300(self, services, make_run, noon, count, is_known):
        self.add(services, make_run, count, state=RunState.RUNNING, user_id="U2", channel_id="C2")

        assert self.home(services, noon).team.is_total_known is is_known

    def test_the_page_that_was_turned_to(self, services, make_run, noon):
        self.add(services, make_run, 7, state=RunState.RUNNING)

        assert self.home(services, noon, running=1).running.number == 1

    @pytest.mark.parametrize(
        ("role", "may_run", "sees_team"),
        [(Role.NONE, False, False), (Role.VIEWER, False, True), (Role.RUNNER, True, True)],
    )
    def test_what_the_role_allows(self, services, noon, role, may_run, sees_team):
        services.rules = Rules(default_role=role, contact="Ann")
        home = self.home(services, noon)

        assert (home.may_run, home.team is not None) == (may_run, sees_team)
        assert ("Ann" in home.missing) is not may_run

    def test_a_tracked_job_is_stopped_by_operators_only(self, services, make_run, noon):
        tracked = {"state": RunState.RUNNING, "tracked_instance_id": "i1"}
        self.add(services, make_run, 1, **tracked)
        may = {}
        for role in (Role.RUNNER, Role.OPERATOR):
            services.rules = Rules(default_role=role)
            may[role] = self.home(services, noon).running.runs[0].may_stop

        assert may == {Role.RUNNER: False, Role.OPERATOR: True}

    def test_a_default_project_that_was_lost(self, services, noon):
        from odps_bot.store.preferences import Preferences  # noqa: PLC0415

        chosen = Preferences(project="gone")
        services.stores.preferences = SimpleNamespace(get=lambda _team, _user: chosen)
        home = self.home(services, noon)

        assert (home.project, home.lost_project) == ("sandbox", "gone")
