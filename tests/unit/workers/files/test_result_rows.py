"""The rows of a result come by the tunnel, or without it where it is refused."""

from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import (
    Column,
    ConnectionFailedError,
    InstanceSource,
    Instant,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    TaskResult,
    TaskSource,
    ThrottledError,
)
from odps_bot.maxcompute.models.data_types import STRING, parse_data_type
from odps_bot.maxcompute.tunnel.batches import Batch
from odps_bot.messages.results.zones import Doubt, ShownZone
from odps_bot.runs import Table
from tests.unit.in_memory import FakeInstance
from workers.files.result_rows import open_rows

BIGINT = Column("a", parse_data_type("bigint"))
REFUSAL = PermissionDeniedError("no tunnel", http_status=403)


@pytest.fixture
def opened(services, make_run):
    """Return a function that opens the rows of a run whose instance responds as given."""

    def opened(download, *results, source=None, table=None):
        instance = FakeInstance("i1", results={str(n): one for n, one in enumerate(results)})
        if source is not None:
            instance.source = source
        if results and isinstance(results[0], Exception):
            instance.results = results[0]

        def open_download():
            if isinstance(download, Exception):
                raise download
            return download

        instance.open_download = open_download
        services.maxcompute.instances["i1"] = instance
        return open_rows(make_run(instance_id="i1", table=table), services)

    return opened


def tunnel(count, *, is_limited=False, values=None, column=BIGINT):
    def batches(*, has_exact_times):
        assert has_exact_times
        for value in range(count) if values is None else values:
            yield Batch.of_rows([(value,)])

    return SimpleNamespace(
        columns=(column,), batches=batches, row_count=count, is_limited=is_limited
    )


def csv(text, **facts):
    return TaskResult(task_name="t", format="csv", text=text, **facts)


@pytest.mark.parametrize("count", [1, 20, 21, 1_000])
def test_all_rows_come_by_the_tunnel_with_their_types(opened, count):
    found = opened(tunnel(count))

    assert list(found.rows()) == [(n,) for n in range(count)]
    assert (found.columns, found.row_count, found.is_limited) == ((BIGINT,), count, False)


@pytest.mark.parametrize(("count", "is_limited"), [(9_999, False), (10_000, True)])
def test_a_limit_that_was_not_reached_leaves_nothing_out(opened, count, is_limited):
    assert opened(tunnel(count, is_limited=True)).is_limited is is_limited


@pytest.mark.parametrize(("count", "is_limited"), [(9_999, False), (10_000, True)])
def test_10_000_rows_without_a_descriptor_are_at_least_so_many(opened, count, is_limited):
    found = opened(REFUSAL, csv('"a"\n' + "1\n" * count))

    assert (found.row_count, found.is_limited) == (count, is_limited)


@pytest.mark.parametrize(
    "refusal",
    [
        REFUSAL,
        ConnectionFailedError("no route", was_sent=False),
        InvalidRequestError("no", http_status=400),
        NotFoundError("no", http_status=404),
    ],
)
def test_without_the_tunnel_they_are_texts(opened, refusal):
    found = opened(refusal, csv('"a","b"\n1,"x"\n2\n', is_truncated=True))

    assert found.columns == (Column("a", STRING), Column("b", STRING))
    assert list(found.rows()) == [("1", "x"), ("2", None)]
    assert (found.row_count, found.is_limited, found.zone) == (2, True, None)


@pytest.mark.parametrize(
    "error", [ThrottledError("slow", http_status=429), MalformedResponseError("<html>")]
)
def test_what_is_no_refusal_of_the_tunnel_is_raised(opened, error):
    with pytest.raises(type(error)):
        opened(error, csv('"a"\n1\n'))


def test_a_result_too_large_for_the_other_way_is_refused_as_the_tunnel_did(opened):
    with pytest.raises(PermissionDeniedError, match="no tunnel"):
        opened(REFUSAL, InvalidRequestError("too large", http_status=400))


