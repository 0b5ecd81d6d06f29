"""The Chinese pages say what the English ones say: same parts, commands, options and pictures."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[3]
TRANSLATED = ("README.md", "docs/using.md")

markdown = MarkdownIt("gfm-like", {"linkify": False})


def chinese(page: str) -> str:
    return page.replace(".md", ".zh-CN.md")


def parts(page: str) -> list[list[Token]]:
    """Return the page by its headings; each part begins with one, but for what is before them."""
    found: list[list[Token]] = [[]]
    for token in markdown.parse(ROOT.joinpath(page).read_text()):
        if token.type == "heading_open":
            found.append([])
        found[-1].append(token)
    return found


def levels(page: str) -> list[str]:
    return [part[0].tag for part in parts(page)[1:]]


def title(part: list[Token]) -> str:
    return part[1].content if len(part) > 1 else ""


def inside(part: list[Token], kind: str) -> list[Token]:
    """Return what of this kind stands in the sentences and cells of a part."""
    return [child for token in part for child in token.children or () if child.type == kind]


def code(part: list[Token]) -> Counter[str]:
    """Return what is typed or meant literally: commands, options, names."""
    return Counter(token.content for token in inside(part, "code_inline"))


def blocks(part: list[Token]) -> list[tuple[str, str]]:
    return [(token.info, token.content) for token in part if token.type == "fence"]


def pictures(part: list[Token]) -> list[object]:
    return [token.attrs["src"] for token in inside(part, "image")]


def links(part: list[Token]) -> Counter[str]:
    """Return what a part links to: an English page stands for its translation, too."""
    targets = [str(token.attrs["href"]) for token in inside(part, "link_open")]
    # Anchors are made of headings, which are translated.
    return Counter(re.sub("#.*", "#", target).replace(".zh-CN", "") for target in targets)


def shape(part: list[Token]) -> Counter[str]:
    kinds = {"tr_open", "th_open", "td_open", "list_item_open", "table_open"}
    return Counter(token.type for token in part if token.type in kinds)


@pytest.mark.parametrize("page", TRANSLATED)
class TestTheTranslation:
    def test_has_the_same_headings_in_the_same_order(self, page: str) -> None:
        assert levels(chinese(page)) == levels(page)

    @pytest.mark.parametrize("told", [code, blocks, pictures, links, shape])
    def test_has_the_same_in_each_part(
        self, page: str, told: Callable[[list[Token]], object]
    ) -> None:
        for english, translated in zip(parts(page), parts(chinese(page)), strict=True):
            assert told(translated) == told(english), title(english)

    def test_is_in_chinese(self, page: str) -> None:
        for part in parts(chinese(page))[1:]:
            text = "".join(token.content for token in part if token.type == "inline")
            letters = re.findall(r"[\u4e00-\u9fff]", text)
            assert letters or title(part) == "odps-bot", title(part)

    def test_and_the_original_lead_to_each_other(self, page: str) -> None:
        for here, there in ((page, chinese(page)), (chinese(page), page)):
            top = [token for part in parts(here)[:2] for token in inside(part, "link_open")]
            assert Path(there).name in [token.attrs["href"] for token in top]


def test_the_words_of_the_bot_are_quoted_as_it_says_them() -> None:
    def quoted(page: str) -> list[str]:
        [part] = [part for part in parts(page) if shape(part)["tr_open"] > 31]
        cells = [place for place, token in enumerate(part) if token.type == "td_open"]
        return [part[place + 1].content for place in cells[::2]]

    assert quoted("docs/using.zh-CN.md") == quoted("docs/using.md")
