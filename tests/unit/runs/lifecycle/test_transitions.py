"""The table of a run's states, and that nothing goes past it."""

import ast
import re
from pathlib import Path

import pytest

from odps_bot.runs import FINAL_STATES, RunState, lifecycle
from odps_bot.runs.lifecycle import (
    TRANSITIONS,
    ForbiddenTransitionError,
    check_transition,
)

ROOT = Path(__file__).parents[4]

#: Modules outside of the lifecycle.
SOURCES = [
    path
    for folder in ("odps_bot", "workers")
    for path in ROOT.joinpath(folder).rglob("*.py")
    if not {"sandbox", "lifecycle"} & set(path.relative_to(ROOT).parts)
]

#: An event in the table: functions, and perhaps when in brackets.
EVENT = re.compile(r"[a-z_]+(?:, [a-z_]+)*(?: \([^()]+\))?")


def changes_of_state(source: str) -> list[int]:
    """Return the lines on which a run gets a state: as an argument, or as an attribute."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            # A message may name a state in words.
            if name in {"Run", "replace", "note", "prepare", "change_queued", "partial"}:
                lines += [node.lineno for word in node.keywords if word.arg == "state"]
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            lines += [
                node.lineno
                for target in targets
                if isinstance(target, ast.Attribute) and target.attr == "state"
            ]
    return lines


def test_nothing_but_the_lifecycle_changes_the_state_of_a_run() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if (lines := changes_of_state(path.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "Run(name='', state=RunState.QUEUED)",
        "msgspec.structs.replace(run, state=state)",
        "replace(run, state=RunState.FAILED)",
        "services.stores.runs.note(run_id, state=state)",
        "run.state = RunState.FAILED",
    ],
)
def test_a_change_of_state_is_found(source: str) -> None:
    assert changes_of_state(source) == [1]


def test_every_state_can_be_reached_and_nothing_follows_a_final_one() -> None:
    reached = {after for following in TRANSITIONS.values() for after in following}

    assert reached == set(RunState)
    assert set(TRANSITIONS) - {None} == set(RunState) - FINAL_STATES


def test_each_event_of_the_table_is_a_function_of_the_lifecycle() -> None:
    for following in TRANSITIONS.values():
        for event in following.values():
            assert EVENT.fullmatch(event), event
            for name in event.partition(" (")[0].split(", "):
                assert callable(getattr(lifecycle, name)), name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RunState.SUCCEEDED, RunState.QUEUED),
        (RunState.EXPIRED, RunState.RUNNING),
        (RunState.QUEUED, RunState.RUNNING),
        (RunState.RUNNING, RunState.QUEUED),
        *((state, RunState.QUEUED) for state in sorted(FINAL_STATES)),
    ],
)
def test_what_is_not_in_the_table_is_refused(before: RunState, after: RunState) -> None:
    with pytest.raises(ForbiddenTransitionError, match=f"{before} cannot become {after}"):
        check_transition(before, after)


@pytest.mark.parametrize("state", RunState)
def test_a_run_may_change_without_its_state(state: RunState) -> None:
    check_transition(state, state)