@pytest.mark.parametrize(
    ("download", "results"),
    [
        (tunnel(0), ()),
        (REFUSAL, (csv('"a"\n'),)),
        (REFUSAL, (TaskResult(task_name="t", format="text", text="OK"),)),
    ],
)
def test_a_result_without_rows_is_none(opened, download, results):
    assert opened(download, *results) is None


NOON = Instant(1_795_348_800)  # 22 November 2026, 12:00 UTC
TIME = Column("t", parse_data_type("datetime"))
TIMES = tunnel(1, values=[NOON], column=TIME)


def source(query="select 1", **settings):
    task = TaskSource(name="t", type="SQL", query=query, settings=settings, properties={})
    return InstanceSource(guid=None, priority=9, tasks=(task,))


def shown(time, **facts):
    return Table(
        columns=("t",), types=("datetime",), rows=((time,),), column_count=1, row_count=1, **facts
    )


def written(time):
    return csv(f'"t"\n{time}\n', is_truncated=False, columns=(TIME,))


@pytest.mark.parametrize(
    ("given", "properties", "name"),
    [
        (source(**{"odps.sql.timezone": "Asia/Tokyo"}), {}, "Asia/Tokyo"),
        (source("set odps.sql.timezone=Asia/Tokyo; select 1;"), {}, "Asia/Tokyo"),
        (source("SET ODPS.SQL.TimeZone = Asia/Tokyo ;\nselect 1;"), {}, "Asia/Tokyo"),
        (source("select 'set odps.sql.timezone=Asia/Tokyo;'"), {}, "Asia/Shanghai"),
        (source(), {"odps.sql.timezone": "America/New_York"}, "America/New_York"),
        (source(), {"odps.sql.timezone": " "}, "Asia/Shanghai"),
        (source(), {}, "Asia/Shanghai"),
    ],
)
def test_times_are_in_the_zone_of_the_job_or_its_project(opened, services, given, properties, name):
    services.maxcompute.properties = properties

    assert opened(TIMES, source=given).zone == ShownZone(name=name)


@pytest.mark.parametrize("what", ["source", "properties"])
def test_a_zone_that_cannot_be_read_is_assumed_and_said_so(opened, services, what):
    refusal = PermissionDeniedError("no odps:Read", http_status=403)
    if what == "properties":
        services.maxcompute.properties = refusal
    found = opened(TIMES, source=refusal if what == "source" else source())

    assert found.zone == ShownZone(name="Asia/Shanghai", doubt=Doubt.ASSUMED)


def test_where_maxcompute_shows_other_times_its_own_are_in_the_file(opened):
    found = opened(TIMES, written("2026-11-22 20:05:43"), table=shown("2026-11-22 20:05:43"))

    assert list(found.rows()) == [("2026-11-22 20:05:43",)]
    assert found.zone == ShownZone(name="Asia/Shanghai")


def test_times_of_an_unknown_zone_are_as_maxcompute_shows_them(opened):
    mars = source(**{"odps.sql.timezone": "Mars/Olympus"})
    found = opened(TIMES, written("2026-11-22 20:00:00"), source=mars, table=shown("x"))

    assert list(found.rows()) == [("2026-11-22 20:00:00",)]
    assert found.zone == ShownZone(name="Mars/Olympus")


def test_of_a_longer_result_they_are_utc_and_said_so(opened):
    mars = source(**{"odps.sql.timezone": "Mars/Olympus"})
    found = opened(
        TIMES, written("x"), source=mars, table=shown("2026-11-22 20:00:00", is_truncated=True)
    )

    assert list(found.rows()) == [(NOON,)]
    assert (found.zone.name, found.zone.doubt) == ("UTC", Doubt.UNKNOWN_NAME)


def test_a_result_without_points_in_time_asks_for_no_zone(opened):
    assert opened(tunnel(1), source=PermissionDeniedError("no", http_status=403)).zone is None
