"""What can be clicked keeps its ids, so that a dialog may be confirmed after an update."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parents[1]
GOLDEN = sorted(HERE.glob("golden*/*.yaml"))


def blocks_in(value: Any) -> Iterator[dict[str, Any]]:
    """Iterate over the blocks of whatever a golden file holds."""
    if isinstance(value, list):
        for item in value:
            yield from blocks_in(item)
    elif isinstance(value, dict):
        if value.get("type") in {"actions", "section", "input"}:
            yield value
        for item in value.values():
            yield from blocks_in(item)


def is_clickable(block: dict[str, Any]) -> bool:
    return bool({"accessory", "elements", "element"} & block.keys())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_whatever_can_be_clicked_has_ids_of_its_own(path: Path) -> None:
    blocks = [block for block in blocks_in(yaml.safe_load(path.read_text())) if is_clickable(block)]

    assert all(block.get("block_id") for block in blocks)
    ids = [block["block_id"] for block in blocks]
    assert len(ids) == len(set(ids))
    for block in blocks:
        elements = block.get("elements") or [block.get("accessory") or block["element"]]
        assert all(element.get("action_id") for element in elements)


def clickable_in(path: Path) -> Iterator[tuple[str, str, str]]:
    """Iterate over the buttons: block id, action id without what tells them apart, and value."""
    for block in blocks_in(yaml.safe_load(path.read_text())):
        accessory = [block["accessory"]] if "accessory" in block else []
        for element in block.get("elements", accessory):
            if "value" in element:
                name = element["action_id"].partition(":")[0]
                yield block["block_id"], name, element["value"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_row_of_a_list_keeps_its_id_wherever_it_moves(path: Path) -> None:
    rows = list(clickable_in(path))

    for block_id, name, value in rows:
        others = {block for block, other, _ in rows if other == name} - {block_id}
        if others:  # the id of its row names what the button is for
            assert re.split(r"[-:]", block_id, maxsplit=1)[1] in re.split(r"[ :<@>]", value)


def test_the_card_of_a_run_has_one_row_of_buttons_over_its_whole_life() -> None:
    cards = [path for path in GOLDEN if path.stem.startswith("card-")]
    rows = [
        block["block_id"]
        for path in cards
        for block in blocks_in(yaml.safe_load(path.read_text()))
        if block["type"] == "actions"
    ]

    assert len(rows) > 30
    assert set(rows) == {"buttons"}
