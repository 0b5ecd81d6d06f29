"""A run is handed to MaxCompute once, and looked for before it is sent again."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from odps_bot.config.rules import Money, Project, Role, Rules
from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    ConnectionFailedError,
    GatewayError,
    GuidReading,
    HeldBackError,
    InstanceSource,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TaskSource,
    ThrottledError,
    XFlowSource,
)
from odps_bot.policy.cost_decision import METERING_LIMIT
from odps_bot.runs import ReasonCode, RunState
from odps_bot.slack.errors import PlaceError, RateLimitedError
from tests.unit.in_memory import FakeInstance
from workers.submission.submit import submit

SECOND = timedelta(seconds=1)
READ = "select 1"
WRITE = "insert into t values (1)"
LOST = AmbiguousSubmitError("reset", guid="0a1b2c")
BUSY = ServerError("busy", http_status=503)
NEW = "20261122120000000gnew1"


@pytest.fixture
def submitted(services, make_run):
    """Return a function that submits a run whose card is there, and returns what it is then."""
    services.rules = Rules(default_role=Role.ADMIN)

    def submitted(**facts):
        services.stores.runs.add(make_run(**{"sql": READ, "card_ts": "1.0", **facts}))
        submit("0a1b2c", services)
        return services.stores.runs.get("0a1b2c")

    return submitted


def in_doubt(noon, *, attempts=1):
    """Return facts of a run that somebody else has sent, and whose answer nobody has recorded."""
    return {
        "state": RunState.SUBMITTING,
        "submitting_since": noon - 91 * SECOND,
        "last_sent_at": noon - 91 * SECOND,
        "submitting_until": noon - SECOND,
        "submit_attempts": attempts,
    }


def reading(instance_id, *, guid=None, error=None):
    """Return what is read of an instance that may be the run's."""
    return GuidReading(instance=FakeInstance(instance_id), guid=guid, error=error)


FOUND = reading("20261122120000000gfound", guid="0a1b2c")


def test_a_run_that_is_gone_is_no_error(services):
    submit("none", services)

    assert services.jobs.enqueued == []


def test_it_runs_with_its_id_as_guid_and_is_polled_a_second_later(submitted, services, noon):
    run = submitted(priority=3)

    assert (run.state, run.instance_id, run.started_at) == (RunState.RUNNING, NEW, noon)
    [sent] = services.maxcompute.submitted
    assert (sent["sql"], sent["guid"], sent["priority"]) == (READ, "0a1b2c", 3)
    assert services.jobs.enqueued == [("poll_run", "0a1b2c", noon + SECOND), ("deliver",)]
    assert services.stores.runs.instances == {NEW: "0a1b2c"}


def test_the_quota_of_the_project_gives_way_to_the_texts_own(submitted, services):
    services.rules = Rules(default_role=Role.ADMIN, projects={"sandbox": Project(quota="q1")})
    submitted()
    submitted(hints={"odps.task.wlm.quota": "q2"})
    submitted(sql="set odps.task.wlm.quota=q3; select 1")
    submitted(sql="SET ODPS.TASK.WLM.QUOTA=q3; select 1")

    first, second, third, fourth = (sent["hints"] for sent in services.maxcompute.submitted)
    assert first["odps.task.wlm.quota"] == "q1"
    assert second["odps.task.wlm.quota"] == "q2"
    assert "odps.task.wlm.quota" not in third
    assert "odps.task.wlm.quota" not in fourth


def test_the_cap_of_the_project_goes_with_it(submitted, services):
    price = Money(amount=Decimal("0.3"), currency="CNY")
    capped = Project(price_per_gb=price, cap=Decimal(30))
    services.rules = Rules(default_role=Role.ADMIN, projects={"sandbox": capped})
    submitted()

    assert services.maxcompute.submitted[0]["hints"][METERING_LIMIT] == "100.000000"


def test_a_submission_that_another_worker_has_is_left_to_it(submitted, services, noon):
    submitted(state=RunState.SUBMITTING, submitting_until=noon + SECOND)

    assert services.maxcompute.submitted == services.maxcompute.lookups == []


