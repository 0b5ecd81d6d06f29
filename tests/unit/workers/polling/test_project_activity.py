"""What a sweep finds for subscriptions, and how much of it in one sweep."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.alerts.observations import Observation, Running
from odps_bot.alerts.subscriptions import Wanted
from odps_bot.maxcompute import (
    ConnectionFailedError,
    InstanceStatus,
    InstanceSummary,
    MalformedResponseError,
    NotFoundError,
    Page,
    PermissionDeniedError,
    TaskState,
)
from tests.unit.in_memory import FakeInstance, statuses_of
from workers.polling.project_activity import detect_activity
from workers.polling.sweep_lease import LeaseLostError, SweepLease

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FAILED = statuses_of(TaskState.FAILED)


@pytest.fixture
def detect(services):
    """Return a function that does what a sweep does for subscriptions."""

    def detect(*running, renew=lambda: True, phases=(), watched=()):
        listed = [listed_as(name, InstanceStatus.RUNNING, services.clock()) for name in running]
        lease = SweepLease("sandbox", SimpleNamespace(renew=lambda *_names: renew()))
        detect_activity(
            "sandbox",
            listed,
            lease,
            services,
            began=services.clock(),
            listed={one.instance_id: one for one in phases},
            watched=watched,
        )

    return detect


def listed_as(name, status, noon, *, owner="ann"):
    return InstanceSummary(id=name, status=status, owner=owner, start_time=noon - MINUTE)


def ended(services, count, *, statuses=FAILED, **facts):
    """Let so many instances have ended, as MaxCompute lists them."""
    names = [f"i{n}" for n in range(count)]
    services.maxcompute.ended = [
        listed_as(name, InstanceStatus.TERMINATED, services.clock(), **facts) for name in names
    ]
    services.maxcompute.instances |= {name: FakeInstance(name, statuses=statuses) for name in names}


def test_what_ended_is_announced_once(detect, services, subscribe):
    channel = subscribe()
    ended(services, 2)
    detect()
    detect()

    assert len(services.stores.digests.pending[channel.id]) == 2
    assert services.stores.outbox.names == [f"alert:{channel.id}"]
    assert services.jobs.named("deliver") == [()]


def test_what_runs_no_longer_is_found_although_no_list_has_it(detect, services, subscribe):
    channel = subscribe()
    detect("gone")
    services.maxcompute.instances["gone"] = FakeInstance("gone", statuses=FAILED)
    detect()

    assert [e.instance_id for e in services.stores.digests.pending[channel.id]] == ["gone"]
    assert services.stores.observations.known == {}


def test_lists_overlap_by_three_minutes_and_are_remembered_for_an_hour(
    detect, services, subscribe, noon
):
    subscribe()
    asked = []
    services.maxcompute.list_instance_pages = lambda **options: (
        asked.append(options["since"]) or iter([Page([], None)])
    )
    detect()
    services.clock.push(10 * MINUTE)
    detect()

    assert asked == [noon - 3 * MINUTE, noon - 3 * MINUTE]
    assert services.stores.observations.scanned == noon + 10 * MINUTE
    assert services.stores.observations.forget_before == noon - 63 * MINUTE


def test_owners_that_nobody_wants_are_not_polled(detect, services, subscribe):
    subscribe(owners=("bob",))
    ended(services, 2)
    detect("running")

    assert services.stores.observations.processed == set()
    assert services.stores.observations.known == {}


@pytest.mark.parametrize(("count", "polled"), [(39, 39), (40, 40), (41, 40)])
def test_forty_ends_are_polled_in_one_sweep(detect, services, subscribe, count, polled):
    channel = subscribe()
    ended(services, count)
    detect()

    assert len(services.stores.digests.pending[channel.id]) == polled
    detect()
    assert len(services.stores.digests.pending[channel.id]) == count


@pytest.mark.parametrize(("step_s", "polled"), [(2.0, 5), (2.7, 3), (8.0, 2), (9.0, 1)])
def test_no_poll_begins_after_eight_seconds(detect, services, subscribe, step_s, polled):
    channel = subscribe()
    ended(services, 10)
    get_instance = services.maxcompute.get_instance

    def slowly(instance_id, *, project):
        services.clock.push(timedelta(seconds=step_s))
        return get_instance(instance_id, project=project)

    services.maxcompute.get_instance = slowly
    detect()

    assert len(services.stores.digests.pending[channel.id]) == polled


@pytest.mark.parametrize(
    ("count", "takes"), [(499, [499]), (500, [500]), (501, [500, 1]), (1_000, [500, 500])]
)
def test_ends_are_enqueued_500_at_once_and_the_lease_is_renewed(
    detect, services, subscribe, count, takes
):
    subscribe()
    ended(services, count, statuses=statuses_of(TaskState.SUCCESS))
    renewals = []
    detect(renew=lambda: renewals.append(1) or True)

    assert services.stores.observations.takes == takes
    assert len(renewals) == 1 + 40


def test_a_lost_lease_ends_the_sweep(detect, services, subscribe):
    subscribe()
    ended(services, 1)

    with pytest.raises(LeaseLostError):
        detect(renew=lambda: False)


def pages_of(services, *, seconds_a_page, fails_at=None):
    """Let the list of what ended have three pages, each of which takes its time."""
    names, asked = ["i0", "i1", "i2"], []
    ended(services, len(names))

    def list_instance_pages(*, marker, **_options):
        for number in range(int(marker or 0), len(names)):
            asked.append(number)
            services.clock.push(seconds_a_page * SECOND)
            if number == fails_at:
                raise PermissionDeniedError("no such place", http_status=403)
            is_last = number == len(names) - 1
            item = listed_as(names[number], InstanceStatus.TERMINATED, services.clock())
            yield Page([item], None if is_last else str(number + 1))

    services.maxcompute.list_instance_pages = list_instance_pages
    return asked


def test_a_list_that_takes_longer_than_a_sweep_goes_on_in_the_next_one(
    detect, services, subscribe, noon
):
    channel = subscribe()
    asked = pages_of(services, seconds_a_page=30)
    found = []
    for _ in range(3):
        detect()
        found.append(len(services.stores.digests.pending[channel.id]))

    assert asked == [0, 1, 2]
    # What was found is announced meanwhile.
    assert found == [1, 2, 3]
    # The next list begins where this one began, not where it ended.
    assert services.stores.observations.scanned == noon
    assert services.stores.observations.unfinished is None


def test_a_short_list_is_read_in_one_sweep(detect, services, subscribe):
    subscribe()
    asked = pages_of(services, seconds_a_page=1)
    detect()

    assert asked == [0, 1, 2]


def test_a_list_begins_anew_when_maxcompute_no_longer_knows_the_place(detect, services, subscribe):
    channel = subscribe()
    asked = pages_of(services, seconds_a_page=30, fails_at=1)
    for _ in range(3):
        detect()

    assert asked == [0, 1, 0]
    assert len(services.stores.digests.pending[channel.id]) == 1


def test_what_was_found_is_announced_although_no_list_can_be_had(detect, services, subscribe):
    channel = subscribe()
    detect("gone")
    services.maxcompute.instances["gone"] = FakeInstance("gone", statuses=FAILED)
    services.maxcompute.ended = ConnectionFailedError("no route", was_sent=False)
    detect()

    assert len(services.stores.digests.pending[channel.id]) == 1


@pytest.mark.parametrize(("minutes", "is_given_up"), [(60, False), (61, True)])
def test_what_cannot_be_read_is_polled_each_minute_until_patience_ends(
    detect, services, subscribe, minutes, is_given_up
):
    subscribe()
    ended(services, 1, statuses=ConnectionFailedError("no route", was_sent=False))
    detect()
    assert services.stores.observations.postponed == {"i0": services.clock() + MINUTE}
    services.stores.observations.postponed.clear()
    services.clock.push(minutes * MINUTE)
    detect()

    assert (not services.stores.observations.waiting) is is_given_up
    assert bool(services.stores.observations.refused) is is_given_up


def test_what_may_not_be_read_is_given_up_at_once(detect, services, subscribe, noon):
    subscribe()
    ended(services, 1, statuses=PermissionDeniedError("not yours", http_status=403))
    detect()

    assert services.stores.observations.waiting == {}
    assert services.stores.observations.refused == ["not yours (HTTP 403)"]


MISHAPS = [NotFoundError("no", http_status=404), MalformedResponseError("cut off")]


@pytest.mark.parametrize("error", MISHAPS)
@pytest.mark.parametrize("minutes", [5, 6])
def test_a_single_mishap_silences_no_failure(detect, services, subscribe, error, minutes):
    subscribe()
    ended(services, 1, statuses=error)
    detect()
    assert list(services.stores.observations.postponed) == ["i0"]
    services.stores.observations.postponed.clear()
    services.clock.push(minutes * MINUTE)
    detect()

    assert (not services.stores.observations.waiting) is (minutes > 5)


class TestSlow:
    def running(self, services, count, *, age, **facts):
        noon = services.clock()
        names = [f"i{n:02}" for n in range(count)]
        services.stores.observations.known = {
            name: Running(
                observation=Observation(
                    instance_id=name, owner="ann", started_at=noon - age, found_at=noon
                ),
                **facts,
            )
            for name in names
        }
        return names

    @pytest.mark.parametrize(("count", "read"), [(9, 9), (10, 10), (11, 10)])
    def test_ten_statements_are_read_in_one_sweep(self, detect, services, subscribe, count, read):
        subscribe(wants=(Wanted.SLOW,))
        detect(*self.running(services, count, age=6 * MINUTE))

        known = services.stores.observations.known.values()
        assert len([one for one in known if one.slow_after is not None]) == read

    @pytest.mark.parametrize(("age", "is_read"), [(119, False), (120, True)])
    def test_no_statement_is_read_before_it_can_be_slow(
        self, detect, services, subscribe, age, is_read
    ):
        subscribe(wants=(Wanted.SLOW,))
        detect(*self.running(services, 1, age=age * SECOND))

        [known] = services.stores.observations.known.values()
        assert (known.slow_after is not None) is is_read

    def test_nothing_is_read_where_nobody_wants_to_hear_of_it(self, detect, services, subscribe):
        subscribe(wants=(Wanted.FAILURES,))
        detect(*self.running(services, 1, age=90 * MINUTE))

        [known] = services.stores.observations.known.values()
        assert known.slow_after is None

    def test_what_is_slow_is_announced_once(self, detect, services, subscribe):
        channel = subscribe(wants=(Wanted.SLOW,))
        names = self.running(services, 1, age=31 * MINUTE, slow_after=30 * MINUTE)
        detect(*names)
        detect(*names)

        [event] = services.stores.digests.pending[channel.id]
        assert event.took == 31 * MINUTE
        assert services.stores.outbox.names == [f"alert:{channel.id}"]
