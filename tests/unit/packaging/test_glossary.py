"""docs/glossary.md names places in the code that exist, and each word once."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROWS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| `([^`|]+)` \|$",
    (ROOT / "docs/glossary.md").read_text(),
    re.MULTILINE,
)


@pytest.mark.parametrize("place", sorted({place for _, _, place in ROWS}))
def test_the_glossary_names_places_that_exist(place: str) -> None:
    assert (ROOT / place).exists()


def test_a_word_stands_for_one_thing() -> None:
    words = [word for words, _, _ in ROWS for word in words.split(", ")]

    assert len(words) > 40
    assert len(words) == len(set(words))
