"""What people prefer, and whose App Home is open, on a real Redis."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from odps_bot.store import keys
from odps_bot.store.homes import HomeList, Homes, OpenHome
from odps_bot.store.preferences import NotifyStyle, Preferences, PreferenceStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def preferences(redis: Redis) -> PreferenceStore:
    return PreferenceStore(redis)


@pytest.fixture
def homes(redis: Redis) -> Homes:
    return Homes(redis)


class TestPreferences:
    def test_are_as_usual_until_somebody_chooses(self, preferences: PreferenceStore) -> None:
        assert preferences.get("T1", "U1") == Preferences(project="", notify=NotifyStyle.THREAD)

    def test_are_kept_one_by_one_for_one_person(self, preferences: PreferenceStore) -> None:
        preferences.choose_project("T1", "U1", "analytics")
        preferences.choose_notify("T1", "U1", NotifyStyle.DIRECT)

        chosen = Preferences(project="analytics", notify=NotifyStyle.DIRECT)
        assert preferences.get("T1", "U1") == chosen
        assert preferences.get("T1", "U2") == preferences.get("T2", "U1") == Preferences()

    def test_live_for_a_year_after_the_last_choice(
        self, preferences: PreferenceStore, redis: Redis
    ) -> None:
        preferences.choose_project("T1", "U1", "analytics")
        redis.expire(keys.preferences("T1", "U1"), 60)
        preferences.choose_notify("T1", "U1", NotifyStyle.FAILURES)

        left = timedelta(seconds=redis.ttl(keys.preferences("T1", "U1")))
        assert timedelta(days=364) < left <= timedelta(days=365)

    @pytest.mark.parametrize("value", [b"carrier pigeon", b"\xff"])
    def test_that_are_damaged_are_as_usual(
        self, preferences: PreferenceStore, redis: Redis, value: bytes
    ) -> None:
        redis.hset(keys.preferences("T1", "U1"), "notify", value)

        assert preferences.get("T1", "U1") == Preferences()

    def test_of_a_project_hold_while_it_is_allowed(self) -> None:
        chosen = Preferences(project="analytics")

        assert chosen.project_among(("sandbox", "analytics")) == "analytics"
        assert chosen.project_among(("sandbox", "other")) == "sandbox"
        assert chosen.lost_project(("sandbox", "analytics")) == ""
        assert chosen.lost_project(("sandbox", "other")) == "analytics"
        assert Preferences().lost_project(("sandbox",)) == ""


class TestHomes:
    def test_are_open_for_an_hour_after_the_last_click(self, homes: Homes, redis: Redis) -> None:
        assert not homes.is_open("T1", "U1")
        homes.open("T1", "U1", now=NOON)
        redis.expire(keys.home("T1", "U1"), 60)
        homes.touch("T1", "U1", now=NOON)

        assert homes.is_open("T1", "U1")
        assert not homes.is_open("T1", "U2")
        assert 3_500 < redis.ttl(keys.home("T1", "U1")) <= 3_600

    def test_keep_their_pages_until_they_are_opened_again(self, homes: Homes) -> None:
        later = NOON + timedelta(minutes=1)
        homes.open("T1", "U1", now=NOON)
        homes.touch("T1", "U1", now=NOON, turned=(HomeList.TEAM, 3))
        homes.touch("T1", "U1", now=later, turned=(HomeList.RECENT, 1))

        pages = {HomeList.TEAM: 3, HomeList.RECENT: 1}
        assert homes.get("T1", "U1") == OpenHome(acted_at=later, pages=pages)
        homes.open("T1", "U1", now=later)
        assert homes.get("T1", "U1") == OpenHome(acted_at=later)

    def test_that_are_damaged_are_closed(self, homes: Homes, redis: Redis) -> None:
        redis.set(keys.home("T1", "U1"), b"{")

        assert homes.get("T1", "U1") is None

    def test_are_published_in_turns_unless_the_person_acts(self, homes: Homes) -> None:
        assert homes.take_turn("T1", "U1") is None
        wait = homes.take_turn("T1", "U1")
        assert homes.take_turn("T1", "U2") is None
        homes.touch("T1", "U1", now=NOON)

        assert wait is not None
        assert timedelta(seconds=9) < wait <= timedelta(seconds=10)
        assert homes.take_turn("T1", "U1") is None
