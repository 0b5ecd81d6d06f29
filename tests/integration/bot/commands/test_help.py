"""`/odps help`: made from the table of commands."""

from typing import Any

import pytest

from odps_bot.commands import COMMANDS
from odps_bot.errors import CommandError
from odps_bot.messages import text as t


def test_help_shows_every_command_and_the_projects(alice: Any) -> None:
    shown = alice.reads("help")

    for command in COMMANDS.values():
        assert command.usage in shown
        assert command.summary in shown
    assert "`sandbox`, `analytics`" in shown


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

    shown = "".join(block["text"]["text"] for block in answer.blocks)
    for title in ("*Run*", "*Follow*", "*Control*"):
        assert shown.count(title) == 1
    for command in COMMANDS.values():
        assert shown.count(f"`{command.usage}`  ") == 1


def test_help_says_the_same_with_and_without_blocks(alice: Any) -> None:
    answer = alice.types("help")

    assert answer.text == "\n".join(block["text"]["text"] for block in answer.blocks)