def test_where_its_outcome_is_unknown_it_is_looked_for_ten_seconds_later(submitted, services, noon):
    services.maxcompute.errors = [LOST]
    run = submitted()

    assert run.state is RunState.SUBMITTING
    assert run.submitting_until == noon + 10 * SECOND
    assert services.jobs.named("submit_run") == [("0a1b2c", 10 * SECOND)]


def test_an_unreadable_list_is_asked_for_again(submitted, services, noon):
    services.maxcompute.guids = MalformedResponseError("<html>")

    assert submitted(**in_doubt(noon)).state is RunState.SUBMITTING


def test_it_is_looked_for_from_its_submission_on_by_both_clocks(submitted, services, noon):
    services.maxcompute.guids = [FOUND]
    run = submitted(requested_at=noon - timedelta(days=3), **in_doubt(noon))

    assert run.instance_id == FOUND.instance.id
    assert services.maxcompute.submitted == []
    [looked] = services.maxcompute.lookups
    quarter = timedelta(minutes=15)
    assert looked["since"] == noon - 91 * SECOND - quarter
    assert looked["until"] == noon - SECOND + quarter


def test_of_an_old_record_it_is_looked_for_from_its_request_on(submitted, services, noon):
    services.maxcompute.guids = [FOUND]
    old = {**in_doubt(noon), "submitting_since": None, "last_sent_at": None}
    run = submitted(sql=WRITE, **old)

    assert run.instance_id == FOUND.instance.id
    [looked] = services.maxcompute.lookups
    assert (looked["since"], looked["until"]) == (noon - timedelta(minutes=15), None)


@pytest.mark.parametrize(
    "error",
    [
        PermissionDeniedError("no", http_status=403),
        NotFoundError("no", http_status=404),
        InvalidRequestError("no", http_status=400),
        GatewayError("<html>", http_status=404),
        MalformedResponseError("<html>"),
    ],
)
def test_a_neighbour_that_cannot_be_read_does_not_end_it(submitted, services, noon, error):
    services.maxcompute.guids = [reading("other", error=error), FOUND]

    assert submitted(**in_doubt(noon)).instance_id == FOUND.instance.id


def test_nothing_is_sent_again_while_a_neighbour_may_be_the_run(submitted, services, noon):
    services.maxcompute.guids = [reading("other", error=GatewayError("x", http_status=404))]
    for _ in range(9):
        run = submitted(**in_doubt(noon))

    assert run.state is RunState.SUBMITTING
    assert services.maxcompute.submitted == []


def test_what_maxcompute_refuses_six_times_is_somebody_elses(submitted, services, noon):
    refusal = PermissionDeniedError("no", http_status=403)
    services.maxcompute.guids = [reading("other", error=refusal)]
    states = [submitted(**in_doubt(noon)).state for _ in range(6)]

    assert states == [RunState.SUBMITTING] * 5 + [RunState.RUNNING]


def test_a_look_up_that_takes_long_goes_on_in_the_next_job(submitted, services, noon):
    def slowly(names):
        for name in names:
            services.clock.push(4 * SECOND)
            yield reading(name, guid="other")

    services.maxcompute.guids = slowly("abcdef")
    run = submitted(**in_doubt(noon))
    assert run.state is RunState.SUBMITTING
    assert services.jobs.named("submit_run") == [("0a1b2c", SECOND)]
    assert services.stores.guid_searches.kept == {"a": 0, "b": 0, "c": 0}

    # What has come since then is read, too.
    services.maxcompute.guids = [reading(name, guid="other") for name in "zabcd"]
    run = submitted(**in_doubt(noon))
    assert services.stores.guid_searches.kept.keys() == {*"abcdz"}
    assert run.state is RunState.RUNNING


def test_a_look_up_that_is_held_back_is_no_attempt(submitted, services, noon):
    services.maxcompute.guids = HeldBackError("down", retry_after=7 * SECOND)
    run = submitted(sql=WRITE, **in_doubt(noon, attempts=6))

    assert (run.state, run.submit_attempts) == (RunState.SUBMITTING, 6)
    assert services.jobs.named("submit_run") == [("0a1b2c", 7 * SECOND)]


