"""What the bot says of commands of odpscmd."""

import pytest

from odps_bot.messages.replies.client_commands import client_command_in_words
from odps_bot.sql.classification import classify


def said(sql):
    """Return what somebody sees who runs a command of odpscmd."""
    [statement] = classify(sql).statements
    return client_command_in_words(statement.client_command)


@pytest.mark.parametrize(
    ("read", "typed"),
    [
        ("read orders", "select * from orders limit 20"),
        ("read orders 10", "select * from orders limit 10"),
        ("read p.orders (id, city) 5", "select id, city from p.orders limit 5"),
        (
            "read orders partition (ds = '20261002', h = '1') 10;",
            "select * from orders where ds = '20261002' and h = '1' limit 10",
        ),
        (
            "read orders (id) partition (ds='20261002')",
            "select id from orders where ds = '20261002' limit 20",
        ),
    ],
)
def test_a_table_is_read_here_with_the_same_columns_partition_and_rows(read, typed):
    assert f"`/odps run {typed}`" in said(read)


def test_help_leads_to_what_can_be_typed_here():
    assert "type `/odps help`" in said("help")
