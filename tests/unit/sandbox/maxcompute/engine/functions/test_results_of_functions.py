"""What functions return: the examples of today's pages of the vendor, and their edge cases.

`results.json` has expressions with their row in the result API, by the page of the functions.
"""

import json
from pathlib import Path

import pytest

RESULTS = json.loads((Path(__file__).parent / "results.json").read_text(encoding="utf-8"))
ROWS = {expressions: row for results in RESULTS.values() for expressions, row in results}


@pytest.mark.parametrize("expressions", ROWS)
def test_functions_return_what_their_pages_say(session, expressions):
    assert session.csv(f"select {expressions}") == ROWS[expressions]
