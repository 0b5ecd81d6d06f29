"""One sweep: which runs it has polled, and who sweeps."""

from types import SimpleNamespace

import pytest
from rq.timeouts import JobTimeoutException

from odps_bot.maxcompute import (
    InstanceStatus,
    InstanceSummary,
    Page,
    QueueingInfo,
    ServerError,
)
from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.sweep import sweep

RUNNING = InstanceStatus.RUNNING
BUSY = ServerError("busy", http_status=503)


class Sweeps:
    """The sweeps of one project; `turns` are the renewals of the lease that are granted."""

    def __init__(self):
        self.is_free, self.turns, self.events = True, 10**6, []
        self.is_progress_wanted, self.total = True, 0
        self.seen, self.recently, self.requested, self.doubtful = {}, set(), {}, []

    def begin(self, project, owner):
        return self.is_free

    def renew(self, project, owner):
        self.turns -= 1
        return self.turns >= 0

    def end(self, project, owner):
        self.events.append("ended")

    def watched_total(self):
        return self.total

    def take_progress_turn(self, project, *, every, watched):
        self.events.append(every)
        return self.is_progress_wanted

    def succeeded(self, project):
        self.events.append("succeeded")

    def failed(self, project):
        self.events.append("failed")

    def last_seen(self, project, instance_ids):
        return {one: self.seen[one] for one in instance_ids if one in self.seen}

    def remember(self, project, seen):
        self.seen |= seen

    def take_doubtful(self, project, watched, running, *, limit):
        return [one for one in self.doubtful if one in watched and one in running][:limit]

    def request_polls(self, seen):
        self.requested |= seen
        return [run_id for run_id in seen if run_id not in self.recently]


@pytest.fixture
def world(services, make_run):
    """Services with a number of runs that go on in MaxCompute, each as instance iN of run rN."""
    services.stores.sweeps = Sweeps()
    services.stores.subscriptions = SimpleNamespace(has_any=lambda _project: False)
    services.stores.rate_limiter = SimpleNamespace(left=lambda _limit: services.slack.gateway.left)

    def add(count, **facts):
        for n in range(count):
            run = make_run(run_id=f"r{n}", instance_id=f"i{n}", state=RunState.RUNNING, **facts)
            services.stores.runs.add(run)
            services.stores.runs.swept[f"i{n}"] = f"r{n}"
        services.maxcompute.listed = [
            InstanceSummary(id=f"i{n}", status=RUNNING) for n in range(count)
        ]
        show(services, dict.fromkeys(range(count), 0))

    services.add = add
    return services


def show(services, percentages):
    """Let the instances have come so far."""
    services.maxcompute.queueing = [
        QueueingInfo(instance_id=f"i{n}", status=RUNNING, progress=percentage / 100)
        for n, percentage in percentages.items()
    ]


def polled(services):
    """Return which runs were to be polled, and let that be done."""
    found = [run_id for (run_id,) in services.jobs.named("poll_now")]
    services.jobs.enqueued.clear()
    sweeps = services.stores.sweeps
    sweeps.seen |= {f"i{run_id[1:]}": sweeps.requested[run_id] for run_id in found}
    return found


def test_where_nothing_is_watched_nobody_is_asked(world):
    world.maxcompute.listed = BUSY
    sweep("sandbox", world)

    assert world.stores.sweeps.events == ["ended"]


def test_one_worker_sweeps_at_a_time(world):
    world.add(1)
    world.maxcompute.listed = []
    world.stores.sweeps.is_free = False
    sweep("sandbox", world)

    assert polled(world) == []
    assert world.stores.sweeps.events == []


def test_what_runs_no_longer_is_polled_before_its_end_is_believed(world):
    world.add(3)
    del world.maxcompute.listed[1]
    sweep("sandbox", world)

    assert polled(world) == ["r1"]
    assert world.stores.runs.get("r1").state is RunState.RUNNING
    assert world.stores.sweeps.events == ["succeeded", "ended"]


def test_what_is_over_or_without_a_record_is_watched_no_more(world, make_run):
    world.add(2)
    world.stores.runs.add(make_run(run_id="r0", state=RunState.SUCCEEDED))
    del world.stores.runs.kept["r1"]
    world.maxcompute.listed = []
    sweep("sandbox", world)

    assert world.stores.runs.forgotten == ["i0", "i1"]
    assert polled(world) == []


def test_what_has_moved_is_polled_and_what_has_not_is_left_alone(world):
    world.add(3)
    sweep("sandbox", world)
    show(world, {0: 0, 1: 7, 2: 0})
    assert polled(world) == []
    sweep("sandbox", world)

    assert polled(world) == ["r1"]
    sweep("sandbox", world)
    assert polled(world) == []


@pytest.mark.parametrize(("waiting", "expected"), [(0, 4), (1, 3), (2, 2), (3, 2), (12, 2)])
def test_four_are_polled_or_fewer_where_their_cards_wait_but_two_at_least(world, waiting, expected):
    world.add(12)
    sweep("sandbox", world)
    show(world, dict.fromkeys(range(12), 50))
    for n in range(waiting):
        world.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, f"r{n}")
        world.stores.outbox.enqueue(NotificationKind.CARD_REFRESH, f"elsewhere{n}")
    sweep("sandbox", world)

    assert len(polled(world)) == expected


@pytest.mark.parametrize(("total", "expected"), [(12, 4), (24, 2), (60, 1), (100_000, 1)])
def test_projects_share_them_by_what_is_watched_in_each(world, total, expected):
    world.stores.sweeps.total = total
    world.add(12)
    sweep("sandbox", world)
    show(world, dict.fromkeys(range(12), 50))
    sweep("sandbox", world)

    assert len(polled(world)) == expected


