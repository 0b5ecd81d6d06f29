"""The client's chapter shows every public method, its reference every public name."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from odps_bot import maxcompute

PUBLIC = sorted(
    name
    for name, value in vars(maxcompute).items()
    if not name.startswith("_") and not inspect.ismodule(value)
)

DOCS = Path(__file__).parents[3] / "docs"
CHAPTER = DOCS.joinpath("maxcompute-client.md").read_text("utf-8")
REFERENCE = DOCS.joinpath("maxcompute-api.md").read_text("utf-8")


def code(page: str) -> str:
    """Return what the page shows as code, be it in a block or in a sentence."""
    block = r"^```\w*\n(.*?)^```$"
    blocks = re.findall(block, page, re.MULTILINE | re.DOTALL)
    text = re.sub(block, "", page, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def methods() -> Iterator[tuple[str, str]]:
    """Yield class and name of every public method and property that the package offers."""
    for class_name in PUBLIC:
        offered = getattr(maxcompute, class_name)
        if inspect.isclass(offered):
            for name, value in vars(offered).items():
                is_method = isinstance(value, property | classmethod | staticmethod)
                if not name.startswith("_") and (is_method or inspect.isfunction(value)):
                    yield class_name, name


@pytest.mark.parametrize(("class_name", "method"), list(methods()))
def test_a_public_method_is_in_the_chapter(class_name: str, method: str) -> None:
    assert re.search(rf"(?<![\w=]){method}\b", code(CHAPTER)), f"{class_name}.{method}"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: {name}$", REFERENCE, re.MULTILINE)


def test_the_reference_names_nothing_that_is_not_public() -> None:
    named = re.findall(r"^\.\. auto\w+:: (\w+)$", REFERENCE, re.MULTILINE)

    assert sorted(named) == PUBLIC
