"""What is promised of every command, held over the table of commands."""

import re
from pathlib import Path

import pytest

from odps_bot.commands import COMMANDS, START, Command, find_command
from odps_bot.errors import UsageError
from odps_bot.input.command import Group

USING = (Path(__file__).parents[3] / "docs/using.md").read_text()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
class TestEveryCommand:
    def test_has_a_usage_that_begins_with_itself(self, command: Command) -> None:
        assert re.match(rf"/odps {command.name}( |$)", command.usage)

    def test_has_a_usage_in_the_one_notation(self, command: Command) -> None:
        assert "|" not in command.usage
        for choices in re.findall(r"\[[^]]*\]", command.usage):
            assert " or " not in choices
            assert choices.count("/") == choices.count(" / ")
        outside = re.sub(r"\[[^]]*\]", "", command.usage.removeprefix("/odps"))
        assert " or " not in outside
        assert "/" not in outside

    def test_is_in_a_group_of_help(self, command: Command) -> None:
        assert command.group in Group
        assert (command.group is Group.HELP) == (command.name == "help")

    def test_has_examples_that_lead_to_it(self, command: Command) -> None:
        assert command.examples
        for example in command.examples:
            found, _ = find_command(example.removeprefix("/odps "))
            assert found is command

    def test_has_a_summary_of_one_line(self, command: Command) -> None:
        assert command.summary[0].isupper()
        assert "\n" not in command.summary
        assert not command.summary.endswith(".")

    def test_is_listed_for_people_with_its_usage(self, command: Command) -> None:
        assert f"\n- `{command.usage}`:\n  {command.summary}\n" in USING

    @pytest.mark.parametrize("decoration", ["{}", "  {} ", "{}\n", "`{}`", "*{}*", "_{}_"])
    def test_is_found_however_it_is_typed(self, command: Command, decoration: str) -> None:
        for spelling in (command.name, command.name.upper(), command.name.title()):
            found, rest = find_command(decoration.format(spelling))
            assert found is command
            assert rest == ""


def test_commands_are_listed_by_their_own_names() -> None:
    assert [command.name for command in COMMANDS.values()] == list(COMMANDS)


def test_nothing_typed_is_a_question_how_to_begin() -> None:
    for typed in ("", "   ", "\n", "/odps", "@odps"):
        assert find_command(typed) == (START, "")
    assert START.name not in COMMANDS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("stat", "status"),
        ("statsu r42", "status"),
        ("rnu select 1", "run"),
        ("stpo", "stop"),
        ("log", "logview"),
        ("logveiw r1", "logview"),
        ("hlep", "help"),
        ("RUNN select 1", "run"),
    ],
)
def test_an_unknown_verb_gets_the_nearest_suggestion(typed: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"Did you mean `/odps {meant}`\?") as caught:
        find_command(typed)

    assert "Nothing was submitted." in str(caught.value)


@pytest.mark.parametrize("typed", ["select 1", "<!channel>", "drop table t", "r42", "帮助"])
def test_a_verb_that_is_near_to_none_gets_the_way_to_help(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_command(typed)

    assert "Did you mean" not in str(caught.value)
    assert "Nothing was submitted." in str(caught.value)
    assert caught.value.usage == "/odps help [COMMAND]"


def test_a_verb_that_is_none_is_quoted_harmlessly() -> None:
    with pytest.raises(UsageError) as caught:
        find_command("<!channel>`" + "x" * 1_000)

    assert "<!channel>" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_what_follows_the_verb_is_decoded_once_and_otherwise_untouched() -> None:
    _, rest = find_command("run select '&amp;lt;' \n where a &lt; ‘b’  ")

    assert rest == "select '&lt;' \n where a < ‘b’  "
