"""The text of a mention is found without the mentions of the bot, however many there are."""

import time

import pytest

from odps_bot.listeners.events.mentions import _text_of

US = "<@UBOT>"
BLANKS = " " * 400


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
    assert _text_of({"text": text}, "UBOT") == said


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

    _text_of({"text": text}, "UBOT")

    assert time.process_time() - started < 0.5
