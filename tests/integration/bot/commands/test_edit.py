"""`/odps edit`, and runs that are named where a statement is expected."""

from collections.abc import Callable
from typing import Any

import pytest

from odps_bot.errors import CommandError, DeniedError
from odps_bot.messages import Message, Modal
from odps_bot.runs import Outcome, ReasonCode, Run, RunState, Table

INSTANCE_ID = "20261122120001123gabcde"
TABLE = Table(columns=("a",), rows=(("17",),), column_count=1, row_count=1, types=("bigint",))
LOGVIEW = f"https://logview.aliyun.com/logview/?p=sandbox&i={INSTANCE_ID}&token=secret"

MakePerson = Callable[..., Any]


@pytest.fixture
def ended(alice: Any, bot: Any) -> Run:
    alice.types("run select a from t")
    run: Run = bot.bring(bot.newest_run(), RunState.SUCCEEDED, instance_id=INSTANCE_ID, table=TABLE)
    return run


def labels(answer: Any) -> list[str]:
    assert isinstance(answer, Message)
    found = [b.get("accessory") for b in answer.blocks if "accessory" in b]
    found += [e for b in answer.blocks if b["type"] == "actions" for e in b["elements"]]
    return [element["text"]["text"] for element in found]


def sql_field(answer: Any) -> str:
    assert isinstance(answer, Modal)
    [field] = [b["element"] for b in answer.view["blocks"] if b.get("block_id") == "sql"]
    return str(field["initial_value"])


@pytest.mark.parametrize("identifier", ["r1", "R1", "`r1`", INSTANCE_ID, LOGVIEW])
def test_a_run_is_opened_in_the_form(alice: Any, ended: Run, identifier: str) -> None:
    assert sql_field(alice.types(f"edit {identifier}")) == "select a from t"


def test_a_run_that_goes_on_can_be_edited_as_well(alice: Any) -> None:
    alice.types("run select 'goes on'")

    assert sql_field(alice.types("edit r1")) == "select 'goes on'"


def test_without_an_id_runs_are_offered(alice: Any, ended: Run) -> None:
    answer = alice.types("edit")

    assert "Which run do you want to edit?" in answer.text
    assert labels(answer) == ["Edit & run"]


def test_before_anything_was_run_there_is_nothing_to_edit(alice: Any) -> None:
    assert alice.reads("edit").startswith("There are no runs")


def test_a_run_that_is_unknown_is_said_to_be(alice: Any) -> None:
    with pytest.raises(CommandError, match="There is no run `r7`"):
        alice.types("edit r7")


def test_an_instance_that_nobody_follows_can_be_followed_first(alice: Any) -> None:
    with pytest.raises(CommandError, match="`/odps watch 20261122120001123gother`"):
        alice.types("edit 20261122120001123gother")


@pytest.mark.parametrize("verb", ["edit", "run", "cost"])
def test_the_run_of_another_channel_stays_there(
    alice: Any, person: MakePerson, ended: Run, verb: str
) -> None:
    with pytest.raises(DeniedError):
        person(user_id="U2", channel_id="C2").types(f"{verb} r1")


def test_a_statement_that_nobody_knows_is_not_edited(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    unknown = {"tracked_instance_id": INSTANCE_ID, "sql": f"-- instance {INSTANCE_ID}"}
    bot.bring(bot.newest_run(), RunState.SUCCEEDED, **unknown)

    with pytest.raises(CommandError, match="doesn't give me the statement"):
        alice.types("edit r1")


@pytest.mark.parametrize("verb", ["change", "fix", "modify"])
def test_other_words_for_it_are_understood(alice: Any, verb: str) -> None:
    with pytest.raises(CommandError, match="Did you mean `/odps edit`"):
        alice.types(f"{verb} r1")


@pytest.mark.parametrize(
    "typed", ["r1", "R1", "`r1`", "r1;", "r1 --priority 3", "--priority 3 r1", INSTANCE_ID, LOGVIEW]
)
def test_a_run_in_place_of_sql_is_offered_again(
    alice: Any, bot: Any, ended: Run, typed: str
) -> None:
    answer = alice.types(f"run {typed}")

    assert answer.text.startswith(":point_right: *r1* is a run in `sandbox`")
    assert "Nothing was submitted." in answer.text
    assert labels(answer) == ["Re-run", "Edit & run"]
    assert ("For other options" in answer.text) is ("--" in typed)
    assert bot.all_runs() == [ended]


def test_what_cannot_succeed_as_it_is_is_offered_to_be_changed(alice: Any, bot: Any) -> None:
    alice.types("run select a from t")
    wrong = Outcome(reason=ReasonCode.TASK_FAILED, detail="ODPS-0130131:[1,1] Table not found")
    bot.bring(bot.newest_run(), RunState.FAILED, instance_id=INSTANCE_ID, outcome=wrong)

    assert labels(alice.types("run r1")) == ["Edit & run"]


def test_a_run_that_goes_on_is_not_offered_to_be_re_run(alice: Any) -> None:
    alice.types("run select 'goes on'")

    answer = alice.types("run r1")

    assert labels(answer) == ["Edit & run"]
    assert "It hasn't ended" in answer.text


def test_to_estimate_a_run_leads_to_the_form(alice: Any, ended: Run) -> None:
    answer = alice.types("cost r1")

    assert "can also estimate its cost" in answer.text
    assert "Edit & run" in labels(answer)


@pytest.mark.parametrize("verb", ["run", "cost"])
def test_an_unknown_run_in_place_of_sql_is_said_to_be_in_one_line(
    alice: Any, bot: Any, verb: str
) -> None:
    with pytest.raises(CommandError, match="There is no run `r7`") as error:
        alice.types(f"{verb} r7")

    assert "Nothing was submitted." in str(error.value)
    assert "\n" not in str(error.value)
    assert bot.all_runs() == []


def test_an_instance_in_place_of_sql_can_be_followed(alice: Any) -> None:
    with pytest.raises(CommandError, match="I'm not following instance"):
        alice.types("run 20261122120001123gother")


def test_a_link_in_place_of_sql_is_not_repeated_with_its_token(alice: Any, ended: Run) -> None:
    assert "secret" not in alice.types(f"run {LOGVIEW}").text


@pytest.mark.parametrize("typed", ["r1x", "runs", "report"])
def test_other_words_are_still_no_sql(alice: Any, ended: Run, typed: str) -> None:
    with pytest.raises(CommandError, match="This isn't SQL"):
        alice.types(f"run {typed}")
