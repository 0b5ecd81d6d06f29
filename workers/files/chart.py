"""Send a run's result as a chart into its thread: drawn by Slack, or as a picture."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from itertools import islice

from odps_bot.messages import Message
from odps_bot.messages.message import Fallbacks
from odps_bot.messages.replies.result_files import (
    NO_CHART,
    NO_PICTURES,
    NO_ROWS,
    TOO_MANY_POINTS,
    chart_message,
    chart_title,
    file_name,
    picture_comment,
)
from odps_bot.messages.results.cells import value_text
from odps_bot.messages.results.chart_picture import NoPicturesError, draw
from odps_bot.messages.results.charts import (
    MOST_BARS,
    MOST_POINTS,
    ChartPlan,
    chart_in_words,
    chart_of,
    is_native,
)
from odps_bot.messages.results.zones import ShownZone
from odps_bot.runs import Run, Table
from odps_bot.services import Services
from odps_bot.slack.errors import ContentError
from odps_bot.slack.posts import NewFile, Place, PostId
from odps_bot.store.notification_kind import NotificationKind
from workers.files.result_rows import open_rows, zone_of_result
from workers.files.send_result import RESERVE_OF_POSTS, NotSentError, send_result, thread_of


class _PictureError(Exception):
    """The chart is more than Slack draws."""


def send_chart(run_id: str, services: Services) -> timedelta | None:
    """Send the chart once, or tell who asked why not; a chart that was sent already is pointed to.

    Returns when to try again, or None when it is done. Raises SlackError when it
    must wait.
    """
    return send_result(
        NotificationKind.CHART, run_id, services, send=partial(_send, services=services)
    )


def _send(run: Run, services: Services) -> str:
    if run.chart_ts is not None:
        return run.chart_ts
    place = thread_of(run)
    post_id = PostId(kind=NotificationKind.CHART, subject_id=run.run_id, since=run.requested_at)
    # Reading all rows takes long: it is done once, and when the chart may be posted.
    plan = cache(partial(_plan, run, services))
    ts = _post(post_id, run, plan, place, services) or _share(post_id, run, plan, place, services)
    services.stores.runs.note(run.run_id, chart_ts=ts)
    return ts


def _plan(run: Run, services: Services) -> ChartPlan:
    table, zone = _whole_table(run, services)
    plan = chart_of(table)
    if plan is None:
        raise NotSentError(NO_CHART if len(table.rows) <= MOST_BARS else TOO_MANY_POINTS)
    if not plan.is_zoned:
        return plan
    return replace(plan, zone=zone or zone_of_result(run, services))


def _whole_table(run: Run, services: Services) -> tuple[Table, ShownZone | None]:
    """Return the result with all rows: what the record keeps, or what MaxCompute has of it.

    Where the rows were read, with the zone of the times in them.
    """
    kept = run.table
    if kept is None or not kept.rows:
        raise NotSentError(NO_ROWS)
    if kept.is_truncated or kept.row_count > MOST_POINTS:
        raise NotSentError(TOO_MANY_POINTS)
    if kept.row_count == len(kept.rows) or chart_of(kept) is None:
        return kept, None
    found = open_rows(run, services)
    if found is None:
        raise NotSentError(NO_ROWS)
    clock = found.clock
    with closing(found.batches):
        rows = tuple(
            tuple(
                None if value is None else value_text(value, column.type, clock=clock)
                for value, column in zip(row, found.columns, strict=True)
            )
            for row in islice(found.rows(), MOST_POINTS)
        )
    table = Table(
        columns=kept.columns,
        types=kept.types,
        rows=rows,
        column_count=kept.column_count,
        row_count=len(rows),
    )
    return table, found.zone


def _post(
    post_id: PostId, run: Run, plan: Callable[[], ChartPlan], place: Place, services: Services
) -> str | None:
    """Post the chart as Slack draws it; None where Slack cannot, or refuses to."""

    def message() -> Message:
        if not is_native(plan()):
            raise _PictureError
        return chart_message(run, plan())

    try:
        return services.slack.gateway.post_once(
            post_id,
            Fallbacks(message),
            place,
            reserve=RESERVE_OF_POSTS,
            is_text_enough=False,
        ).ts
    except (ContentError, _PictureError):
        return None


def _share(
    post_id: PostId, run: Run, plan: Callable[[], ChartPlan], place: Place, services: Services
) -> str:
    return services.slack.gateway.share_file_once(
        post_id,
        file_name(run, suffix="png"),
        place,
        make=lambda: _draw(run, plan()),
        after_ts=run.completion_ts or run.card_ts,
        # The turn was taken for the chart that Slack does not draw.
        reserve=0,
    )


@contextmanager
def _draw(run: Run, plan: ChartPlan) -> Iterator[NewFile]:
    title = chart_title(run, plan)
    try:
        picture = draw(plan, title=title)
    except NoPicturesError:
        raise NotSentError(NO_PICTURES) from None
    yield NewFile(
        content=io.BytesIO(picture.png),
        size_bytes=len(picture.png),
        title=title[:100],
        comment=picture_comment(run, plan, picture.legend),
        alt_text=chart_in_words(plan)[:1_000],
    )
