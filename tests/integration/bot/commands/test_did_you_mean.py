"""A mistyped word is answered with the word that was probably meant; nothing is done."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odps_bot.commands.list import read_choice
from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.errors import CommandError, UsageError
from odps_bot.services import Services

MakePerson = Callable[..., Any]

MISTYPED = [
    ("subscribe analytics failuers", "failuers", "failures"),
    ("subscribe analytics slwo 45m", "slwo", "slow"),
    ("subscribe failuers", "failuers", "failures"),
    ("subscribe analytcs failures", "analytcs", "analytics"),
    ("unsubscribe analytcs", "analytcs", "analytics"),
    ("list runing", "runing", "running"),
    ("list mine faild", "faild", "failed"),
    ("list failuers", "failuers", "failures"),
    ("list todya", "todya", "today"),
    ("list porject analytics", "porject", "project"),
    ("list project analytcs", "analytcs", "analytics"),
    ("usage weak", "weak", "week"),
    ("usage chanel", "chanel", "channel"),
    ("usage channel todya", "todya", "today"),
    ("usage project analytcs", "analytcs", "analytics"),
    ("board mvoe", "mvoe", "move"),
    ("board project analytcs", "analytcs", "analytics"),
    ("stop mien", "mien", "mine"),
    ("stop mine runing", "runing", "running"),
    ("stop project analytcs", "analytcs", "analytics"),
    ("lock analytcs month's end", "analytcs", "analytics"),
    ("unlock Analytics", "Analytics", "analytics"),
    ("run --project analytcs select 1", "analytcs", "analytics"),
    ("run --projcet analytics select 1", "--projcet", "--project"),
    ("run --prioirty 3 select 1", "--prioirty", "--priority"),
    ("cost --projcet analytics select 1", "--projcet", "--project"),
    ("cost --project analytcs select 1", "analytcs", "analytics"),
    ("status --projcet analytics r1", "--projcet", "--project"),
    ("watch --porject analytics 20261122120001123gabcde", "--porject", "--project"),
    ("watch --project analytcs 20261122120001123gabcde", "analytcs", "analytics"),
    ("logview --projct analytics r1", "--projct", "--project"),
    ("why --projct analytics r1", "--projct", "--project"),
    ("xflow --projct analytics r1", "--projct", "--project"),
    ("help subscibe", "subscibe", "subscribe"),
    ("run selct 1", "selct", "select"),
    ("cost isnert into t values (1)", "isnert", "insert"),
]


@pytest.mark.parametrize(("typed", "word", "meant"), MISTYPED, ids=[one[0] for one in MISTYPED])
def test_a_mistyped_word_is_answered_with_the_one_that_was_meant(
    alice: Any, bot: Any, typed: str, word: str, meant: str
) -> None:
    alice.types("subscribe analytics")

    with pytest.raises(CommandError) as caught:
        alice.types(typed)

    said = str(caught.value)
    assert f"`{word}`" in said
    assert f"Did you mean `{meant}`?" in said
    assert "\n" not in said
    assert bot.all_runs() == []


@pytest.mark.parametrize("typed", [one[0] for one in MISTYPED if one[0].split()[0] != "help"])
def test_a_project_that_the_channel_hides_is_never_suggested(
    person: MakePerson, services: Services, typed: str
) -> None:
    rules = Rules(default_role=Role.ADMIN, channels={"C1": Channel(projects=("sandbox",))})
    alice = replace(person(), services=replace(services, rules=rules))

    with pytest.raises(CommandError) as caught:
        alice.types(typed)

    assert "Did you mean `analytics`" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "usage"),
    [
        ("usage weak", "/odps usage [me / channel / project P] [today / week]"),
        ("list runing", "/odps list [mine / all / project P] [running / failed / today]"),
    ],
)
def test_the_usage_is_shown_with_it(alice: Any, typed: str, usage: str) -> None:
    with pytest.raises(UsageError, match=r"^I don't know `\w+`\. Did you mean `\w+`\?$") as caught:
        alice.types(typed)

    assert caught.value.usage == usage


@pytest.mark.parametrize("typed", ["usage yesterday", "list nonsense", "subscribe sandbox xyz"])
def test_a_word_that_is_like_none_gets_no_suggestion(alice: Any, typed: str) -> None:
    with pytest.raises(UsageError, match=r"^I don't know") as caught:
        alice.types(typed)

    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "undone"),
    [
        ("subscribe nope", "Nothing was subscribed."),
        ("lock nope why", "Nothing was changed."),
        ("unlock nope", "Nothing was changed."),
        ("board project nope", "Nothing was changed."),
        ("stop project nope", "Nothing was stopped."),
        ("run -p nope select 1", "Nothing was submitted."),
    ],
)
def test_an_unknown_project_says_what_was_not_done(alice: Any, typed: str, undone: str) -> None:
    with pytest.raises(CommandError, match=r"access to project `nope`") as caught:
        alice.types(typed)

    assert str(caught.value).endswith(f" {undone}")


def test_failures_are_listed_by_the_word_that_subscriptions_use() -> None:
    assert read_choice("mine failures") == read_choice("mine failed")


@pytest.mark.parametrize("typed", ["approve", "reject"])
def test_where_waiting_runs_are_found_is_said_without_an_id(alice: Any, typed: str) -> None:
    with pytest.raises(UsageError, match="Those that wait for you are in my Home tab"):
        alice.types(typed)


@pytest.mark.parametrize("typed", ["usage project", "usage today week"])
def test_a_word_that_is_known_is_not_called_unknown(alice: Any, typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        alice.types(typed)

    assert "I don't know" not in str(caught.value)
