"""Which known word a typed one probably is."""

import pytest

from odps_bot.spelling import close_words, distance

KINDS = ("failures", "slow", "all")
SPANS = ("today", "week", "me", "channel", "project")
FILTERS = ("mine", "all", "running", "failed", "today", "project")


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("failuers", KINDS, ["failures"]),
        ("slwo", KINDS, ["slow"]),
        ("weak", SPANS, ["week"]),
        ("weekly", SPANS, ["week"]),
        ("chanel", SPANS, ["channel"]),
        ("runing", FILTERS, ["running"]),
        ("todya", FILTERS, ["today"]),
        ("FAILD", FILTERS, ["failed"]),
        ("analytcs", ("sandbox", "analytics"), ["analytics"]),
        ("Analytics", ("sandbox", "analytics"), ["analytics"]),
        ("ana", ("sandbox", "analytics"), ["analytics"]),
        ("prod_b", ("prod_a", "prod_c", "prod_d"), ["prod_a", "prod_c"]),
        ("yesterday", SPANS, []),
        ("xy", ("ab", "my"), []),
        ("", FILTERS, []),
        ("x" * 5_000, FILTERS, []),
    ],
)
def test_the_nearest_words_are_found(typed: str, known: tuple[str, ...], meant: list[str]) -> None:
    assert close_words(typed, known) == meant


def test_letters_that_are_swapped_are_one_difference() -> None:
    assert distance("todya", "today") == 1
    assert distance("week", "week") == 0
    assert distance("weak", "week") == 1
