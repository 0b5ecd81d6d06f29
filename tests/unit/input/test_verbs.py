"""The verb is found, or the nearest is hinted at; what is hinted at is never done."""

import pytest

from odps_bot.input.verbs import ALIASES, bare, split_verb, unknown_verb

KNOWN = [
    *("run", "cost", "status", "list", "board", "stop", "logview", "watch", "result", "rerun"),
    *("edit", "xflow", "why", "history", "approve", "reject", "approvals", "usage", "lock"),
    "unlock",
    *("subscribe", "unsubscribe", "subscriptions", "help"),
]


@pytest.mark.parametrize(
    "typed",
    [
        "run select 1",
        "/odps run select 1",
        "/odps /odps run select 1",
        "odps run select 1",
        "@odps: run select 1",
        "`/odps` run select 1",
        "\u00a0/ODPS\nrun\u00a0select 1",
    ],
)
def test_the_bots_own_name_in_front_is_passed_over(typed: str) -> None:
    assert split_verb(typed) == ("run", "select 1")


@pytest.mark.parametrize("verb", ["help", "HELP", "*help*", "`help`", "help!", "help?", "_Help_."])
def test_a_verb_is_found_however_it_is_decorated(verb: str) -> None:
    assert bare(verb) == "help"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kill", "stop"),
        ("cancel", "stop"),
        ("ps", "list"),
        ("ls", "list"),
        ("log", "logview"),
        ("estimate", "cost"),
        ("lits", "list"),
        ("resutl", "result"),
        ("subscibe", "subscribe"),
        ("subscription", "subscriptions"),
        ("unsubscibe", "unsubscribe"),
        ("rerunn", "rerun"),
        ("xfow", "xflow"),
        ("slow", "why"),
        ("diagnose", "why"),
        ("cots", "cost"),
    ],
)
def test_what_was_probably_meant_is_hinted_at(typed: str, meant: str) -> None:
    error = unknown_verb(typed, KNOWN, usage="/odps help")

    assert error.nearest == meant
    assert f"Did you mean `/odps {meant}`?" in str(error)


def test_aliases_lead_to_commands() -> None:
    assert set(ALIASES.values()) <= set(KNOWN)
    assert not set(ALIASES) & set(KNOWN)


def test_an_alias_of_a_command_that_does_not_exist_is_not_hinted_at() -> None:
    assert unknown_verb("kill", ["run", "help"], usage="/odps help").nearest is None


@pytest.mark.parametrize("word", ["SELECT", "with", "sleect", "Slect", "insrt", "updat"])
def test_sql_without_a_verb_is_told_where_it_stands(word: str) -> None:
    error = unknown_verb(word, KNOWN, usage="/odps help")

    assert "To run SQL, type `/odps run" in str(error)
    assert not error.is_small_talk


def test_a_run_in_place_of_a_verb_is_answered_with_how_to_see_it() -> None:
    error = unknown_verb("R42", KNOWN, usage="/odps help")

    assert "To see a run, type `/odps status r42`." in str(error)
    assert not error.is_small_talk


@pytest.mark.parametrize("word", ["great", "grate", "thanks", "hello", "later", "see"])
def test_small_talk_is_no_misspelled_sql(word: str) -> None:
    assert "SQL" not in str(unknown_verb(word, KNOWN, usage="/odps help"))
