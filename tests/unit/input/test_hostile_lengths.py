"""Texts as long as Slack brings them, built to be slow to read, keep nobody else waiting."""

from collections.abc import Callable

import pytest

from odps_bot.alerts.grouping import failure_fingerprint
from odps_bot.input.run_options import parse_run_options
from odps_bot.input.slack_message.reader import read_message
from odps_bot.input.slack_text import command_text, message_text
from odps_bot.input.sql_input import normalize_sql
from odps_bot.messages.failures import explain
from odps_bot.sql.beginnings import first_word, has_statement
from odps_bot.sql.classification import classifier, classify
from odps_bot.sql.fingerprint import job_fingerprint, statement_fingerprint
from odps_bot.sql.query_shape import query_shape
from odps_bot.sql.select_hint import with_select_hint
from odps_bot.sql.statements import SqlText

#: A message of Slack has so many characters at most.
LONGEST = 40_000

Linear = Callable[..., bool]

READERS: tuple[Callable[[str], object], ...] = (
    parse_run_options,
    command_text,
    message_text,
    normalize_sql,
    has_statement,
    first_word,
    lambda text: (SqlText(text).settings, SqlText(text).closed),
    lambda text: SqlText(text).without_settings(),
    # Each time as if it was new.
    lambda text: (classifier._classify.cache_clear(), classify(text)),
    statement_fingerprint,
    job_fingerprint,
    failure_fingerprint,
    query_shape,
    lambda text: with_select_hint(text, "skewjoin(a)"),
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
def test_the_time_to_read_a_text_grows_with_its_length_alone(
    reader: Callable[[str], object], part: str, head: str, is_linear: Linear
) -> None:
    assert is_linear(reader, lambda length: head + part * (length // len(part)), longest=LONGEST)


@pytest.mark.parametrize(
    "part", ["*a ", "_a ", "~a ", "from ", "from a except ", "where ", "then "]
)
@pytest.mark.parametrize("shape", ["{}\n```select 1```", "`select 1`\n{}"])
def test_the_time_for_words_beside_code_grows_with_their_number_alone(
    part: str, shape: str, is_linear: Linear
) -> None:
    def make(length: int) -> str:
        return shape.format(part * (length // len(part)))

    assert is_linear(lambda text: read_message({"text": text}), make, longest=LONGEST)


@pytest.mark.parametrize("part", ["x=1 and ", "join u ", "join.", "left ", "f(x), ", "a.", "(("])
@pytest.mark.parametrize("head", ["select 1 from a join b on ", "select 1 from a join b "])
@pytest.mark.parametrize("reader", [query_shape, job_fingerprint])
def test_the_time_for_a_long_join_grows_with_its_length_alone(
    reader: Callable[[str], object], part: str, head: str, is_linear: Linear
) -> None:
    assert is_linear(reader, lambda length: head + part * (length // len(part)), longest=LONGEST)


def test_the_time_for_a_query_in_brackets_grows_with_its_length_alone(is_linear: Linear) -> None:
    def make(length: int) -> str:
        return f"```insert into t {'select ' * (length // 7)})``` select 1 from t"

    assert is_linear(lambda text: read_message({"text": text}), make, longest=LONGEST)


def test_the_time_for_a_setting_with_many_blanks_grows_with_their_number_alone(
    is_linear: Linear,
) -> None:
    def make(length: int) -> str:
        return f'--hint "a.b=c{" " * length}d" select 1'

    assert parse_run_options(make(LONGEST)).hints["a.b"].split() == ["c", "d"]
    assert is_linear(parse_run_options, make, longest=LONGEST)


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
