"""`failures.toml` is read strictly, and each of its failures is recognized and well explained."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from odps_bot.messages.failures import Rerun, explain
from odps_bot.messages.failures.catalogue import load_catalogue, parse_catalogue
from odps_bot.messages.failures.rerun import RERUN_IN_WORDS

#: What MaxCompute says, by the names of the failures.
MESSAGES = tomllib.loads(Path(__file__).with_name("known_messages.toml").read_text("utf-8"))

CATALOGUE = load_catalogue()
ALL_FAILURES = {
    *CATALOGUE.by_words,
    *CATALOGUE.by_code.values(),
    *CATALOGUE.by_class.values(),
    CATALOGUE.unknown,
}
FAILURES = {failure.name: failure for failure in sorted(ALL_FAILURES, key=lambda f: f.name)}


@pytest.mark.parametrize(
    ("said", "name"), [(said, name) for name in MESSAGES for said in MESSAGES[name]]
)
def test_a_message_is_known_for_what_it_is(said: str, name: str) -> None:
    assert explain(said, sql="select 1").title == FAILURES[name].title


def test_every_failure_of_the_catalogue_has_a_message_here() -> None:
    assert set(FAILURES) == set(MESSAGES)


@pytest.mark.parametrize("field", ["name", "title"])
def test_no_two_failures_are_called_the_same(field: str) -> None:
    called = Counter(getattr(failure, field) for failure in ALL_FAILURES)

    assert [value for value, count in called.items() if count > 1] == []


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_explained_in_sound_sentences(name: str) -> None:
    failure = FAILURES[name]
    sentences = (failure.cause, failure.remedy)

    assert all(s.endswith(".") and s.count("`") % 2 == 0 for s in sentences)
    assert not set("".join((failure.title, *sentences))) & set("<>&")
    assert not set(re.sub("`[^`]*`", "", "".join(sentences))) & set("*~_")
    assert not failure.title.endswith(".")
    said = (failure.title, *sentences, RERUN_IN_WORDS[failure.rerun])
    assert len(" ".join(said).split()) <= 60


ENTRY = 'title = "T"\ncause = "C."\nremedy = "R."\nsource = "s"\n'


def catalogue_of(
    words: str = "pattern = 'a'", code: str = "codes = ['0130131']", top: str = ""
) -> str:
    """Return a catalogue with an entry of each kind and these lines."""
    return (
        f"{top}\nshared_codes = []\n"
        f"[by_words.some-words]\n{ENTRY}{words}\n"
        f"[by_code.some-code]\n{ENTRY}{code}\n"
        f"[by_class.some-class]\n{ENTRY}prefixes = ['013']\n"
        f"[unknown]\n{ENTRY}"
    )


def test_a_catalogue_is_read() -> None:
    catalogue = parse_catalogue(catalogue_of())

    assert [failure.name for failure in catalogue.by_words] == ["some-words"]
    assert catalogue.by_code["0130131"].name == "some-code"
    assert catalogue.by_class["013"].rerun is Rerun.AFTER_CHANGE


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        ({"words": "codes = []"}, "by_words.some-words: Object missing required field `pattern`"),
        ({"words": "pattern = 1"}, "by_words.some-words: .*regular expression"),
        ({"words": "pattern = '('"}, "by_words.some-words: Not a regular expression"),
        ({"words": "pattern = ''"}, "by_words.some-words: .*regular expression"),
        ({"words": "pattern = 'a'\nrerun = 'no'"}, "by_words.some-words: Invalid enum value 'no'"),
        ({"words": "pattern = 'a'\nhint = 'b'"}, "by_words.some-words: .*unknown field `hint`"),
        ({"code": "codes = []"}, "by_code.some-code: .*length >= 1"),
        ({"code": "codes = ['130131']"}, "by_code.some-code: .*matching regex"),
        ({"code": "codes = ['0130131', '0130131']"}, "some-code: 0130131 also belongs to"),
        ({"top": "by_word = 1"}, "unknown field `by_word`"),
    ],
)
def test_a_wrong_entry_is_named(mistake: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_catalogue(catalogue_of(**mistake))


def test_the_catalogue_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()