def test_a_write_whose_worker_died_before_it_was_sent_is_sent(submitted, services, noon):
    run = submitted(sql=WRITE, **{**in_doubt(noon), "last_sent_at": None})

    assert run.state is RunState.RUNNING
    assert services.maxcompute.lookups == []
    assert len(services.maxcompute.submitted) == 1


def test_that_it_is_sent_is_recorded_first(submitted, services, noon):
    services.maxcompute.errors = [LOST]
    run = submitted()

    assert (run.submitting_since, run.last_sent_at) == (noon, noon)


def test_who_has_lost_the_claim_sends_nothing(submitted, services, noon):
    run_sql = services.maxcompute.run_sql

    def too_late(*arguments, **options):
        taken_over = noon + 300 * SECOND
        services.stores.runs.note("0a1b2c", submitting_until=taken_over)
        return run_sql(*arguments, **options)

    services.maxcompute.run_sql = too_late
    run = submitted(sql=WRITE)

    assert run.state is RunState.SUBMITTING
    assert services.maxcompute.submitted == []


def test_who_has_lost_the_claim_records_nothing(submitted, services, noon):
    def too_late(*_arguments, **_options):
        services.stores.runs.note("0a1b2c", submitting_until=noon + 300 * SECOND)
        raise HeldBackError("down", retry_after=SECOND)

    services.maxcompute.run_sql = too_late
    run = submitted()

    assert run.state is RunState.SUBMITTING
    assert services.jobs.named("submit_run") == []


def test_a_read_that_is_not_found_is_sent_again(submitted, services, noon):
    run = submitted(**in_doubt(noon))

    assert run.state is RunState.RUNNING
    assert len(services.maxcompute.submitted) == 1


@pytest.mark.parametrize(("attempts", "is_lost"), [(4, False), (5, False), (6, True)])
def test_a_write_is_looked_for_six_times_and_never_sent_again(
    submitted, services, noon, attempts, is_lost
):
    run = submitted(sql=WRITE, **in_doubt(noon, attempts=attempts))

    assert services.maxcompute.submitted == []
    assert (run.state is RunState.UNKNOWN) is is_lost
    if is_lost:
        assert run.outcome.reason is ReasonCode.SUBMISSION_UNKNOWN


@pytest.mark.parametrize(("minutes", "is_lost"), [(59, False), (60, False), (61, True)])
def test_looking_for_it_ends_with_the_patience(submitted, services, noon, minutes, is_lost):
    services.maxcompute.guids = ConnectionFailedError("no route", was_sent=False)
    services.clock.push(timedelta(minutes=minutes))
    run = submitted(**in_doubt(noon + 91 * SECOND))

    assert (run.state is RunState.UNKNOWN) is is_lost


def test_a_search_that_is_forbidden_cannot_be_waited_for(submitted, services, noon):
    services.maxcompute.guids = PermissionDeniedError("no", http_status=403)

    assert submitted(**in_doubt(noon)).state is RunState.UNKNOWN


@pytest.mark.parametrize(("attempts", "is_lost"), [(1, False), (5, False), (6, True)])
def test_a_search_that_finds_no_list_is_repeated(submitted, services, noon, attempts, is_lost):
    services.maxcompute.guids = NotFoundError("not yet", http_status=404)
    run = submitted(**in_doubt(noon, attempts=attempts))

    assert (run.state is RunState.UNKNOWN) is is_lost
    assert services.maxcompute.submitted == []
    assert is_lost or ("submit_run", "0a1b2c", 10 * SECOND) in services.jobs.enqueued


@pytest.mark.parametrize(("attempts", "state"), [(1, RunState.QUEUED), (2, RunState.REFUSED)])
def test_what_was_certainly_not_taken_is_tried_three_times(submitted, services, attempts, state):
    services.maxcompute.errors = [BUSY]
    run = submitted(submit_attempts=attempts)

    assert run.state is state
    if state is RunState.QUEUED:
        assert services.jobs.named("submit_run") == [("0a1b2c", 3 * SECOND)]
    else:
        assert run.outcome.reason is ReasonCode.SERVER_ERROR