def test_what_there_was_no_room_for_is_found_by_the_next_sweeps(world):
    world.add(9)
    sweep("sandbox", world)
    show(world, dict.fromkeys(range(9), 50))
    found = []
    for _ in range(3):
        sweep("sandbox", world)
        found += polled(world)

    assert found == [f"r{n}" for n in range(9)]


def test_what_a_worker_died_of_is_found_again(world):
    world.add(1)
    sweep("sandbox", world)
    show(world, {0: 50})
    sweep("sandbox", world)
    world.jobs.enqueued.clear()
    sweep("sandbox", world)

    assert polled(world) == ["r0"]


def test_what_was_prompted_a_moment_ago_is_not_prompted_again(world):
    world.add(2)
    world.maxcompute.listed = []
    world.stores.sweeps.recently = {"r0"}
    sweep("sandbox", world)

    assert polled(world) == ["r1"]


def test_as_many_ends_are_polled_as_can_be_until_the_next_sweep(world):
    world.add(120)
    world.maxcompute.listed = []
    found = []
    for expected in (50, 50, 20):
        sweep("sandbox", world)
        some = polled(world)
        assert len(some) == expected
        found += some
        for run_id in some:
            world.stores.runs.note(run_id, state=RunState.SUCCEEDED)
            del world.stores.runs.swept[f"i{run_id[1:]}"]

    assert sorted(found) == sorted(f"r{n}" for n in range(120))


@pytest.mark.parametrize(("waiting", "expected"), [(0, 50), (20, 30), (300, 2)])
def test_fewer_ends_are_polled_while_others_wait_to_be_but_never_none(world, waiting, expected):
    world.add(120)
    world.maxcompute.listed = []
    world.jobs.prompted = waiting
    sweep("sandbox", world)

    assert len(polled(world)) == expected


def test_the_end_of_one_run_waits_for_no_three_hundred_of_another_channel(world, make_run):
    world.add(300, channel_id="C1")
    for n, who in ((300, {"channel_id": "C2"}), (301, {"channel_id": "C1", "user_id": "U9"})):
        run = make_run(run_id=f"r{n}", instance_id=f"i{n}", state=RunState.RUNNING, **who)
        world.stores.runs.add(run)
        world.stores.runs.swept[f"i{n}"] = f"r{n}"
    world.maxcompute.listed = []
    sweep("sandbox", world)

    assert polled(world)[:3] == ["r0", "r300", "r301"]


def test_ends_that_were_prompted_a_moment_ago_take_no_room_from_others(world):
    world.add(60)
    world.maxcompute.listed = []
    world.stores.sweeps.recently = {f"r{n}" for n in range(50)}
    sweep("sandbox", world)

    assert polled(world) == [f"r{n}" for n in range(50, 60)]


def test_where_no_list_can_be_had_fifty_are_polled_singly(world):
    world.add(51)
    world.maxcompute.listed = BUSY
    sweep("sandbox", world)

    assert polled(world) == [f"r{n}" for n in range(50)]
    assert world.stores.sweeps.events == ["failed", "ended"]


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_the_lease_is_renewed_after_every_request(world, pages):
    world.add(1)
    renewals, turns = [], world.stores.sweeps

    def paged(*, status, **_options):
        for number in range(pages):
            renewals.append(10**6 - turns.turns)
            is_last = number == pages - 1
            yield Page([InstanceSummary(id="i0", status=status)], None if is_last else str(number))

    world.maxcompute.list_instance_pages = paged
    sweep("sandbox", world)

    assert renewals == list(range(pages))


def test_a_sweep_that_has_lost_its_lease_proves_nothing(world):
    world.add(1)
    world.maxcompute.listed = [InstanceSummary(id="other", status=RUNNING)]
    world.stores.sweeps.turns = 0
    sweep("sandbox", world)

    assert polled(world) == []
    assert world.stores.sweeps.events == ["ended"]


def test_a_sweep_that_took_longer_than_its_job_lets_single_polls_take_over(world):
    world.add(1)
    world.maxcompute.listed = JobTimeoutException("60 seconds")
    sweep("sandbox", world)

    assert polled(world) == ["r0"]
    assert world.stores.sweeps.events == ["failed", "ended"]


def test_where_only_the_progress_cannot_be_listed_ends_are_noticed(world):
    world.add(2)
    world.stores.subscriptions = SimpleNamespace(has_any=lambda _: True, to=lambda _: [])
    del world.maxcompute.listed[1]
    world.maxcompute.queueing = BUSY
    sweep("sandbox", world)

    assert polled(world)[0] == "r1"
    assert world.stores.sweeps.events == ["failed", "ended"]
    assert world.stores.observations.scanned == world.clock()


def test_a_run_out_of_reach_that_is_seen_running_is_back(world, noon):
    world.add(2)
    for n in range(2):
        world.stores.runs.note(f"r{n}", unreachable_since=noon, failed_polls=3)
    world.stores.sweeps.doubtful = ["i0", "i1", "i2"]
    del world.maxcompute.listed[1]
    sweep("sandbox", world)

    assert world.stores.runs.get("r0").unreachable_since is None
    assert world.stores.runs.get("r1").unreachable_since == noon


@pytest.mark.parametrize("is_wanted", [True, False])
def test_of_thousands_of_instances_not_every_sweep_asks_how_far_they_are(world, is_wanted):
    world.add(2_001)
    world.stores.sweeps.is_progress_wanted = is_wanted
    sweep("sandbox", world)

    assert world.stores.sweeps.events == [3, *["succeeded"] * is_wanted, "ended"]
