"""`/odps stop mine`, `channel` …: a preview, one confirmation, and a worker stops them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.errors import CommandError, DeniedError, UsageError
from odps_bot.input.request import Surface
from odps_bot.interactions import stop_runs
from odps_bot.messages import Message
from odps_bot.replies.inquiries import StopInquiry
from odps_bot.runs import Outcome, ReasonCode, Run, RunState, lifecycle
from odps_bot.runs.run import Stage
from odps_bot.services import Services
from odps_bot.store import keys
from odps_bot.store.audit import AuditKind
from odps_bot.store.job_queue import POLL_RUN
from workers.queries import stop_runs as worker
from workers.queries.stop_runs import answer_stops

MakePerson = Callable[..., Any]

STAGE = Stage(
    name="M1",
    status="RUNNING",
    terminated_workers=0,
    running_workers=1,
    total_workers=2,
    progress_percent=40,
)


def button(answer: Message, label: str) -> str:
    """Return the value of the button of a preview whose label begins so."""
    elements = [e for block in answer.blocks for e in block.get("elements", ())]
    accessories = [block["accessory"] for block in answer.blocks if "accessory" in block]
    [value] = [
        one["value"]
        for one in (*elements, *accessories)
        if one["type"] == "button" and one["text"]["text"].startswith(label)
    ]
    return str(value)


def labels(answer: Message) -> list[str]:
    elements = [e for block in answer.blocks for e in block.get("elements", ())]
    return [one["text"]["text"] for one in elements if one["type"] == "button"]


def click(person: Any, value: str, act: Any = stop_runs.confirm) -> Any:
    """Press a button of the preview."""
    person.clock.push(timedelta(seconds=1))
    last = person.requests[-1]
    request = replace(
        last,
        surface=Surface.ACTION,
        answers_question=True,
        trigger_id=f"click.{person.clock.now.timestamp()}",
    )
    return act(value, request, person.services)


def work(services: Services, *, steps: int = 20) -> str:
    """Let a worker answer what was confirmed; return what it says at last."""
    [key] = services.redis.keys(keys.inquiry("*"))
    inquiry = services.stores.ephemeral_replies.inquiry(key.decode().rpartition(":")[2])
    assert isinstance(inquiry, StopInquiry)
    for _ in range(steps):
        answer = answer_stops(inquiry, services)
        if not isinstance(answer, timedelta):
            return answer[0].text
    raise AssertionError("never done")


def start(person: Any, bot: Any, sql: str, state: RunState = RunState.QUEUED, **facts: Any) -> Run:
    person.types(f"run {sql}")
    run = bot.newest_run(person.user_id)
    return run if state is RunState.QUEUED else bot.bring(run, state, **facts)


def states(bot: Any) -> dict[str, RunState]:
    return {run.name: run.state for run in bot.all_runs()}


@pytest.fixture
def bob(person: MakePerson) -> Any:
    return person(user_id="U2")


def with_rules(services: Services, **rules: Any) -> Services:
    return replace(services, rules=Rules(**{"default_role": Role.RUNNER, **rules}))


def test_what_is_shown_is_stopped_and_what_began_meanwhile_is_not(
    alice: Any, bob: Any, bot: Any
) -> None:
    start(
        alice,
        bot,
        "select 'running'",
        RunState.RUNNING,
        instance_id="i1",
        stages=(STAGE,),
        progress_percent=40,
    )
    start(bob, bot, "select 'queued'")

    shown = alice.types("stop channel")
    start(bob, bot, "select 'began meanwhile'")
    answer = click(alice, button(shown, "Stop 2 runs"))
    said = work(bot.services)

    assert answer is None
    assert "*Stop 2 runs?* This channel's active runs:" in shown.text
    assert "*r1* by <@U1> · :arrow_forward: *Running* 40% · since " in shown.text
    assert "`select 'queued'`" in shown.text
    assert states(bot) == {
        "r1": RunState.STOPPING,
        "r2": RunState.CANCELLED,
        "r3": RunState.QUEUED,
    }
    assert said == (
        ":octagonal_sign: *2 runs stopped*: 1 before it was submitted; 1 is under way, and"
        " MaxCompute ends it at its next checkpoint; the card shows it."
    )
    first = bot.services.stores.runs.find("T1", "r1")
    assert (POLL_RUN, {"run_id": first.run_id, "is_prompted": True}) in bot.enqueued_jobs()


def test_what_ended_meanwhile_is_said(alice: Any, bot: Any, clock: Any) -> None:
    first = start(alice, bot, "select 'ends'", RunState.RUNNING)
    start(alice, bot, "select 'goes on'", RunState.RUNNING)
    shown = alice.types("stop mine running")
    assert "no active run matches" in shown.text  # MaxCompute has begun none of them
    shown = alice.types("stop mine")
    bot.bring(first, RunState.SUCCEEDED, ended_at=clock.now)

    click(alice, button(shown, "Stop 2 runs"))

    assert work(bot.services).endswith("Not stopped: 1 had ended (*r1*).")
    assert states(bot) == {"r1": RunState.SUCCEEDED, "r2": RunState.STOPPING}


@pytest.mark.parametrize(
    ("typed", "stopped"),
    [
        ("mine", {"r1", "r3"}),
        ("mine queued", {"r3"}),
        ("mine running", {"r1"}),
        ("project analytics", {"r3", "r4"}),
        ("project analytics mine", {"r3"}),
        ("channel owner <@U2>", {"r2", "r4"}),
        ("owner me channel", {"r1", "r3"}),
        ("channel older 2h", {"r1", "r2"}),
        ("queued older 2h channel", {"r2"}),
        ("channel", {"r1", "r2", "r3", "r4"}),
    ],
)
def test_every_word_narrows_the_choice_down(
    alice: Any, bob: Any, bot: Any, typed: str, stopped: set[str]
) -> None:
    start(alice, bot, "select 1", RunState.RUNNING, stages=(STAGE,))
    start(bob, bot, "select 2")
    alice.clock.push(timedelta(hours=2))
    start(alice, bot, "--project analytics select 3")
    start(bob, bot, "--project analytics select 4")

    shown = alice.types(f"stop {typed}")
    click(alice, button(shown, "Stop"))
    work(bot.services)

    after = states(bot)
    assert {name for name in after if after[name] in {RunState.STOPPING, RunState.CANCELLED}} == (
        stopped
    )


def test_runs_that_the_person_may_not_stop_are_counted_and_stay(
    person: MakePerson, bot: Any, services: Services
) -> None:
    services = with_rules(services)
    alice = replace(person(), services=services)
    bob = replace(person(user_id="U2"), services=services)
    elsewhere = replace(person(user_id="U3", channel_id="C2"), services=services)
    start(alice, bot, "select 1")
    start(bob, bot, "select 2")
    start(elsewhere, bot, "select 3")

    shown = alice.types("stop project sandbox")
    click(alice, button(shown, "Stop 1 run"))
    work(services)

    assert "Not included: 2 more need *operator*." in shown.text
    assert "select 2" not in shown.text
    assert "`/odps list project sandbox` shows them." in shown.text
    assert bot.services.stores.runs.find("T1", "r1").state is RunState.CANCELLED
    assert bot.services.stores.runs.find("T1", "r2").state is RunState.QUEUED


def test_an_operator_stops_other_channels_runs_only_there(
    person: MakePerson, bot: Any, services: Services
) -> None:
    alice, elsewhere = person(), person(user_id="U2", channel_id="C2")
    start(elsewhere, bot, "select 'hidden'")

    shown = alice.types("stop project sandbox")

    assert shown.text.startswith("Nothing that you can stop here: active runs in project")
    assert "Not included: 1 can't be stopped from this channel." in shown.text
    assert "hidden" not in shown.text
    assert shown.blocks == []


def test_permissions_are_checked_again_for_each_run_when_it_is_stopped(
    alice: Any, bob: Any, bot: Any
) -> None:
    start(alice, bot, "select 1")
    start(bob, bot, "select 2")
    shown = alice.types("stop channel")
    click(alice, button(shown, "Stop 2 runs"))

    said = work(with_rules(bot.services))

    assert states(bot) == {"r1": RunState.CANCELLED, "r2": RunState.QUEUED}
    assert "1 no longer allowed (*r2*)" in said


def test_the_project_must_be_available_in_the_channel(
    person: MakePerson, bot: Any, services: Services
) -> None:
    rules = Rules(default_role=Role.ADMIN, channels={"C1": Channel(projects=("sandbox",))})
    alice = replace(person(), services=replace(services, rules=rules))

    with pytest.raises(DeniedError, match="analytics"):
        alice.types("stop project analytics")
    with pytest.raises(CommandError) as caught:
        alice.types("stop project analytcs")

    assert "analytics" not in str(caught.value)


def test_a_statement_that_cannot_be_stopped_is_named(alice: Any, bot: Any) -> None:
    start(alice, bot, "select 1")
    start(alice, bot, "select 2", RunState.SUBMITTING, query_id="q1")

    shown = alice.types("stop mine")

    assert "Not included: *r2*, which MaxCompute offers no way to stop." in shown.text
    assert "Stop 1 run" in labels(shown)


def test_what_is_being_stopped_already_is_counted(alice: Any, bot: Any) -> None:
    start(alice, bot, "select 1")
    start(alice, bot, "select 2", RunState.RUNNING)
    alice.types("stop r2")

    assert "Not included: 1 is being stopped already." in alice.types("stop mine").text


def test_only_the_person_who_was_asked_can_answer(alice: Any, bob: Any, bot: Any) -> None:
    start(alice, bot, "select 1")
    value = button(alice.types("stop mine"), "Stop 1 run")
    bob.types("status")

    for act in (stop_runs.confirm, stop_runs.leave):
        with pytest.raises(CommandError, match="Nothing was stopped"):
            click(bob, value, act)

    assert bot.newest_run().state is RunState.QUEUED


def test_let_them_run_stops_nothing_and_closes_the_question(alice: Any, bot: Any) -> None:
    start(alice, bot, "select 1")
    shown = alice.types("stop mine")

    answer = click(alice, button(shown, "Let them run"), stop_runs.leave)

    assert answer.text == "OK, the run goes on. Nothing was stopped."
    with pytest.raises(CommandError, match="has expired"):
        click(alice, button(shown, "Stop 1 run"))
    assert bot.newest_run().state is RunState.QUEUED


def test_a_step_that_is_repeated_does_not_stop_again_what_maxcompute_refused_to_stop(
    alice: Any, bot: Any
) -> None:
    start(alice, bot, "select 1", RunState.RUNNING)
    click(alice, button(alice.types("stop mine"), "Stop 1 run"))
    work(bot.services)
    bot.services.stores.runs.apply(
        bot.newest_run().run_id,
        lambda run: lifecycle.stop_refused(
            run, sent=run, why=Outcome(reason=ReasonCode.CARD_REFUSED), now=alice.clock.now
        ),
    )

    work(bot.services)

    assert bot.newest_run().state is RunState.RUNNING
    assert len(stop_lines(bot)) == 1


def test_a_second_click_stops_nothing_more_and_counts_the_same(alice: Any, bot: Any) -> None:
    start(alice, bot, "select 1", RunState.RUNNING)
    value = button(alice.types("stop mine"), "Stop 1 run")

    click(alice, value)
    first = work(bot.services)
    click(alice, value)

    assert work(bot.services) == first
    assert len(stop_lines(bot)) == 1


@pytest.fixture
def five_hundred_runs(bot: Any, create: Any, make_run: Any, clock: Any) -> None:
    """Every second one is running."""
    for number in range(500):
        run = make_run(
            run_id=f"{number:024x}",
            name=f"r{number}",
            user_id="U1",
            channel_id="C1",
            state=RunState.RUNNING if number % 2 else RunState.QUEUED,
            requested_at=clock.now,
        )
        create(bot.services.stores.runs, run, overdue_in=timedelta(hours=1))


@pytest.mark.usefixtures("five_hundred_runs")
def test_500_runs_are_stopped_in_steps_and_a_step_that_broke_off_goes_on(
    alice: Any, bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = alice.types("stop mine")
    assert "and 485 more." in shown.text
    click(alice, button(shown, "Stop 500 runs"))
    stop, count = worker._stop, iter(range(1_000))

    def dies(*arguments: Any) -> None:
        if next(count) == 130:
            raise ConnectionError("the worker was killed")
        stop(*arguments)

    monkeypatch.setattr(worker, "_stop", dies)
    with pytest.raises(ConnectionError):
        work(bot.services)
    said = work(bot.services)

    assert said.startswith(":octagonal_sign: *500 runs stopped*: 250 before they were submitted")
    assert len(stop_lines(bot)) == 500


def stop_lines(bot: Any) -> list[Any]:
    lines = bot.services.stores.audit.read()
    return [line for line in lines if line.kind is AuditKind.DECISION and line.what == "stop"]


def test_each_stop_and_the_request_are_in_the_audit_trail(alice: Any, bob: Any, bot: Any) -> None:
    start(bob, bot, "select 1")
    click(alice, button(alice.types("stop channel queued"), "Stop 1 run"))
    work(bot.services)

    [line] = stop_lines(bot)
    [whole] = [
        line
        for line in bot.services.stores.audit.read()
        if line.kind is AuditKind.DECISION and line.what == "stop_runs"
    ]
    assert (line.user_id, line.run, line.detail) == ("U1", "r1", "one of several: channel queued")
    assert (whole.user_id, whole.detail) == ("U1", "channel queued: 1 stopped")


def test_a_name_that_slack_gives_no_id_for_is_asked_about(alice: Any, bob: Any, bot: Any) -> None:
    start(alice, bot, "select 1")
    start(bob, bot, "select 2")
    start(bob, bot, "select 3")

    question = alice.types("stop channel queued owner @bob")
    chosen = [block["accessory"]["value"] for block in question.blocks if "accessory" in block]
    shown = click(alice, chosen[0], stop_runs.preview)

    assert question.text.splitlines() == [
        "Slack doesn't tell me who `@bob` is. Whose runs do you mean?",
        "<@U2> · 2 runs",
        "<@U1> · 1 run",
    ]
    assert "*Stop 2 runs?* This channel's queued runs of <@U2>:" in shown.text


def test_followed_jobs_are_found_by_their_account(alice: Any, bot: Any) -> None:
    start(alice, bot, "select 1")
    alice.types("watch 20261122120001123gabcde")
    bot.bring(bot.newest_run(), RunState.RUNNING, owner="RAM$company:etl", is_foreign=True)

    assert "Stop 1 run" in labels(alice.types("stop channel owner etl"))
    # Whoever follows a job does not own it.
    assert "*r2*" not in alice.types("stop mine").text


def test_a_mistyped_word_is_answered_with_the_right_one(alice: Any) -> None:
    with pytest.raises(UsageError, match=r"I don't know `chanel`\. Did you mean `channel`\?"):
        alice.types("stop chanel")


def test_nothing_active_is_said_in_one_line(alice: Any) -> None:
    assert alice.reads("stop mine") == "Nothing to stop: no active run matches (your active runs)."
