"""What people read is plain English of the field: sentences of messages, errors, help and logs."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
GOLDEN = sorted(Path(__file__).parent.glob("golden*/*.yaml"))

#: Word order, verbs and nouns that English technical writing has other words for.
AWKWARD = (
    r"(?:I|who|you|which|that|channel|account|user|bot|it) (?:may|must) not\b",
    r"\bI may no longer\b",
    r"\buses to\b",
    r"\bnot over\b",
    r"\bgoing on\b",
    r"\bgoes on\b",
    r"\bhears?(?: nothing| of|\b)",
    r"\bis told\b",
    r"\bnot told\b",
    r"\btells\b",
    r"\b(?:takes?|took|taken) (?:it |them |the \w+ )?(?:up|out)\b",
    r"\banew\b",
    r"\btelephone",
    r"\bmend(?:s|ed)?\b",
    r"\bwhoever\b",
    r"\bof before\b",
    r"\bsomebody must\b",
    r"\b(?:the|a|no) rights? (?:to|in|`)",
    r"\bstands? (?:in|above|behind|beside|there)\b",
    r"\bbehind `",
    r"\ba blank\b",
    r"\bmy memory\b",
    r"\bset aside\b",
    r"\bdamaged\b",
    r"\bmeanwhile\b",
    r"\bof a kind\b",
    r"\bsays? why it\b",
    r"\bwhat (?:begins|runs|waits|is said) ",
    r"\bI (?:ask (?:for|until)|keep|follow no|know no)\b",
    r"\bdo(?:es)? not let me\b",
    r"\bcannot be judged\b",
    r"\bprivate answer",
    r"\bout of reach\b",
    r"\bgives? no more\b",
    r"\bshall I\b",
    r"\bis none\b",
    r"(?<!there )\b(?:is|are) no (?!longer\b)\w",
)
_AWKWARD = re.compile("|".join(AWKWARD), re.IGNORECASE)

#: For people a run that was stopped is *Stopped*; MaxCompute's own word is quoted here only.
_CANCELLED = re.compile(r"\bcancell?ed\b", re.IGNORECASE)

MOST_WORDS = 60

#: Golden files whose text may be longer, and why.
LONG = {
    "help": "a list of commands",
    "subscribed-to-": "a list of what will be posted",
    "offer-": "a list of runs with their statements",
    "usage": "a list of runs",
    "active-and-more": "a list of runs",
    "preview": "a list of runs with their statements",
    "digest": "a list of groups of failures",
    "answer-refusal": "quotes MaxCompute's message",
    "card-status-": "quotes MaxCompute's message",
    "card-refused-until-given-up": "quotes MaxCompute's message",
    "completion-failed": "quotes MaxCompute's message",
    "completion-cannot-be-compiled": "quotes MaxCompute's message",
    "cost-cannot-be-compiled": "quotes MaxCompute's message",
    "result-of-a-failure": "quotes MaxCompute's message",
    "rerun-question": "quotes the statement",
    "why-": "a table of phases, and a list of jobs",
}

#: Where sentences for people are written; `failures` has tests of its own.
SOURCES = (
    "messages",
    "commands",
    "interactions",
    "input",
    "listeners",
    "policy",
    "sql",
    "config",
    "operations",
)
FILES = ("__main__.py", "app.py", "authorization.py", "bot.py", "errors.py", "manifest.py")

#: Literals that are not sentences of ours, and why.
ALLOWED = {
    "Cancelled": "MaxCompute's status of a step",
    "cancelled": "MaxCompute's status of an instance, in lower case",
    "is no cluster": "the role of a server",
}


def modules() -> Iterator[Path]:
    """Yield the modules that write for people."""
    for folder in SOURCES:
        yield from sorted((ROOT / "odps_bot" / folder).rglob("*.py"))
    yield ROOT / "odps_bot/messages/sentences.toml"
    yield from (ROOT / "odps_bot" / name for name in FILES)
    yield from sorted((ROOT / "workers").rglob("*.py"))


def sentences_of(module: Path) -> Iterator[tuple[int, str]]:
    """Yield the literals of a module that hold words, with `…` for what is filled in."""
    if module.suffix == ".toml":
        yield from enumerate(strings_in(tomllib.loads(module.read_text())), start=1)
        return
    tree = ast.parse(module.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in docstrings | parts else node.value
        else:
            continue
        if " " in text.strip() and not re.search(r"\(\?[P:<!=]|redis\.call|\[\^", text):
            yield node.lineno, text


def strings_in(value: Any) -> Iterator[str]:
    """Yield the texts of a TOML document, in their order."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else ():
        yield from strings_in(inner)


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts of a message."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def our_words(text: str) -> str:
    """Return a text without what is quoted in it: code, mentions, and dates."""
    return re.sub(r"`[^`]*`|<[^>]*>|&\w+;", " ", text)


@pytest.mark.parametrize("module", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_are_plain_english(module: Path) -> None:
    awkward = [
        (line, found[0], text)
        for line, text in sentences_of(module)
        if text not in ALLOWED and (found := _AWKWARD.search(our_words(text)))
    ]

    assert not awkward


@pytest.mark.parametrize("file", GOLDEN, ids=lambda path: path.stem)
def test_messages_are_plain_english(file: Path) -> None:
    texts = texts_in(yaml.safe_load(file.read_text()))
    awkward = [
        (found[0], text)
        for text in texts
        if (found := _AWKWARD.search(our_words(text)) or _CANCELLED.search(our_words(text)))
    ]

    assert not awkward


@pytest.mark.parametrize("file", GOLDEN, ids=lambda path: path.stem)
def test_a_message_has_at_most_60_words(file: Path) -> None:
    if file.stem.startswith(tuple(LONG)):
        return
    message = yaml.safe_load(file.read_text())
    text = message.get("text", "") if isinstance(message, dict) else ""

    assert len(re.findall(r"[\w'’-]+", our_words(text))) <= MOST_WORDS, text


def test_people_are_told_that_a_run_was_stopped_in_one_word() -> None:
    found = [
        (str(module.relative_to(ROOT)), text)
        for module in modules()
        for _, text in sentences_of(module)
        if _CANCELLED.search(text)
    ]

    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "I may not use the project",
        "three times as long as the same statement uses to",
        "Your runs and this channel's not over",
        "This channel hears of failures",
        "`/odps watch` takes it up",
        "Ask whoever runs this bot.",
        "how to mend it",
        "It begins anew at midnight",
        "My memory (Redis) does not answer",
        "This result is no chart.",
    ],
)
def test_an_awkward_sentence_is_noticed(text: str) -> None:
    assert _AWKWARD.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't have access to project",
        "There is no run",
        "There are no active runs here that you can stop.",
        "This project is no longer available.",
        "part of it may already have run",
    ],
)
def test_a_plain_sentence_is_not(text: str) -> None:
    assert not _AWKWARD.search(text)
