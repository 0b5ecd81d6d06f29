"""`/odps result` and `/odps rerun`: from the records, without MaxCompute."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from odps_bot.commands import rerun
from odps_bot.errors import CommandError
from odps_bot.input.request import Surface
from odps_bot.messages import Message
from odps_bot.runs import Outcome, ReasonCode, Run, RunState, Table

INSTANCE_ID = "20261122120001123gabcde"
TABLE = Table(columns=("a",), rows=(("17",),), column_count=1, row_count=1, types=("bigint",))

MakePerson = Callable[..., Any]


@pytest.fixture
def ended(alice: Any, bot: Any) -> Run:
    alice.types("run select a from t")
    run: Run = bot.bring(bot.newest_run(), RunState.SUCCEEDED, instance_id=INSTANCE_ID, table=TABLE)
    bot.told()
    return run


def given(person: Any, bot: Any) -> list[Message]:
    """Return the forms of the private answer that waits for the person."""
    interaction_id = person.requests[-1].interaction_id
    assert f"ephemeral:{interaction_id}" in bot.told()
    forms: list[Message] = bot.services.stores.ephemeral_replies.answer(interaction_id)
    return forms


def actions_of(message: Message) -> list[str]:
    return [
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


@pytest.mark.parametrize("identifier", ["r1", "R1", INSTANCE_ID])
def test_a_result_is_shown_again_from_what_was_kept(
    alice: Any, bot: Any, ended: Run, identifier: str
) -> None:
    answer = alice.types(f"result {identifier}")

    best, *plainer = given(alice, bot)
    assert answer is None
    assert "'17'" in str(best.blocks)
    assert plainer
    assert "send_csv" in actions_of(best)
    assert bot.all_runs() == [ended]


def test_every_form_of_a_result_can_be_sent_as_a_file(alice: Any, bot: Any, ended: Run) -> None:
    alice.types("result r1")

    for form in given(alice, bot):
        assert "send_csv" in actions_of(form)


def test_a_failure_is_explained_again(alice: Any, bot: Any) -> None:
    alice.types("run select a from t")
    failure = Outcome(reason=ReasonCode.TASK_FAILED, detail="ODPS-0130131:[1,1] Table not found")
    bot.bring(bot.newest_run(), RunState.FAILED, instance_id=INSTANCE_ID, outcome=failure)
    bot.told()

    alice.types("result r1")

    (best, *_) = given(alice, bot)
    assert "ODPS-0130131" in best.text
    assert actions_of(best) == ["show_sql", "edit_run"]


def test_a_run_that_goes_on_has_no_result_yet(alice: Any) -> None:
    alice.types("run select 1")

    shown = alice.reads("result r1")

    assert "has no result yet" in shown
    assert "`/odps stop r1`" in shown


@pytest.mark.parametrize("verb", ["result", "rerun"])
def test_without_an_id_the_runs_that_have_ended_are_offered(
    alice: Any, ended: Run, verb: str
) -> None:
    alice.types("run select 'goes on'")

    answer = alice.types(verb)

    offered = [block["accessory"]["value"] for block in answer.blocks if "accessory" in block]
    assert offered == [ended.run_id]


@pytest.mark.parametrize(
    "state", [RunState.CANCELLED, RunState.REFUSED, RunState.REJECTED, RunState.EXPIRED]
)
def test_what_has_no_result_is_not_offered(alice: Any, bot: Any, state: RunState) -> None:
    alice.types("run select a from t")
    bot.bring(bot.newest_run(), state)

    assert "has a result yet" in alice.reads("result")


@pytest.mark.parametrize("verb", ["result", "rerun"])
def test_before_anything_has_ended_there_is_nothing_to_offer(alice: Any, verb: str) -> None:
    assert alice.reads(verb).startswith("None of your runs or this channel's has")


@pytest.mark.parametrize("verb", ["result", "rerun"])
def test_an_instance_that_nobody_follows_can_be_taken_up(alice: Any, verb: str) -> None:
    with pytest.raises(CommandError, match="`/odps watch 20261122120001123gother`"):
        alice.types(f"{verb} 20261122120001123gother")


def test_a_read_is_repeated_at_once(alice: Any, bot: Any, ended: Run) -> None:
    assert alice.types("rerun r1") is None

    again = bot.newest_run()
    assert (again.rerun_of, again.sql, again.state) == ("r1", ended.sql, RunState.QUEUED)


def test_a_repetition_heard_twice_is_one_run(alice: Any, bot: Any, ended: Run) -> None:
    alice.types("rerun r1")
    alice.is_heard_again()

    assert len(bot.all_runs()) == 2


def test_several_clicks_at_the_same_instant_are_one_run_that_all_others_are_told_of(
    alice: Any, bot: Any, ended: Run
) -> None:
    together = Barrier(8)

    def click(number: int) -> Any:
        request = replace(alice.requests[-1], surface=Surface.ACTION, trigger_id=f"click {number}")
        together.wait(timeout=10)
        return rerun.rerun(ended, request, bot.services)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(8)))

    again = [run for run in bot.all_runs() if run.rerun_of == ended.name]
    assert len(again) == 1
    assert answers.count(None) == 1
    others = {answer.text for answer in answers if answer is not None}
    assert others == {f":repeat: Run *r1* is re-run as *{again[0].name}*; its card is in <#C1>."}


def test_another_person_reruns_it_for_themselves(alice: Any, bot: Any, ended: Run) -> None:
    alice.types("rerun r1")
    alice.user_id = "U2"
    alice.types("rerun r1")

    again = [run.user_id for run in bot.all_runs() if run.rerun_of == "r1"]
    assert sorted(again) == ["U1", "U2"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("insert into t values (1)", "would make its changes a second time"),
        (
            "insert overwrite table t partition (ds='1') select 1",
            "would overwrite what it wrote before",
        ),
        ("create table t (a bigint)", "would make its changes a second time"),
        ("select 1; select 2; something unknown", "would make its changes a second time"),
    ],
)
def test_what_may_change_data_is_asked_about_first(
    alice: Any, bot: Any, sql: str, said: str
) -> None:
    alice.types(f"run {sql}")
    bot.bring(bot.newest_run(), RunState.SUCCEEDED)

    answer = alice.types("rerun r1")

    assert said in answer.text
    assert sql in str(answer.blocks)
    assert len(bot.all_runs()) == 1


@pytest.mark.parametrize("sql", ["drop table t", "insert overwrite table t select 1"])
def test_what_destroys_something_is_asked_about_on_its_card_and_not_twice(
    alice: Any, bot: Any, sql: str
) -> None:
    alice.types(f"run {sql}")
    bot.bring(bot.newest_run(), RunState.SUCCEEDED)

    alice.types("rerun r1")
    alice.types("rerun r1")

    assert [run.rerun_of for run in bot.all_runs()].count("r1") == 1
