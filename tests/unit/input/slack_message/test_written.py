"""The text of a mention is found without the mentions of the bot, however many there are."""

import time

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
    "text",
    [
        f"x{f' {US}' * 5_000} y",
        f"x{US * 5_000} y",
        f"x{' ' * 40_000}y",
        f"x {(US + BLANKS) * 90} y",
        f"{US} x{f' {US}' * 5_000}",
    ],
    ids=["mentions", "close mentions", "blanks", "mentions and blanks", "at the end"],
)
def test_the_longest_message_of_mentions_and_blanks_is_no_work(text: str) -> None:
    started = time.process_time()

    text_of(text)

    assert time.process_time() - started < 0.5


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
