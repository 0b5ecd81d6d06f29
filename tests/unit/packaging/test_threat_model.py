"""Whatever the threat model claims to be tested is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "threat-model.md").read_text()

NAMED = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", TEXT)))


def test_claims_name_their_tests() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_what_a_claim_names_exists(file: str, test: str) -> None:
    texts = [path.read_text() for path in (ROOT / "tests").rglob(file)]

    assert texts
    assert not test or any(re.search(rf"^\s*def {test}\(", text, re.MULTILINE) for text in texts)
