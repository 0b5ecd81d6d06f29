"""The text of a mention is found without the mentions of the bot, however many there are."""

from collections.abc import Callable

import pytest

from odps_bot.input.slack_message.reader import read_regions
from odps_bot.input.slack_message.written import read_typed, read_written

US = "<@UBOT>"
BLANKS = " " * 400


def text_of(sent: str) -> str:
    return read_written({"text": sent}, own_id="UBOT").without_mentions("UBOT").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{US} status", "status"),
        (f" {US}, {US}: status", "status"),
        (f"status {US}", "status"),
        (f"status {US} {US}\n", "status"),
        (f"{US} stop r1 {US}", "stop r1"),
        (f"{US} lock p ask {US} first", f"lock p ask {US} first"),
        (f"{US}|x", "|x"),
        (f"{US} {US}", ""),
        ("status", "status"),
    ],
)
def test_our_mentions_around_a_command_are_no_part_of_it(text: str, said: str) -> None:
    assert text_of(text) == said


@pytest.mark.parametrize(
    ("head", "piece", "tail"),
    [
        ("x", f" {US}", " y"),
        ("x", US, " y"),
        ("x", " ", "y"),
        ("x ", US + BLANKS, " y"),
        (f"{US} x", f" {US}", ""),
    ],
    ids=["mentions", "close mentions", "blanks", "mentions and blanks", "at the end"],
)
def test_the_time_for_mentions_and_blanks_grows_with_their_number_alone(
    head: str, piece: str, tail: str, is_linear: Callable[..., bool]
) -> None:
    def make(length: int) -> str:
        return head + piece * (length // len(piece)) + tail

    assert is_linear(text_of, make, longest=40_000)


@pytest.mark.parametrize(
    ("text", "rest", "sql"),
    [
        ("run ```select 1``` thanks", "```select 1``` thanks", "select 1"),
        ("run --project `p` `select 1`", "`select 1`", "select 1"),
        ("`run select 1`", "select 1`", "select 1"),
        ("```run\nselect 1```", "select 1```", "select 1"),
        ("run select 'a'", "select 'a'", "select 'a'"),
        ("run", "", ""),
    ],
)
def test_what_stands_behind_the_options_is_the_statement(text: str, rest: str, sql: str) -> None:
    for written in (read_typed(text), read_written({"text": text})):
        assert written.text == text
        assert read_regions(written.behind(rest)).sql == sql
