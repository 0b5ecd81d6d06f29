"""Listings, read page by page as items are needed."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Generic, TypeVar

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Moment
from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.http.rest import Rest
from odps_bot.maxcompute.models.instances import InstanceStatus, InstanceSummary

T = TypeVar("T")

#: The most that the service returns in a page.
PAGE_SIZE = 1000

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a listing: what one request returns."""

    items: list[T]
    marker: str | None  #: where the next page begins; None: this is the last one


def list_pages(
    transport: Rest,
    path: tuple[str, ...],
    params: Mapping[str, str],
    *,
    parse: Callable[[bytes], tuple[list[T], str | None]],
    page_size: int | None = PAGE_SIZE,
    marker: str | None = None,
) -> Iterator[Page[T]]:
    """Yield the pages from `marker` on; `parse` returns the items of one and the next marker.

    Without a page size the service chooses. Raises InvalidArgumentError at once.
    """
    size = arguments.optional_whole_number("page_size", page_size, least=1, most=PAGE_SIZE)
    marker = arguments.optional_text("marker", marker)
    return _pages(transport, path, params, parse=parse, page_size=size, marker=marker)


def _pages(
    transport: Rest,
    path: tuple[str, ...],
    params: Mapping[str, str],
    *,
    parse: Callable[[bytes], tuple[list[T], str | None]],
    page_size: int | None,
    marker: str | None,
) -> Iterator[Page[T]]:
    wanted = dict(params) if page_size is None else {**params, "maxitems": str(page_size)}
    seen = {""}
    while True:
        if marker is not None:
            if marker in seen:
                raise MalformedResponseError("The listing repeats a page marker.")
            seen.add(marker)
            wanted["marker"] = marker
        items, marker = parse(transport.get(path, wanted).body)
        yield Page(items, marker)
        if marker is None:
            return


def list_items(
    transport: Rest,
    path: tuple[str, ...],
    params: Mapping[str, str],
    *,
    parse: Callable[[bytes], tuple[list[T], str | None]],
    limit: int | None = None,
    page_size: int | None = PAGE_SIZE,
) -> Iterator[T]:
    """Yield up to `limit` items; `parse` returns those of a page and the next page's marker.

    Raises InvalidArgumentError at once.
    """
    limit = arguments.optional_whole_number("limit", limit)
    size = arguments.optional_whole_number("page_size", page_size, least=1, most=PAGE_SIZE)
    if limit == 0:
        return iter(())
    size = size if size is None or limit is None else min(size, limit)
    pages = list_pages(transport, path, params, parse=parse, page_size=size)
    return _items(pages, limit=limit)


def _items(pages: Iterator[Page[T]], *, limit: int | None) -> Iterator[T]:
    left: float = math.inf if limit is None else limit
    for page in pages:
        yield from page.items[: int(left) if left < len(page.items) else None]
        left -= len(page.items)
        if left <= 0:
            return


def newest_first(
    summaries: Iterator[InstanceSummary], *, limit: int | None
) -> Iterator[InstanceSummary]:
    """Yield up to `limit` instances by start time, newest first, after reading all of them."""
    by_start = sorted(summaries, key=lambda found: found.start_time or _LONG_AGO, reverse=True)
    yield from islice(by_start, limit)


def instance_filters(
    *,
    status: InstanceStatus | str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    only_own: bool | None = None,
    job_name: str | None = None,
    quota_index: str | None = None,
) -> dict[str, str]:
    """Return the query parameters of an instance listing.

    Raises InvalidArgumentError for values that can't be meant, and a time without a time zone.
    """
    wanted, is_own = arguments.status(status), arguments.optional_flag("only_own", only_own)
    filters = {
        "status": wanted.value if wanted else None,
        "daterange": _date_range(since, until),
        "onlyowner": None if is_own is None else "yes" if is_own else "no",
        "jobname": arguments.optional_text("job_name", job_name),
        "quotaIndex": arguments.optional_text("quota_index", quota_index),
    }
    return {name: value for name, value in filters.items() if value}


def _date_range(since: Moment | None, until: Moment | None) -> str | None:
    """Return `from:to` in epoch seconds; either may be empty."""
    if since is None and until is None:
        return None
    first = "" if since is None else str(math.floor(arguments.timestamp("since", since)))
    last = "" if until is None else str(math.ceil(arguments.timestamp("until", until)))
    return f"{first}:{last}"
