"""XFlows: run from a PAI command, shown as a tree, followed like everything else."""

import pytest

from odps_bot.errors import CommandError
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import reset_after

SPLIT = (
    "PAI -name Split -project algo_public -DinputTableName=pyodps_iris"
    " -Doutput1TableName=first_half -Doutput2TableName=second_half"
)
STANDARDIZE = "PAI -name Standardize -DinputTableName=pyodps_iris -DoutputTableName=standard_iris"


def test_a_pai_command_runs_as_an_xflow_once(world):
    run = world.ask(f"xflow {SPLIT}")
    for _ in range(2):
        world.submit(run)
    ended = world.finish(run)

    assert ended.state is RunState.SUCCEEDED
    assert world.executions(run) == 1
    assert len(world.replies(run)) == 1


def test_a_pai_command_whose_answer_was_lost_is_found_by_its_guid(world):
    world.maxcompute.faults.add(reset_after(), operation="submit", times=1)
    run = world.submit(world.ask(f"xflow {SPLIT}"))
    world.clock.push(seconds=15)
    ended = world.finish(run)

    assert ended.state is RunState.SUCCEEDED
    assert world.executions(run) == 1


def test_run_takes_a_pai_command_too(world):
    ended = world.finish(world.ask(f"run {SPLIT}"))

    assert ended.state is RunState.SUCCEEDED
    assert len(world.maxcompute.instances()) == 3


def test_the_tree_shows_each_step_with_its_state_and_a_logview_button(world):
    run = world.finish(world.ask(f"xflow {SPLIT}"))

    message = world.inquire(f"xflow {run.name}")[0]

    assert "Split_1" in message.text
    assert "Split_2" in message.text
    assert message.text.count("Success") == 3
    values = [block["accessory"]["value"] for block in message.blocks if "accessory" in block]
    steps = [i.id for i in world.maxcompute.instances()[1:]]
    assert values == [f"sandbox {step}" for step in steps]
    assert SHOW_INSTANCE_LOGVIEW in str(message.blocks)


def test_flows_inside_of_flows_are_indented(world):
    run = world.finish(world.ask(f"xflow {STANDARDIZE}"))

    lines = world.inquire(f"xflow {run.name}")[0].text.splitlines()

    assert [line.startswith("\u2003└ ") for line in lines[1:]] == [False, True, False, False]


def test_an_instance_that_is_no_xflow_is_said_to_be_none(world):
    run = world.finish(world.ask("run select 1 as one"))

    assert "isn't an XFlow" in world.inquire(f"xflow {run.name}")[0].text


def test_a_stopped_xflow_shows_what_became_of_its_steps(world):
    run = world.submit(world.ask(f"xflow set sandbox.duration=600; {SPLIT}"))
    world.look(run)
    world.ask_stop(run)
    stopped = world.follow(run)

    said = world.inquire(f"xflow {run.name}")[0].text

    assert stopped.state is RunState.CANCELLED
    assert "Cancelled" in said


def test_a_failed_xflow_says_why(world):
    ended = world.finish(
        world.ask("xflow PAI -name AppendID -DinputTableName=nowhere -DoutputTableName=x")
    )

    assert ended.state is RunState.FAILED
    assert "nowhere" in outcome_in_words(ended)


def test_an_unknown_algorithm_is_refused_and_nothing_runs(world):
    ended = world.finish(world.ask("xflow PAI -name NoSuchAlgorithm -Da=b"))

    assert ended.state is RunState.REFUSED
    assert world.maxcompute.instances() == []


@pytest.mark.parametrize("typed", ["PAI", "PAI -Da=b", "PAI -name x stray", ""])
def test_what_is_no_pai_command_is_refused_at_once(world, typed):
    with pytest.raises(CommandError):
        world.say(f"xflow {typed}")


def test_an_xflow_started_elsewhere_can_be_watched(world):
    flow = world.services.maxcompute.default.xflows.run(
        "AppendID",
        xflow_project="algo_public",
        parameters={"inputTableName": "pyodps_iris", "outputTableName": "with_id"},
    )
    ended = world.finish(world.ask(f"watch {flow.id}"))

    assert ended.state is RunState.SUCCEEDED
    assert ended.is_foreign
    assert ended.sql.startswith("PAI -name AppendID -project algo_public")


def test_a_followed_xflow_knows_its_steps(world):
    run = world.submit(world.ask(f"xflow {STANDARDIZE}"))
    ended = world.follow(run)

    assert [(step.name, step.status) for step in ended.sub_instances] == [
        ("Figures", "Success"),
        ("Figures_1", "Success"),
        ("Standardize_1", "Success"),
        ("DropFigures_1", "Success"),
    ]


def test_a_look_at_an_xflow_costs_little_more_than_another(world):
    run = world.submit(world.ask(f"xflow set sandbox.duration=600; {SPLIT}"))
    world.look(run)
    world.maxcompute.clear_requests()

    seen = world.look(run)

    assert [step.name for step in seen.sub_instances] == ["Split_1"]
    assert len(world.maxcompute.requests()) <= 3


def test_the_end_of_an_xflow_asks_for_no_task_that_it_does_not_have(world):
    run = world.submit(world.ask(f"xflow {STANDARDIZE}"))
    ended = world.follow(run)

    assert ended.cost is None
    assert [r for r in world.maxcompute.requests() if "AnonymousSQLTask" in str(r)] == []
