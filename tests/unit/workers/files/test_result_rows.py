"""The rows of a result come by the tunnel, or without it where it is refused."""

from datetime import UTC
from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import (
    Column,
    ConnectionFailedError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    TaskResult,
    ThrottledError,
)
from odps_bot.maxcompute.models.data_types import STRING, parse_data_type
from tests.unit.in_memory import FakeInstance
from workers.files.result_rows import open_rows

BIGINT = Column("a", parse_data_type("bigint"))
REFUSAL = PermissionDeniedError("no tunnel", http_status=403)


@pytest.fixture
def opened(services, make_run):
    """Return a function that opens the rows of a run whose instance responds as given."""

    def opened(download, *results):
        instance = FakeInstance("i1", results={str(n): one for n, one in enumerate(results)})
        if results and isinstance(results[0], Exception):
            instance.results = results[0]

        def open_download():
            if isinstance(download, Exception):
                raise download
            return download

        instance.open_download = open_download
        services.maxcompute.instances["i1"] = instance
        return open_rows(make_run(instance_id="i1"), services)

    return opened


def tunnel(count, *, is_limited=False):
    rows = [(n,) for n in range(count)]
    return SimpleNamespace(
        columns=(BIGINT,), rows=lambda: iter(rows), row_count=count, is_limited=is_limited
    )


def csv(text, **facts):
    return TaskResult(task_name="t", format="csv", text=text, **facts)


@pytest.mark.parametrize("count", [1, 20, 21, 1_000])
def test_all_rows_come_by_the_tunnel_with_their_types(opened, count):
    found = opened(tunnel(count, is_limited=True))

    assert list(found.rows) == [(n,) for n in range(count)]
    assert (found.columns, found.row_count, found.is_limited) == ((BIGINT,), count, True)


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
    assert list(found.rows) == [("1", "x"), ("2", None)]
    assert (found.row_count, found.is_limited, found.zone) == (2, True, UTC)


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
