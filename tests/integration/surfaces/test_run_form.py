"""The form: opened by a command or a shortcut, checked where it stands, and run once."""

import json
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.commands import Request
from odps_bot.commands.run import start
from odps_bot.input.run_options import RunOptions
from odps_bot.listeners import views
from odps_bot.runs import Run, RunStore

ATTACH_IT = "Attach this one to a message that mentions me, with the word run."
TEAM = "T0SANDBOX1"
ALICE, BOB = "U0ALICE", "U0BOB"
CHANNEL, RANDOM = "C0DATAENG1", "C0RANDOM01"

_CREATE = RunStore.create_confirmed


#: Socket Mode and signed HTTP.
both_ways = pytest.mark.parametrize("delivery", ["socket", "http"])


def open_modal(desk: Any, typed: str = "/odps run") -> None:
    delivery = desk.slack.say(ALICE, CHANNEL, typed)
    for _ in range(2):
        if "didn't open the form" not in str(delivery.ack):
            break
        # A busy machine takes longer than the two seconds that there are; people try again, too.
        delivery = desk.slack.say(ALICE, CHANNEL, typed)

    assert delivery.ok, delivery
    assert not delivery.ack


@both_ways
def test_a_statement_that_is_filled_in_is_run_where_the_command_was_typed(desk: Any) -> None:
    open_modal(desk)

    errors = desk.submit(
        project="analytics",
        sql="select a < 'b'\nfrom t",
        priority="3",
        interactive="no",
        quota="os_q",
        hints="a.b=1\nSET c.d = x y;\n",
        notify=[BOB, ALICE],
    )

    run = desk.newest_run()
    assert errors is None
    assert (run.sql, run.project, run.channel_id) == (
        "select a < 'b'\nfrom t",
        "analytics",
        CHANNEL,
    )
    assert (run.user_id, run.thread_ts, run.notify) == (ALICE, None, (BOB,))
    assert run.interactive is False
    assert (run.priority, run.hints) == (
        3,
        {"a.b": "1", "c.d": "x y", "odps.task.wlm.quota": "os_q"},
    )
    assert desk.slack.views(ALICE) == []


def test_a_form_that_is_delivered_again_makes_no_second_run(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Request] = []
    read = views.view_request
    monkeypatch.setattr(views, "view_request", lambda *body: heard.append(read(*body)) or heard[-1])
    open_modal(desk)
    desk.submit(sql="select 1")
    run = desk.newest_run()

    [request] = heard
    assert request.interaction_id == run.run_id
    start(RunOptions(sql="select 1"), replace(request, channel_id=CHANNEL), desk.services)
    assert desk.runs() == [run]


