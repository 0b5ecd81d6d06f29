"""The texts of `corpus/statements.txt`, with the class each must get."""

import re
from pathlib import Path

import pytest

_WIDTH_OF_LABEL = 9
_CHARACTER = re.compile(r"<U\+([0-9A-F]{4})>")


def pytest_generate_tests(metafunc):
    """Run a test that asks for `label` and `text` with each line of the corpus."""
    if {"label", "text"} <= set(metafunc.fixturenames):
        lines = _corpus()
        ids = [f"{label} {text[:60]!a}" for label, text in lines]
        metafunc.parametrize(("label", "text"), lines, ids=ids)


@pytest.fixture(scope="session")
def corpus() -> list[tuple[str, str]]:
    """Pairs of a class's label and a text."""
    return _corpus()


def _corpus() -> list[tuple[str, str]]:
    # Not splitlines(): some of the characters in question end lines to it.
    lines = (Path(__file__).parent / "corpus" / "statements.txt").read_bytes().decode().split("\n")
    return [
        (line[:_WIDTH_OF_LABEL].strip(), _unescaped(line[_WIDTH_OF_LABEL:]))
        for line in lines
        if line and not line.startswith("#")
    ]


def _unescaped(text: str) -> str:
    return _CHARACTER.sub(lambda found: chr(int(found[1], 16)), text.replace("⏎", "\n"))
