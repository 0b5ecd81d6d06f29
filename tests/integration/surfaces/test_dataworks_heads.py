"""The head that DataWorks puts above each node's SQL is a comment, whichever way it comes in."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from odps_bot.replies.inquiries import CostInquiry

ALICE, BOB = "U0ALICE", "U0BOB"
CHANNEL = "C0DATAENG1"

STARS = f"--{'*' * 68}--"
SQL = f"""--odps sql
{STARS}
--author:li.lei
--create time:2026-11-30 09:30:00
{STARS}
select count(*) from t
where ds = '20261130'"""

#: As macOS changes it while it is typed.
WITH_DASHES = SQL.replace("--", "\u2014")
UNDASHED = WITH_DASHES.replace("\n\u2014", "\n--").replace("\u2014odps", "--odps")


def types(desk: Any, text: str) -> None:
    desk.slack.say(ALICE, CHANNEL, f"/odps {text}")


def types_into_the_form(desk: Any, sql: str) -> None:
    types(desk, "run")
    assert desk.submit(sql=sql) is None


def attaches_to_the_form(desk: Any, sql: str) -> None:
    types(desk, "run")
    assert desk.submit(file=[desk.file("node.sql", sql)]) is None


def uses_the_shortcut(desk: Any, sql: str) -> None:
    ts = desk.slack.say(BOB, CHANNEL, f"what about this?\n```{sql}```").ts
    assert desk.slack.message_shortcut(ALICE, "run_message_as_sql", CHANNEL, ts).ok
    assert desk.submit() is None


def mentions(desk: Any, text: str) -> None:
    desk.slack.say(ALICE, CHANNEL, f"@odps run {text}")


def sql_of_run(desk: Any) -> str:
    desk.slack.wait_until(desk.runs)
    return without_stars(desk.newest_run().sql)


def without_stars(sql: str) -> str:
    """Return it with one star for many: some are lost where Slack takes them for bold text."""
    return re.sub(r"\*+", "*", sql)


WAYS: dict[str, Callable[[Any, str], None]] = {
    "slash command": lambda desk, sql: types(desk, f"run {sql}"),
    "slash command with an option": lambda desk, sql: types(desk, f"run --project sandbox\n{sql}"),
    "slash command with a fence": lambda desk, sql: types(desk, f"run ```{sql}```"),
    "mention": mentions,
    "mention with a fence": lambda desk, sql: mentions(desk, f"```{sql}```"),
    "form": types_into_the_form,
    "file": attaches_to_the_form,
    "shortcut": uses_the_shortcut,
}


@pytest.mark.parametrize("send", WAYS.values(), ids=WAYS.keys())
def test_the_head_of_a_node_is_sent_as_the_comment_that_it_is(
    desk: Any, send: Callable[[Any, str], None]
) -> None:
    send(desk, SQL)

    assert sql_of_run(desk) == without_stars(SQL)


@pytest.mark.parametrize("way", ["slash command", "mention", "form"])
def test_a_head_that_was_typed_on_a_mac_is_one_too(desk: Any, way: str) -> None:
    WAYS[way](desk, WITH_DASHES)

    assert sql_of_run(desk) == without_stars(UNDASHED)


@pytest.mark.parametrize("before", ["", "--project sandbox "])
def test_the_cost_of_a_node_is_estimated(desk: Any, before: str) -> None:
    types(desk, f"cost {before}{SQL}")

    [interaction_id] = [
        key.decode().rpartition(":")[2] for key in desk.services.redis.scan_iter("*:inquiry:*")
    ]
    inquiry = desk.services.stores.ephemeral_replies.inquiry(interaction_id)
    assert isinstance(inquiry, CostInquiry)
    assert inquiry.sql == SQL


def test_an_option_on_the_line_of_its_statement_stays_one(desk: Any) -> None:
    types(desk, "run --priority 3 select 1")

    assert desk.wait_for_run("select 1").priority == 3


@pytest.mark.parametrize("text", ["run --prority 3 select 1", "run --prority 3\nselect 1"])
def test_a_mistyped_option_is_reported(desk: Any, text: str) -> None:
    types(desk, text)

    assert desk.runs() == []