def test_what_maxcompute_refuses_is_not_tried_again(submitted, services):
    services.maxcompute.errors = [InvalidRequestError("no such function", http_status=400)]
    run = submitted()

    assert (run.state, run.outcome.reason) == (RunState.REFUSED, ReasonCode.INVALID_REQUEST)
    assert services.jobs.named("submit_run") == []


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ThrottledError("slow down", http_status=429), 1),
        (ThrottledError("slow down", http_status=429, retry_after=30 * SECOND), 30),
        (ThrottledError("slow down", http_status=429, retry_after=9_000 * SECOND), 300),
        (HeldBackError("does not respond", retry_after=7 * SECOND), 7),
    ],
)
class TestWhileMaxComputeTakesNothing:
    def test_a_run_waits_as_long_as_it_asks(self, submitted, services, error, seconds):
        services.maxcompute.errors = [error]
        run = submitted(submit_attempts=2)

        assert (run.state, run.submit_attempts) == (RunState.QUEUED, 2)
        assert services.jobs.named("submit_run") == [("0a1b2c", seconds * SECOND)]
        assert services.stores.outbox.names == ["card:0a1b2c"]

    def test_its_card_is_updated_once(self, submitted, services, noon, error, seconds):
        services.maxcompute.errors = [error]
        run = submitted(submit_attempts=2, held_back_since=noon - SECOND)

        assert run.held_back_since == noon - SECOND
        assert services.stores.outbox.names == []

    def test_it_is_refused_at_the_end_of_our_patience(
        self, submitted, services, noon, error, seconds
    ):
        services.maxcompute.errors = [error]
        run = submitted(submit_attempts=2, held_back_since=noon - timedelta(minutes=61))

        assert run.state is RunState.REFUSED
        assert run.outcome.reason in {ReasonCode.THROTTLED, ReasonCode.UNREACHABLE}


def test_a_run_that_waits_is_not_claimed_before_it_may_be_sent(submitted, services, noon):
    services.maxcompute.pause = 5 * SECOND
    run = submitted(held_back_since=noon - SECOND)

    assert (run.state, run.submitting_until) == (RunState.QUEUED, None)
    assert services.jobs.named("submit_run") == [("0a1b2c", 5 * SECOND)]
    assert services.maxcompute.submitted == []


@pytest.mark.parametrize("is_over", [False, True])
def test_a_run_that_another_worker_sends_meanwhile_waits_no_longer(
    submitted, services, noon, is_over
):
    def claimed_by_another(_project):
        services.stores.runs.note("0a1b2c", sql=WRITE, **claim)
        return SECOND

    claim = {**in_doubt(noon), "submitting_until": noon + 90 * SECOND, "last_sent_at": noon}
    services.maxcompute.pause_before = claimed_by_another
    run = submitted(sql=WRITE, held_back_since=noon - timedelta(minutes=61 if is_over else 1))

    assert run.state is RunState.SUBMITTING
    assert (run.submitting_until, run.last_sent_at) == (claim["submitting_until"], noon)
    assert services.jobs.named("submit_run") == []


def test_what_was_taken_at_last_waits_no_longer(submitted, noon):
    assert submitted(held_back_since=noon - SECOND).held_back_since is None


def test_a_stop_comes_before_the_post_but_not_before_what_was_posted(submitted, services, noon):
    stopped = {**in_doubt(noon), "stop_requested_at": noon, "stop_requested_by": "U1"}
    cancelled = submitted(**stopped)
    services.maxcompute.guids = [FOUND]
    found = submitted(**stopped)

    assert services.maxcompute.submitted == []
    assert cancelled.state is RunState.CANCELLED
    assert (found.state, found.instance_id) == (RunState.STOPPING, "20261122120000000gfound")


