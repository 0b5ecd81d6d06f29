"""The button beside a run in a list: the next step that its state calls for."""

from collections.abc import Callable

import pytest

from odps_bot.messages.replies.row_actions import (
    instance_row_action,
    read_menu_value,
    run_row_action,
)
from odps_bot.runs import Outcome, ReasonCode, Run, RunState, Table

INSTANCE_ID = "20261122120001123gabcde"
TABLE = Table(columns=("n",), rows=(("1",),), column_count=1, row_count=1)


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"state": RunState.RUNNING}, "Stop"),
        ({"state": RunState.QUEUED, "instance_id": None}, "Stop"),
        ({"state": RunState.STOPPING, "stop_requested_at": "now"}, "Logview"),
        ({"state": RunState.SUCCEEDED, "table": TABLE}, "Result"),
        ({"state": RunState.SUCCEEDED}, "Logview"),
        ({"state": RunState.CANCELLED}, "Logview"),
        ({"state": RunState.REFUSED, "instance_id": None}, "Re-run"),
        ({"state": RunState.REJECTED, "instance_id": None}, None),
    ],
)
def test_it_is_the_next_step(
    make_run: Callable[..., Run], noon: object, facts: dict[str, object], label: str | None
) -> None:
    if "stop_requested_at" in facts:
        facts = {**facts, "stop_requested_at": noon}
    run = make_run(**{"name": "r42", "instance_id": INSTANCE_ID, **facts})
    button = run_row_action(run, may_stop=True, may_repeat=True)

    assert (button["text"]["text"] if button else None) == label
    if button:
        assert button["accessibility_label"] == f"{label}: run r42"


def test_what_somebody_may_not_do_is_not_offered(make_run: Callable[..., Run]) -> None:
    why = Outcome(reason=ReasonCode.TASK_FAILED, detail="FAILED: ODPS-0130131:Table not found")
    running = make_run(instance_id=INSTANCE_ID, state=RunState.RUNNING)
    failed = make_run(instance_id=INSTANCE_ID, state=RunState.FAILED, outcome=why)

    for run in (running, failed):
        button = run_row_action(run)
        assert button is not None
        assert button["text"]["text"] == "Logview"
    button = run_row_action(failed, may_repeat=True)
    assert button is not None
    assert button["text"]["text"] == "Edit & run"


def test_the_menu_of_an_instance_names_project_and_instance() -> None:
    menu = instance_row_action("sandbox", INSTANCE_ID)

    assert menu is not None
    values = [read_menu_value(option["value"]) for option in menu["options"]]
    assert values == [
        ("watch", f"sandbox {INSTANCE_ID}"),
        ("why", f"sandbox {INSTANCE_ID}"),
        ("logview", f"sandbox {INSTANCE_ID}"),
    ]
    assert instance_row_action("p" * 150, INSTANCE_ID) is None
