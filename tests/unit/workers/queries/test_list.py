"""Which jobs a list has, in which order, and what each person sees of them."""

from datetime import timedelta

import pytest

from odps_bot.config.rules import Rules
from odps_bot.maxcompute import InstanceStatus, QueueingInfo, ServerError
from odps_bot.messages.replies.list_choice import ListChoice
from odps_bot.replies.inquiries import ListInquiry
from odps_bot.runs import RunState
from workers.queries import list as listing
from workers.queries.list import answer_list

HOUR = timedelta(hours=1)


@pytest.fixture
def listed(services, monkeypatch):
    """Return a function that returns the page that a person gets."""
    pages = []
    monkeypatch.setattr(listing, "job_list", lambda page: pages.append(page) or [])

    def listed(*, page=0, user_id="U1", channel_id="C1", **choice):
        inquiry = ListInquiry(
            team_id="T1",
            channel_id=channel_id,
            user_id=user_id,
            choice=ListChoice(**choice),
            page=page,
        )
        answer_list(inquiry, services)
        return pages.pop()

    return listed


def names(page):
    return [job.name for job in page.jobs]


def info(name, **facts):
    return QueueingInfo(instance_id=name, status=InstanceStatus.RUNNING, **facts)


@pytest.fixture
def add(services, make_run, noon):
    """Return a function that keeps runs of these names, each a minute younger than the last."""

    def add(*run_names, **facts):
        for n, name in enumerate(run_names):
            asked_at = facts.pop("requested_at", None) or noon - timedelta(minutes=60 - n)
            usual = {"state": RunState.RUNNING, "instance_id": f"i-{name}"}
            services.stores.runs.add(
                make_run(
                    **{"run_id": name, "name": name, "requested_at": asked_at, **usual, **facts}
                )
            )

    return add


class TestEverythingInAProject:
    def test_is_ordered_by_age_and_then_by_the_place_in_the_queue(self, listed, services, noon):
        services.maxcompute.queueing = [
            info("second", wait_position=2),
            info("young", start_time=noon - HOUR),
            info("first", wait_position=1),
            info("old", start_time=noon - 2 * HOUR),
        ]
        page = listed(whose="all")

        assert names(page) == ["old", "young", "first", "second"]
        assert [job.state for job in page.jobs] == ["Running", "Running", "Queued", "Queued"]
        assert page.jobs[0].span == 2 * HOUR

    def test_hides_the_statements_of_other_channels(self, listed, services, add):
        add("r1", sql="select 1")
        add("r2", sql="select 2", channel_id="C2", user_id="U2")
        services.maxcompute.queueing = [info("i-r1"), info("i-r2"), info("theirs", owner="bob")]
        services.stores.runs.swept = {"i-r1": "r1", "i-r2": "r2"}
        jobs = {job.name: job for job in listed(whose="all").jobs}

        assert {name: job.sql for name, job in jobs.items()} == {
            "r1": "select 1",
            "r2": None,
            "theirs": None,
        }
        assert jobs["theirs"].owner == "bob"

    def test_leads_nobody_to_the_direct_message_of_another(self, listed, services, add):
        card = {"card_ts": "1.2", "workspace_url": "https://acme.slack.com"}
        add("r1", channel_id="D1", **card)
        add("r2", channel_id="D2", user_id="U2", **card)
        services.maxcompute.queueing = [info("i-r1"), info("i-r2")]
        services.stores.runs.swept = {"i-r1": "r1", "i-r2": "r2"}
        links = {job.name: job.link for job in listed(whose="all").jobs}

        assert "/archives/D1/" in links["r1"]
        assert links["r2"] == "*r2*"

    def test_of_another_workspace_is_a_mere_instance(self, listed, services, add):
        add("r1", team_id="T2")
        services.maxcompute.queueing = [info("i-r1", owner="bot")]
        services.stores.runs.swept = {"i-r1": "r1"}

        assert names(listed(whose="all")) == ["i-r1"]

    @pytest.mark.parametrize(("count", "is_said"), [(999, False), (1_000, True)])
    def test_says_where_it_ends(self, listed, services, count, is_said):
        services.maxcompute.queueing = [info(f"i{n}") for n in range(count)]
        page = listed(whose="all")

        assert ("Only the first 1,000 jobs are listed." in page.notes) is is_said
        assert page.total == count

    @pytest.mark.parametrize(("others", "named"), [(5, 5), (6, 5)])
    def test_names_five_other_projects(self, listed, services, others, named):
        services.settings.projects = ("sandbox", *(f"p{n}" for n in range(others)))

        [*_, note] = listed(whose="all").notes
        assert note.count("`p") == named