def test_a_role_that_was_taken_away_meanwhile_refuses_it(submitted, services):
    services.rules = Rules(default_role=Role.VIEWER)
    run = submitted()

    assert (run.state, run.outcome.reason) == (RunState.REFUSED, ReasonCode.DENIED)
    assert services.maxcompute.submitted == []


def test_an_open_question_is_not_submitted(submitted, services):
    run = submitted(state=RunState.AWAITING_DECISION)

    assert run.state is RunState.AWAITING_DECISION
    assert services.maxcompute.submitted == []


class TestTheCard:
    def test_comes_first(self, submitted, services):
        run = submitted(card_ts=None)

        assert run.card_ts == "1.0"
        assert run.state is RunState.RUNNING

    @pytest.mark.parametrize(("seconds", "is_submitted"), [(19, False), (20, True), (21, True)])
    def test_is_waited_for_twenty_seconds(self, submitted, services, seconds, is_submitted):
        services.slack.gateway.errors = [
            RateLimitedError("chat.postMessage", "ratelimited", retry_after=30 * SECOND)
        ]
        services.clock.push(seconds * SECOND)
        run = submitted(card_ts=None)

        assert (run.state is RunState.RUNNING) is is_submitted
        if not is_submitted:
            assert services.jobs.named("submit_run") == [("0a1b2c", 3 * SECOND)]

    def test_is_tried_again_when_slack_says(self, submitted, services):
        services.slack.gateway.errors = [
            RateLimitedError("chat.postMessage", "ratelimited", retry_after=SECOND)
        ]
        submitted(card_ts=None)

        assert services.jobs.named("submit_run") == [("0a1b2c", SECOND)]

    def test_where_we_may_not_speak_nothing_is_run(self, submitted, services):
        services.slack.gateway.errors = [PlaceError("chat.postMessage", "not_in_channel")]
        run = submitted(card_ts=None)

        assert (run.state, run.outcome.detail) == (RunState.REFUSED, "not_in_channel")
        assert services.maxcompute.submitted == []


class TestTracking:
    OURS = "0a1b2c0a1b2c0a1b2c0a1b2c"
    ID = "20261122120000000gother"

    def source(self, *queries, guid=None):
        tasks = tuple(
            TaskSource(name=f"t{n}", type="SQL", query=query, settings={}, properties={})
            for n, query in enumerate(queries)
        )
        return InstanceSource(guid=guid, priority=9, tasks=tasks)

    def tracked(self, submitted, services, source, *, flow=None):
        services.maxcompute.instances[self.ID] = FakeInstance(self.ID, source=source)
        services.maxcompute.xflows = SimpleNamespace(get_source=lambda _instance: flow)
        return submitted(sql="", tracked_instance_id=self.ID)

    @pytest.mark.parametrize(
        ("guid", "is_foreign"),
        [(OURS, False), (OURS[:-1], True), (OURS.upper(), True), (None, True), (OURS + "0", True)],
    )
    def test_what_carries_no_guid_of_ours_is_foreign(self, submitted, services, guid, is_foreign):
        run = self.tracked(submitted, services, self.source("select 2", guid=guid))

        assert (run.sql, run.instance_id, run.is_foreign) == ("select 2", self.ID, is_foreign)
        assert services.maxcompute.submitted == []

    def test_a_flow_is_shown_as_its_pai_command(self, submitted, services):
        flow = XFlowSource(
            xflow="Split",
            xflow_project="algo_public",
            parameters={"inputTableName": "t"},
            properties={},
            priority=9,
        )
        of_a_service_that_knows_no_source = NotFoundError("no", http_status=404)

        for source in (of_a_service_that_knows_no_source, self.source()):
            run = self.tracked(submitted, services, source, flow=flow)
            assert run.sql.lower().startswith("pai -name split")

    def test_what_is_not_there_is_refused(self, submitted, services):
        run = self.tracked(submitted, services, NotFoundError("no", http_status=404))

        assert (run.state, run.outcome.reason) == (RunState.REFUSED, ReasonCode.NOT_FOUND)
