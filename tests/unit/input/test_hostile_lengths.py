"""The longest texts that Slack brings, built to be slow to read, keep nobody else waiting."""

import time
from collections.abc import Callable

import pytest

from odps_bot.alerts.grouping import failure_fingerprint
from odps_bot.input.run_options import parse_run_options
from odps_bot.input.slack_message.reader import read_message
from odps_bot.input.slack_text import command_text, message_text
from odps_bot.input.sql_input import normalize_sql
from odps_bot.messages.failures import explain
from odps_bot.sql.beginnings import first_word, has_statement
from odps_bot.sql.classification import classify
from odps_bot.sql.fingerprint import statement_fingerprint
from odps_bot.sql.statements import SqlText

#: A message of Slack has so many characters at most.
LONGEST = 40_000

READERS: tuple[Callable[[str], object], ...] = (
    parse_run_options,
    command_text,
    message_text,
    normalize_sql,
    has_statement,
    first_word,
    lambda text: (SqlText(text).settings, SqlText(text).closed),
    lambda text: SqlText(text).without_settings(),
    classify,
    statement_fingerprint,
    failure_fingerprint,
    lambda text: read_message({"text": text}),
    lambda text: explain("ODPS-0010000:System internal error", sql=text),
)

PARTS = (
    "'\\",
    "\\'",
    '"\\',
    '\\"',
    "`",
    "/*",
    "/*+",
    "--",
    "<http://a|",
    "R'(",
    "set a=",
    "‘",
    " ",
)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("head", ["", "select 1 from ", "set a.b="])
def test_no_text_takes_long_to_read(reader: Callable[[str], object], part: str, head: str) -> None:
    text = head + part * (LONGEST // len(part))
    started = time.process_time()

    reader(text)

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "part", ["*a ", "_a ", "~a ", "from ", "from a except ", "where ", "then "]
)
@pytest.mark.parametrize("shape", ["{}\n```select 1```", "`select 1`\n{}"])
def test_no_words_beside_code_take_long_to_read(part: str, shape: str) -> None:
    text = shape.format(part * (LONGEST // len(part)))
    started = time.process_time()

    read_message({"text": text})

    assert time.process_time() - started < 1


def test_no_query_in_brackets_takes_long_to_read() -> None:
    text = f"```insert into t {'select ' * (LONGEST // 7)})``` select 1 from t"
    started = time.process_time()

    read_message({"text": text})

    assert time.process_time() - started < 1


def test_a_setting_with_many_blanks_is_read_at_once() -> None:
    started = time.process_time()

    order = parse_run_options(f'--hint "a.b=c{" " * LONGEST}d" select 1')

    assert time.process_time() - started < 0.5
    assert order.hints["a.b"].split() == ["c", "d"]


def test_lists_in_lists_without_end_are_a_gap() -> None:
    element: dict[str, object] = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": "select 1"}],
    }
    for _ in range(5_000):
        element = {"type": "rich_text_list", "elements": [element]}
    reading = read_message({"text": "x", "blocks": [{"type": "rich_text", "elements": [element]}]})

    assert "select 1" not in reading.sql
    assert reading.has_gaps