class TestPages:
    @pytest.mark.parametrize(
        "size",
        [
            (0, 0, 0, (False, False)),
            (20, 0, 20, (False, False)),
            (21, 0, 20, (False, True)),
            (21, 1, 1, (True, False)),
            (21, 99, 1, (True, False)),
            (41, 1, 20, (True, True)),
        ],
    )
    def test_have_twenty_rows(self, listed, services, size):
        total, number, shown, turns = size
        services.maxcompute.queueing = [info(f"i{n:02}") for n in range(total)]
        page = listed(whose="all", page=number)

        assert len(page.jobs) == shown
        assert (page.previous_page is not None, page.next_page is not None) == turns


class TestWhatGoesOn:
    def test_here_is_the_persons_and_the_channels(self, listed, add):
        add("mine-elsewhere", channel_id="C2")
        add("here", user_id="U2")
        add("theirs", user_id="U2", channel_id="C2")
        add("over", state=RunState.SUCCEEDED)

        assert sorted(names(listed())) == ["here", "mine-elsewhere"]
        assert names(listed(whose="mine")) == ["mine-elsewhere"]

    def test_can_be_narrowed_to_a_project(self, listed, add):
        add("a", project="ads")
        add("b")

        assert names(listed(project="ads")) == ["a"]

    def test_is_shown_as_it_is_on_record_whatever_maxcompute_does(self, listed, services, add):
        add("r1")
        services.maxcompute.queueing = ServerError("busy", http_status=503)
        page = listed()

        assert names(page) == ["r1"]
        assert [note for note in page.notes if note.startswith("As of <!date^")]

    def test_that_waits_for_a_decision_stands_behind_what_runs(self, listed, services, add, noon):
        add("asked", state=RunState.AWAITING_DECISION, instance_id=None)
        add("runs", progress_percent=42)
        services.maxcompute.queueing = [info("i-runs", start_time=noon, progress=0.998)]
        page = listed()

        assert names(page) == ["runs", "asked"]
        assert page.jobs[0].progress == "42%"


class TestWhatIsRemembered:
    @pytest.mark.parametrize(
        ("time_zone", "hours", "is_listed"),
        [
            ("UTC", 12, True),
            ("UTC", 13, False),
            ("Asia/Shanghai", 20, True),
            ("Asia/Shanghai", 21, False),
            ("America/New_York", 7, True),
            ("America/New_York", 8, False),
        ],
    )
    def test_today_begins_at_midnight_in_the_time_zone_of_the_rules(
        self, listed, add, services, noon, *, time_zone, hours, is_listed
    ):
        services.rules = Rules(time_zone=time_zone)
        add("r1", requested_at=noon - hours * HOUR)

        assert (names(listed(which="today")) == ["r1"]) is is_listed

    def test_failures_are_those_of_any_day(self, listed, add, noon):
        add("r1", state=RunState.FAILED, requested_at=noon - 100 * HOUR)
        add("r2", state=RunState.CANCELLED)
        page = listed(which="failed")

        assert names(page) == ["r1"]
        assert page.notes == ["The last 7 days, at most 200 runs per person or channel."]
