"""`/odps help`: made from the table of commands."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odps_bot.commands import COMMANDS
from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.errors import CommandError
from odps_bot.input.command import Group
from odps_bot.messages import text as t
from odps_bot.services import Services


def test_help_shows_every_command_and_the_projects(alice: Any) -> None:
    shown = alice.reads("help")

    for command in COMMANDS.values():
        assert f"`/odps {command.name}`  {command.summary}" in shown
    assert "projects `sandbox`, `analytics`; the first one if you name none" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_help_on_a_command_shows_its_usage_and_examples(alice: Any, name: str) -> None:
    for typed in (f"help {name}", f"help /odps {name}", f"help {name.upper()} "):
        shown = alice.reads(typed)

        assert COMMANDS[name].usage in shown
        for example in COMMANDS[name].examples:
            assert t.code(example) in shown


def test_help_on_what_is_no_command_names_those_that_are(alice: Any) -> None:
    with pytest.raises(CommandError) as caught:
        alice.types("help deploy")

    for name in COMMANDS:
        assert f"`{name}`" in str(caught.value)


def test_help_puts_commands_into_groups_each_once(alice: Any) -> None:
    answer = alice.types("help")

    shown = "".join(block["text"]["text"] for block in answer.blocks[:-1])
    titles = [f"*{t.escape(group)}*" for group in Group]
    assert [shown.count(title) for title in titles] == [1] * len(titles)
    assert [shown.index(title) for title in titles] == sorted(map(shown.index, titles))
    for command in COMMANDS.values():
        assert shown.count(f"`/odps {command.name}`  ") == 1


def test_help_shows_what_is_allowed_here_and_whom_to_ask_for_the_rest(
    person: Callable[..., Any], services: Services
) -> None:
    rules = Rules(
        default_role=Role.WRITER,
        contact="#data-platform",
        channels={"C1": Channel(highest_role=Role.RUNNER)},
    )
    shown = replace(person(), services=replace(services, rules=rules)).reads("help")

    assert "What you can do in <#C1>, as *runner*" in shown
    assert "*Administration*" not in shown
    assert "`/odps lock`" not in shown
    assert "This channel is limited to *runner*. Not here: *change rows*." in shown
    assert "You can't here: *create or drop tables*, *stop other people's jobs*" in shown
    assert "Ask #data-platform for help." in shown


@pytest.mark.parametrize(
    ("typed", "meant"), [("staus", "status"), ("kill", "stop"), ("subscrib", "subscribe")]
)
def test_help_on_a_mistyped_command_names_the_right_one(alice: Any, typed: str, meant: str) -> None:
    with pytest.raises(CommandError, match=f"Did you mean `{meant}`"):
        alice.types(f"help {typed}")
