"""The App Home in its forms, held against golden files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages.home.app_home import Home, home_view, plain_home
from odps_bot.messages.home.run_lists import (
    ListedRun,
    home_page,
    page_value,
    read_page_value,
)
from odps_bot.messages.run.completion import completion_by_direct_message, completion_replies
from odps_bot.runs import (
    Outcome,
    Question,
    ReasonCode,
    Run,
    RunState,
    Stage,
    Table,
)
from odps_bot.sandbox.slack.block_kit.validation import check_view
from odps_bot.store.homes import HomeList
from odps_bot.store.preferences import ApprovalNotice, NotifyStyle
from odps_bot.store.project_locks import ProjectLock

GOLDEN = Path(__file__).parent / "golden_home"

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=6, seconds=10)
HOSTILE = "<!channel> `*x*` & \u202egnp.exe\n" * 400

STAGE = Stage(
    name="M1",
    status="Running",
    terminated_workers=1,
    running_workers=2,
    total_workers=3,
    progress_percent=64,
)


def a_run(number: int = 42, **facts: Any) -> Run:
    usual = {
        "run_id": f"id{number}",
        "name": f"r{number}",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "project": "sandbox",
        "sql": "select count(*)\nfrom orders",
        "state": RunState.RUNNING,
        "requested_at": NOON,
        "instance_id": "20261122120001123gabcde",
    }
    return Run(**{**usual, **facts})


def ended(number: int, state: RunState, **facts: Any) -> Run:
    return a_run(number, state=state, ended_at=NOON + timedelta(seconds=9), **facts)


def failure(words: str) -> Outcome:
    return Outcome(reason=ReasonCode.TASK_FAILED, detail=words)


TABLE = Table(columns=("a",), rows=(("1",),), column_count=1, row_count=1_204)

RUNNING = [
    a_run(45, state=RunState.QUEUED, instance_id=None, requested_at=NOW),
    a_run(44, queue_status="Waiting for cluster resource, 3rd in quota"),
    a_run(43, stages=(STAGE,), progress_percent=64, project="analytics"),
    a_run(42, state=RunState.STOPPING, stop_requested_by="U2", stop_requested_at=NOON),
    a_run(
        41,
        is_foreign=True,
        tracked_instance_id="20261122120001123gabcde",
        sql="-- instance 20261122120001123gabcde",
    ),
]
RECENT = [
    ended(40, RunState.SUCCEEDED, table=TABLE),
    ended(39, RunState.FAILED, outcome=failure("ODPS-0130131:[1,15] Table not found - <table>")),
    ended(38, RunState.CANCELLED, stop_requested_by="U1"),
    ended(
        37,
        RunState.REFUSED,
        outcome=Outcome(reason=ReasonCode.CARD_REFUSED, detail="not_in_channel"),
    ),
    ended(36, RunState.UNKNOWN, outcome=Outcome(reason=ReasonCode.INSTANCE_GONE)),
]
WAITING = a_run(
    33,
    user_id="U2",
    state=RunState.AWAITING_DECISION,
    instance_id=None,
    sql="delete from orders where id = 7",
    statement_class="write",
    question=Question(
        kind="approval",
        reasons=("class",),
        requested_at=NOON,
        expires_at=NOON + timedelta(hours=4),
        digest="d",
        is_shown=True,
        named_approvers=("U1",),
    ),
)
TEAM = [
    a_run(35, user_id="U2", channel_id="C2", stages=(STAGE,), progress_percent=64),
    a_run(34, user_id="U3", channel_id="D3"),
]


def mine(runs: Sequence[Run]) -> list[ListedRun]:
    return [ListedRun(run=run, may_stop=not run.is_foreign) for run in runs]


def theirs(runs: Sequence[Run]) -> list[ListedRun]:
    return [ListedRun(run=run, is_sql_visible=False, may_stop=False) for run in runs]


def a_home(
    running: Sequence[Run] = (),
    recent: Sequence[Run] = (),
    team: Sequence[Run] = (),
    *,
    page: int = 0,
    **facts: Any,
) -> dict[str, Any]:
    usual = {
        "now": NOW,
        "running": home_page(mine(running), number=page),
        "recent": home_page(mine(recent), number=page),
        "team": facts.pop("team_page", home_page(theirs(team), number=page)),
        "projects": ("sandbox", "analytics"),
        "project": "sandbox",
        "notify": NotifyStyle.THREAD,
    }
    return home_view(Home(**{**usual, **facts}))


def test_the_list_of_the_team_leads_nobody_to_a_direct_message() -> None:
    card = {"card_ts": "1.2", "workspace_url": "https://acme.slack.com"}
    team = [a_run(34, user_id="U3", channel_id="D3", **card)]

    assert "D3" not in str(a_home(team=team))
    assert "/archives/D3/" in str(a_home(running=team))


def many(count: int, **facts: Any) -> list[Run]:
    return [a_run(number, **facts) for number in range(count, 0, -1)]


def three_hundred(page: int = 0) -> dict[str, Any]:
    return a_home(many(300), many(300, state=RunState.FAILED), many(300, user_id="U2"), page=page)


def hostile() -> dict[str, Any]:
    said = {"sql": HOSTILE, "outcome": failure(HOSTILE), "queue_status": HOSTILE}
    return a_home(
        many(9, **said), [ended(n, RunState.FAILED, **said) for n in range(9)], many(9, **said)
    )


VIEWS: dict[str, Callable[[], dict[str, Any]]] = {
    "empty": a_home,
    "busy": lambda: a_home(RUNNING, RECENT, TEAM),
    "a-middle-page": lambda: three_hundred(page=7),
    "the-team-is-not-for-these-eyes": lambda: a_home(RUNNING[:1], team_page=None),
    "may-run-nothing": lambda: home_view(
        Home(
            now=NOW,
            running=home_page([ListedRun(run=RUNNING[2], may_see=False)], number=0),
            recent=home_page([ListedRun(run=RECENT[0], may_repeat=False)], number=0),
            team=None,
            projects=("sandbox",),
            project="sandbox",
            notify=NotifyStyle.THREAD,
            may_run=False,
            missing="You have no role here. Ask #data-platform for help.",
        )
    ),
    "a-project-is-locked": lambda: a_home(
        locks=[ProjectLock(project="analytics", reason="<!here>", user_id="U2", at=NOON)]
    ),
    "more-than-are-counted": lambda: a_home(
        team_page=home_page(theirs(many(6)), number=0, is_total_known=False)
    ),
    "chosen": lambda: a_home(project="analytics", notify=NotifyStyle.FAILURES),
    "an-approver": lambda: a_home(waiting=[WAITING], approvals=ApprovalNotice.DIRECT),
    "a-project-is-gone": lambda: a_home(lost_project="old_<project>"),
    "hostile": hostile,
    "plain": lambda: plain_home(
        Home(
            now=NOW,
            running=home_page(mine(RUNNING), number=0),
            recent=home_page([], number=0),
            team=home_page([], number=0),
            projects=("sandbox",),
            project="sandbox",
            notify=NotifyStyle.THREAD,
        )
    ),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_home_is_what_its_golden_file_says(name: str) -> None:
    # As JSON it has no parts in common, which YAML would write as references.
    shown = json.loads(json.dumps(VIEWS[name]()))
    said = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(said, encoding="utf-8")

    assert file.read_text(encoding="utf-8") == said


def test_no_golden_file_is_without_its_home() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(VIEWS)


@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_every_home(name: str) -> None:
    assert check_view(VIEWS[name]()) == []


@pytest.mark.parametrize("page", [0, 1, 30, 59, 60, 10_000])
def test_three_hundred_runs_stay_within_slacks_limits(page: int) -> None:
    view = three_hundred(page)

    assert check_view(view) == []
    assert len(view["blocks"]) < 60
    assert len(json.dumps(view)) < 50_000


def test_a_home_with_all_that_it_can_show_is_no_plain_one() -> None:
    asked = Question(
        kind="approval",
        reasons=("class",),
        requested_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        digest="d",
        is_shown=True,
    )
    long = "select 1\n" * 1_000
    waiting = [
        a_run(n, user_id="U2", sql=long, state=RunState.AWAITING_DECISION, question=asked)
        for n in range(9)
    ]
    locks = [ProjectLock(project=f"p{n}", reason="r", user_id="U2", at=NOON) for n in range(40)]

    view = a_home(
        many(300),
        many(300, state=RunState.FAILED),
        many(300, user_id="U2"),
        page=7,
        locks=locks,
        waiting=waiting,
        approvals=ApprovalNotice.DIRECT,
    )

    assert check_view(view) == []
    assert "and 35 more locked projects." in json.dumps(view)
    assert "and 4 more, which expire later." in json.dumps(view)


def test_a_choice_of_a_project_shows_75_letters_of_its_name() -> None:
    view = a_home(project="x" * 100, projects=("x" * 100, "sandbox"))

    labels = [
        option["text"]["text"]
        for block in view["blocks"]
        for option in block.get("accessory", {}).get("options", [])
    ]
    assert "x" * 75 in labels


def test_every_run_is_on_one_page() -> None:
    runs = mine(many(12))
    pages = [home_page(runs, number=number) for number in range(3)]

    assert [len(page.runs) for page in pages] == [5, 5, 2]
    assert [listed for page in pages for listed in page.runs] == runs


def test_what_is_not_for_these_eyes_is_nowhere_in_the_view() -> None:
    secret = a_run(1, user_id="U2", sql="select salary from people", channel_id="D2")

    shown = json.dumps(a_home(team=[secret]))
    assert "salary" not in shown
    assert "D2" not in shown
    assert "stop_run" not in shown


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_slack_takes_a_home_whatever_a_statement_says(text: str) -> None:
    run = a_run(sql=text * 60, outcome=failure(text * 60), queue_status=text * 9)

    view = a_home([run], [ended(1, RunState.FAILED, sql=text, outcome=failure(text * 60))])
    assert check_view(view) == []
    assert "<!" not in json.dumps(view).replace("<!date^", "")


def test_many_projects_are_cut_but_the_chosen_one_is_there() -> None:
    view = a_home(projects=tuple(f"p{n}" for n in range(300)), project="p299")

    assert check_view(view) == []
    assert '"initial_option": {"text": {"type": "plain_text", "text": "p299"}' in json.dumps(view)


@pytest.mark.parametrize("value", ["", "team", "team -1", "team 1000", "team ٣", "yours 1", "1"])
def test_a_page_that_no_button_of_ours_names_is_none(value: str) -> None:
    assert read_page_value(value) is None


@pytest.mark.parametrize("name", HomeList)
def test_a_button_names_its_page(name: HomeList) -> None:
    assert read_page_value(page_value(name, 7)) == (name, 7)


class TestTheReplyAtTheEnd:
    def says(self, run: Run, notify: NotifyStyle) -> str:
        return completion_replies(run, now=NOW, notify=notify)[0].text

    @pytest.mark.parametrize("style", [NotifyStyle.THREAD, NotifyStyle.DIRECT])
    @pytest.mark.parametrize("run", RECENT[:3], ids=lambda run: run.state.value)
    def test_mentions_the_requester_in_any_case(self, run: Run, style: NotifyStyle) -> None:
        assert self.says(run, style).startswith("<@U1> ")

    @pytest.mark.parametrize("run", [RECENT[0], RECENT[2]], ids=lambda run: run.state.value)
    def test_need_not_mention_them_when_all_went_as_they_wanted(self, run: Run) -> None:
        assert self.says(run, NotifyStyle.FAILURES).startswith(":")

    def test_mentions_them_when_it_failed_or_somebody_else_stopped_it(self) -> None:
        stopped = ended(1, RunState.CANCELLED, stop_requested_by="U2")

        for run in (RECENT[1], RECENT[4], stopped):
            assert self.says(run, NotifyStyle.FAILURES).startswith("<@U1> ")

    def test_still_mentions_who_else_wanted_to_know(self) -> None:
        run = ended(1, RunState.SUCCEEDED, notify=("U2",))

        assert self.says(run, NotifyStyle.FAILURES).startswith("<@U2> :white_check_mark:")

    def test_is_said_in_a_direct_message_too(self) -> None:
        run = ended(1, RunState.SUCCEEDED, table=TABLE, sql="select '<!here>'")
        message = completion_by_direct_message(run, now=NOW, where="<#C1>")

        assert message.text == (
            ":white_check_mark: run *r1* succeeded: 1,204 rows in 9 s.\n"
            "`select '&lt;!here&gt;'`\nIn `sandbox`; see <#C1>."
        )
