"""Listings, read page by page as items are needed."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Generic, TypeVar

from odps_bot.maxcompute.errors import InvalidArgumentError, MalformedResponseError
from odps_bot.maxcompute.http.transport import Transport
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
    transport: Transport,
    path: tuple[str, ...],
    params: Mapping[str, str],
    *,
    parse: Callable[[bytes], tuple[list[T], str | None]],
    page_size: int = PAGE_SIZE,
    marker: str | None = None,
) -> Iterator[Page[T]]:
    """Yield the pages from `marker` on; `parse` returns the items of one and the next marker."""
    wanted = {**params, "maxitems": str(page_size)}
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
    transport: Transport,
    path: tuple[str, ...],
    params: Mapping[str, str],
    *,
    parse: Callable[[bytes], tuple[list[T], str | None]],
    limit: int | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[T]:
    """Yield up to `limit` items; `parse` returns those of a page and the next page's marker."""
    left: float = math.inf if limit is None else limit
    if left <= 0:
        return
    size = int(min(page_size, left))
    for page in list_pages(transport, path, params, parse=parse, page_size=size):
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
    status: InstanceStatus | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    only_own: bool | None = None,
    job_name: str | None = None,
    quota_index: str | None = None,
) -> dict[str, str]:
    """Return the query parameters of an instance listing.

    Raises InvalidArgumentError for a time without a time zone.
    """
    filters = {
        "status": status.value if status else None,
        "daterange": _date_range(since, until),
        "onlyowner": None if only_own is None else "yes" if only_own else "no",
        "jobname": job_name,
        "quotaIndex": quota_index,
    }
    return {name: value for name, value in filters.items() if value}


def _date_range(since: datetime | None, until: datetime | None) -> str | None:
    """Return `from:to` in epoch seconds; either may be empty."""
    if since is None and until is None:
        return None
    for instant in (since, until):
        if instant is not None and instant.tzinfo is None:
            raise InvalidArgumentError("`since` and `until` need a time zone.")
    first = "" if since is None else str(math.floor(since.timestamp()))
    last = "" if until is None else str(math.ceil(until.timestamp()))
    return f"{first}:{last}"
