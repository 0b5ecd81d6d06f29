"""Which list of jobs is meant; the buttons that turn its pages carry it. Pure."""

from dataclasses import dataclass
from typing import Literal, get_args

Whose = Literal["here", "mine", "all"]
Which = Literal["running", "failed", "today"]

#: No list has a page number with more digits; a forged one stays short.
PAGE_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class ListChoice:
    """Whose jobs are listed, and which of them."""

    whose: Whose = "here"  #: here: the person's and the channel's
    which: Which = "running"
    project: str | None = None  #: None: the default one for what runs, any for what we remember


def page_value(choice: ListChoice, page: int) -> str:
    """Return what the button of another page carries; pages count from 0."""
    return f"{choice.whose} {choice.which} {page} {choice.project or ''}".rstrip()


def read_page_value(value: str) -> tuple[ListChoice, int] | None:
    """Return the list and the page of such a value, or None for any other."""
    whose, which, page, project = (*value.split(" "), "", "", "", "")[:4]
    is_page = page.isascii() and page.isdecimal() and len(page) <= PAGE_DIGITS
    if value.count(" ") > 3 or not is_page:  # noqa: PLR2004  -- the blanks between four words
        return None
    if whose not in get_args(Whose) or which not in get_args(Which):
        return None
    return ListChoice(whose=whose, which=which, project=project or None), int(page)  # type: ignore[arg-type]  # checked
