"""What is delivered first, and what may be dropped."""

import pytest

from odps_bot.store.notification_kind import NotificationKind as Kind
from odps_bot.store.outbox import BEST_EFFORT, DELIVERED, ENQUEUED_AT_ONCE, Entry
from odps_bot.store.rate_limits import RESERVE_OF_BEST_EFFORT


@pytest.mark.parametrize("kind", Kind)
def test_an_entry_is_called_by_what_keys_call_its_kind(kind):
    entry = Entry(kind, "r1", "v1")
    name, _, subject_id = entry.member.partition(":")

    assert (Kind.of_stored_name(name), subject_id) == (kind, "r1")
    assert str(entry) == f"{kind}:r1"


def test_only_progress_may_be_dropped_and_leaves_updates_to_the_rest():
    assert set(BEST_EFFORT) == {Kind.FINDING, Kind.PROGRESS, Kind.CARD_REFRESH}
    assert RESERVE_OF_BEST_EFFORT == 36


def test_what_somebody_waits_for_comes_first():
    assert DELIVERED[:2] == (Kind.EPHEMERAL, Kind.REFUSAL)
    assert set(DELIVERED[-3:]) == set(BEST_EFFORT)


def test_redis_is_given_500_entries_at_once():
    assert ENQUEUED_AT_ONCE == 500
