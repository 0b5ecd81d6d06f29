"""Malformed blocks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sandbox.slack.block_kit import check_blocks, fill_in_ids
from odps_bot.sandbox.slack.block_kit.blocks import BLOCKS

from .blocks import Block


@pytest.mark.parametrize("blocks", [{}, "[]", None, [None], [[]], ["x"], [{"type": []}]])
def test_malformed_blocks_are_refused(blocks: Any) -> None:
    assert check_blocks(blocks, surface="message")


FIELDS = ["text", "elements", "rows", "tasks", "title", "chart", "caption", "element", "label"]


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
    names = st.sampled_from(["type", "value", "status", *FIELDS])
    kinds = st.sampled_from(sorted(BLOCKS))
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(names, inner, max_size=4)
            | st.builds(lambda kind, rest: {**rest, "type": kind}, kinds, st.just({}))
        ),
        max_leaves=12,
    )


@given(
    st.lists(
        st.builds(
            lambda kind, rest: {**rest, "type": kind},
            st.sampled_from(sorted(BLOCKS)),
            st.dictionaries(st.sampled_from(FIELDS), json_values(), max_size=4),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_any_json_is_accepted_or_refused(blocks: list[Block]) -> None:
    problems = check_blocks(blocks, surface="message")

    assert problems or fill_in_ids(blocks)
