"""PAI commands, as odpscmd reads them."""

import pytest

from odps_bot.maxcompute import InvalidArgumentError, XFlowSource
from odps_bot.maxcompute.pai_command import PaiCommand, pai_command_of, parse_pai_command

APPEND_ID = PaiCommand(
    xflow="AppendID",
    xflow_project="algo_public",
    parameters={"inputTableName": "iris", "outputTableName": "with_id"},
    hints={},
)


@pytest.mark.parametrize(
    "text",
    [
        "PAI -name AppendID -project algo_public -DinputTableName=iris -DoutputTableName=with_id",
        "pai -name AppendID -DinputTableName=iris -DoutputTableName=with_id;",
        (
            "PAI -DinputTableName=iris\n    -project algo_public\n    -DoutputTableName=with_id\n"
            "    -name AppendID;"
        ),
        (
            "-- number the rows\nPAI -name 'AppendID' -D inputTableName=iris"
            ' -DoutputTableName="with_id";'
        ),
    ],
)
def test_a_pai_command_is_read_however_it_is_written(text):
    assert parse_pai_command(text) == APPEND_ID


@pytest.mark.parametrize(
    "text", ["", "select 1", "paint", "select pai -name x", "-- PAI -name x", "'PAI' -name x"]
)
def test_what_does_not_begin_as_one_is_none(text):
    assert parse_pai_command(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "PAI",
        "PAI -project algo_public",
        "PAI -name",
        "PAI -name a;b",
        "PAI -name 'a b'",
        "PAI -name x -Dno_value",
        "PAI -name x -D",
        "PAI -name x stray",
        "PAI -name x -cost 1",
        "PAI -name x -Dk='open",
        "PAI -name x; drop table t",
    ],
)
def test_what_begins_as_one_and_is_none_is_refused(text):
    with pytest.raises(InvalidArgumentError):
        parse_pai_command(text)


def test_settings_before_it_are_hints():
    command = parse_pai_command("set a.b=true; PAI -name X -Dk=v")

    assert command is not None
    assert command.hints == {"a.b": "true"}


def test_quotes_keep_blanks_and_semicolons_in_a_value():
    command = parse_pai_command("""PAI -name X -Dcols="a;b c" -Dq='it''s' -De=a"b c"d""")

    assert command is not None
    assert command.parameters == {"cols": "a;b c", "q": "its", "e": "ab cd"}


def test_a_command_made_from_a_source_reads_as_the_same():
    parameters = {"a": "1", "b": 'say "x"; y', "c": ""}
    source = XFlowSource(
        xflow="Split",
        xflow_project="algo_public",
        parameters=parameters,
        properties={},
        priority=None,
    )

    command = parse_pai_command(pai_command_of(source))

    assert command is not None
    assert (command.xflow, command.xflow_project) == ("Split", "algo_public")
    assert command.parameters == parameters