@pytest.mark.parametrize("second", ["select 1", "select 2"])
def test_a_form_that_is_changed_after_the_connection_was_lost_runs_what_it_says_now(
    desk: Any, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    open_modal(desk)
    with monkeypatch.context() as broken:
        broken.setattr(RunStore, "create_confirmed", _create_and_lose)
        [said] = desk.submit(sql="select 1").values()

    assert "I lost the connection to my database" in said
    assert desk.submit(sql=second) is None
    assert {run.sql for run in desk.runs()} == {"select 1", second}
    assert len(desk.runs()) == len({"select 1", second})


def _create_and_lose(store: RunStore, run: Run, **facts: Any) -> tuple[Run, bool]:
    _CREATE(store, run, **facts)
    raise RedisConnectionError("gone")


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"sql": "Enter SQL or attach a file."}),
        ({"sql": " \n"}, {"sql": "Enter SQL or attach a file."}),
        (
            {"sql": "-- nothing"},
            {"sql": "There is no SQL to run. Text after -- is a comment."},
        ),
        ({"sql": ";"}, {"sql": "There is no SQL to run. Text after -- is a comment."}),
        ({"sql": "select 1", "quota": "a b"}, {"quota": "This isn't a quota name."}),
        (
            {"sql": ";", "quota": "a;b", "hints": "a"},
            {
                "sql": "There is no SQL to run. Text after -- is a comment.",
                "quota": "This isn't a quota name.",
                "hints": "Line 1 isn't key=value: a",
            },
        ),
        (
            {"sql": "select 1", "hints": "a=1\n\nfoo <bar>"},
            {"hints": "Line 3 isn't key=value: foo <bar>"},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_run(
    desk: Any, values: dict[str, Any], errors: dict[str, str]
) -> None:
    open_modal(desk)

    assert desk.submit(**values) == errors
    assert desk.runs() == []
    assert desk.form()


@pytest.mark.parametrize(
    ("sql", "content", "error"),
    [
        ("select 1", "select 2", "You entered SQL and attached a file. Keep one of them."),
        ("", b"\x89PNG\r\n", "The file isn't text. Save it as UTF-8."),
        ("", "-- nothing", "There is no SQL to run. Text after -- is a comment."),
        ("", "x" * (2 * 1024 * 1024 + 1), "The file is too large: at most 2,097,152 bytes."),
        (
            "",
            f"select '{'x' * 999_999}'",
            f"This form takes files of at most 1,000,000 bytes. {ATTACH_IT}",
        ),
    ],
)
def test_a_file_that_cannot_be_run_is_said_at_its_field(
    desk: Any, sql: str, content: str | bytes, error: str
) -> None:
    open_modal(desk)

    assert desk.submit(sql=sql, file=[desk.file("a.sql", content)]) == {"file": error}
    assert desk.runs() == []


def test_a_file_that_slack_does_not_show_us_is_said_at_its_field(desk: Any) -> None:
    open_modal(desk)
    workspace = desk.slack._workspace
    workspace.app = replace(workspace.app, scopes=("commands", "chat:write"))

    errors = desk.submit(file=[{"name": "a.sql", "text": "select 1"}])

    assert errors == {"file": "Slack doesn't let me read the file."}


@both_ways
def test_a_field_can_be_put_right(desk: Any) -> None:
    open_modal(desk)
    desk.submit(sql="select 1", hints="nonsense")

    errors = desk.submit(sql="select 1", hints="a=1")

    assert errors is None
    assert desk.newest_run().hints == {"a": "1"}


@both_ways
def test_a_long_statement_comes_as_a_file(desk: Any) -> None:
    sql = "select '" + "花" * 20_000 + "'"
    open_modal(desk)

    assert desk.submit(file=[{"name": "daily.sql", "text": f"\ufeff{sql}\n"}]) is None
    assert desk.newest_run().sql == sql


def test_an_estimate_runs_nothing(desk: Any) -> None:
    open_modal(desk)

    assert desk.submit(sql="select 1", estimate=["yes"], project="analytics") is None
    assert desk.runs() == []
    assert "Still asking MaxCompute" in desk.wait_for_answer()


@pytest.mark.parametrize("estimate", [["yes"], []])
def test_what_cannot_be_sent_is_said_in_the_form(desk: Any, estimate: list[str]) -> None:
    open_modal(desk)

    errors = desk.submit(sql="kill 2026gabc", estimate=estimate)

    assert "/odps stop 2026gabc" in errors["sql"]
    assert "Nothing was submitted." in errors["sql"]
    assert desk.runs() == []


def test_a_project_that_is_no_longer_allowed_is_refused(desk: Any) -> None:
    open_modal(desk, "/odps run -p analytics")
    object.__setattr__(desk.services.settings, "projects", ("sandbox",))

    assert desk.submit(sql="select 1") == {"project": "This project is no longer available."}


def test_without_redis_the_form_stays_and_says_so(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_modal(desk)
    with monkeypatch.context() as broken:
        broken.setattr(desk.services.redis, "pipeline", _refuse)
        errors = desk.submit(sql="select 1")

    [said] = errors.values()
    assert list(errors) == ["sql"]
    assert said.startswith("I can't reach my database (Redis) right now (ref ")
    assert "Nothing was submitted" in said
    assert desk.submit(sql="select 1") is None


def _refuse(*_: Any, **__: Any) -> Any:
    raise RedisConnectionError("gone")


@both_ways
def test_a_global_shortcut_asks_where_the_card_goes(desk: Any) -> None:
    delivery = desk.slack.shortcut(ALICE, "run_sql")

    assert delivery.ok
    assert "place" in desk.fields()
    assert desk.submit(sql="select 1", place=RANDOM) is None
    assert desk.newest_run().channel_id == RANDOM


def test_a_form_is_opened_for_its_person_only(desk: Any) -> None:
    open_modal(desk)

    assert desk.slack.views(BOB) == []


def test_a_form_whose_fields_are_refused_opens_with_those_that_every_slack_knows(
    desk: Any,
) -> None:
    desk.slack.faults.refuse_blocks("file_input", code="invalid_arguments")
    assert desk.slack.say(ALICE, CHANNEL, "/odps run").ok

    assert set(desk.fields()) == {"sql", "project", "quota", "hints"}
    assert desk.submit(sql="select 1") is None
    assert desk.newest_run().sql == "select 1"


def test_a_plainer_form_keeps_what_was_typed(desk: Any) -> None:
    desk.slack.faults.refuse_blocks("multi_users_select", code="invalid_arguments")
    options = "--interactive --priority 3 --quota os_quota --hint a.b=1"
    typed = f"{options} --notify <@U0BOB> --notify @nobody"
    assert desk.slack.say(ALICE, CHANNEL, f"/odps run {typed} select 1").ok

    shown = json.dumps(desk.form()["blocks"])
    assert "who `@nobody` is" in shown
    assert "Also set: priority 3, interactive, notify <@U0BOB>" in shown
    assert desk.submit(sql="select 2") is None
    run = desk.newest_run()
    assert (run.sql, run.priority, run.notify) == ("select 2", 3, ("U0BOB",))
    assert run.interactive is True
    assert run.hints == {"a.b": "1", "odps.task.wlm.quota": "os_quota"}
