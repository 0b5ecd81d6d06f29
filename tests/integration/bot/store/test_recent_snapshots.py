"""What an instance looked like lately is kept by polls and by side questions, each for itself."""

from datetime import timedelta

from odps_bot.diagnosis.recent_snapshots import RecentSnapshots, added, has_workers
from odps_bot.diagnosis.snapshots import Snapshot, Stage, Workers

INSTANCE = "20261122120001123gabcde"


def test_workers_that_were_asked_for_are_not_lost_to_a_poll_of_the_same_moment(redis, noon):
    store = RecentSnapshots(redis)
    stage = Stage(name="J2_1", total=50, running=1, ended=49)
    store.keep({INSTANCE: [Snapshot(at=noon, stages=(stage,))]})

    # Both read what was there before, and the poll is the last to write.
    known = store.of(INSTANCE)
    second = timedelta(seconds=1)
    asked = Stage(name="J2_1", total=50, running=1, ended=49, workers=Workers(ended=49, running=1))
    found = added(known, Snapshot(at=noon + second, stages=(asked,)))
    store.keep({INSTANCE: found}, is_question=True)
    store.keep({INSTANCE: added(known, Snapshot(at=noon + 2 * second, stages=(stage,)))})

    seen = store.of(INSTANCE)
    assert [one.at for one in seen] == [noon, noon + second, noon + 2 * second]
    assert [has_workers(one) for one in seen] == [False, True, False]
    assert store.of_all([INSTANCE, "another"]) == {INSTANCE: seen, "another": ()}
