"""The listings of instances that a client offers, by item and by page."""

from collections.abc import Iterator

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Moment
from odps_bot.maxcompute.http.transport import Transport
from odps_bot.maxcompute.listing import (
    PAGE_SIZE,
    Page,
    instance_filters,
    list_items,
    list_pages,
    newest_first,
)
from odps_bot.maxcompute.models import responses
from odps_bot.maxcompute.models.instance_pages import parse_brief_instances, parse_instances
from odps_bot.maxcompute.models.instances import InstanceStatus, InstanceSummary, QueueingInfo


class InstanceListings:
    """What a client lists of the instances of a project."""

    project: str
    transport: Transport

    def _project(self, given: str | None) -> str:
        return arguments.project(given, default=self.project)

    def list_instances(
        self,
        *,
        project: str | None = None,
        status: InstanceStatus | str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        only_own: bool | None = None,
        job_name: str | None = None,
        quota_index: str | None = None,
        limit: int | None = None,
        page_size: int = PAGE_SIZE,
        is_newest_first: bool = False,
    ) -> Iterator[InstanceSummary]:
        """Yield up to `limit` instances, requesting pages as they are needed.

        `since` and `until` bound the start time: datetimes with a time zone, or seconds since
        1970-01-01 00:00 UTC; they count in whole seconds. A status may be its word in any case. The
        service guarantees no order, so `is_newest_first` reads all pages before yielding.
        """
        limit = arguments.optional_whole_number("limit", limit)
        filters = instance_filters(
            status=status,
            since=since,
            until=until,
            only_own=only_own,
            job_name=job_name,
            quota_index=quota_index,
        )
        listed = list_items(
            self.transport,
            ("projects", self._project(project), "instances"),
            filters,
            parse=parse_instances,
            limit=None if is_newest_first else limit,
            page_size=page_size,
        )
        return newest_first(listed, limit=limit) if is_newest_first else listed

    def list_queueing_infos(
        self,
        *,
        project: str | None = None,
        status: InstanceStatus | str | None = None,
        only_own: bool | None = None,
        quota_index: str | None = None,
        limit: int | None = None,
    ) -> Iterator[QueueingInfo]:
        """Yield the scheduler's state of all instances that have not ended, many per request."""
        filters = instance_filters(status=status, only_own=only_own, quota_index=quota_index)
        path = ("projects", self._project(project), "cachedinstances")
        parse = responses.parse_queueing_infos
        return list_items(self.transport, path, filters, parse=parse, limit=limit)

    def list_instance_pages(
        self,
        *,
        project: str | None = None,
        status: InstanceStatus | str | None = None,
        since: Moment | None = None,
        marker: str | None = None,
        is_brief: bool = False,
    ) -> Iterator[Page[InstanceSummary]]:
        """Yield the pages of such a listing of instances, one request each, from `marker` on.

        A later call goes on with the same filters and the last marker. Brief pages have ids and
        states alone, and cost less.
        """
        filters = instance_filters(status=status, since=since)
        path = ("projects", self._project(project), "instances")
        parse = parse_brief_instances if is_brief else parse_instances
        return list_pages(self.transport, path, filters, parse=parse, marker=marker)

    def list_queueing_info_pages(
        self, *, project: str | None = None, status: InstanceStatus | str | None = None
    ) -> Iterator[Page[QueueingInfo]]:
        """Yield the pages of `list_queueing_infos`, one request each."""
        filters = instance_filters(status=status)
        path = ("projects", self._project(project), "cachedinstances")
        return list_pages(self.transport, path, filters, parse=responses.parse_queueing_infos)
