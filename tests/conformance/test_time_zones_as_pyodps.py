"""Times through the tunnel and in `?result`, as PyODPS reads them and as we do."""

from zoneinfo import ZoneInfo

import pytest
from odps import options

from odps_bot.maxcompute import Instant, ZoneClock

TIMES = [
    "1899-12-31 23:59:59",
    "1900-01-01 00:00:00",
    "1940-07-01 12:00:00",
    "1986-05-04 03:00:00",
    "1989-07-01 12:00:00",
    "2026-01-01 00:00:00",
    "2026-07-01 23:59:59",
]
SELECT = " union all ".join(
    f"select datetime '{time}' as d, timestamp '{time}' as t, timestamp_ntz '{time}' as n"
    for time in TIMES
)
SELECT = f"select * from ({SELECT}) x order by n limit 99"
ZONES = ["Asia/Shanghai", "America/New_York", "Etc/GMT"]


@pytest.fixture
def pyodps_in(pyodps):
    """PyODPS in a zone: it sends the setting, and converts what the tunnel carries."""
    before = options.local_timezone, options.allow_antique_date

    def pyodps_in(zone):
        options.local_timezone, options.allow_antique_date = zone, True
        return pyodps

    yield pyodps_in
    options.local_timezone, options.allow_antique_date = before


@pytest.mark.parametrize("zone", ZONES)
def test_the_tunnel_carries_the_instants_that_both_clients_read(pyodps_in, client, zone):
    # PyODPS needs pandas for the other types of time.
    theirs = pyodps_in(zone).execute_sql(f"select d from ({SELECT}) y order by d limit 99")
    with theirs.open_reader(tunnel=True) as reader:
        read = [row["d"] for row in reader]
    ours = [d for (d,) in client.get_instance(theirs.id).open_download().rows()]

    assert ours == read
    assert [str(d.replace(tzinfo=None)) for d in read] == TIMES


@pytest.mark.parametrize("zone", ZONES)
def test_the_result_shows_these_instants_by_the_clock_of_the_job(pyodps_in, client, zone):
    theirs = pyodps_in(zone).execute_sql(SELECT)
    instance = client.get_instance(theirs.id)
    (result,) = instance.get_task_results().values()
    clock = ZoneClock(ZoneInfo(zone))
    by_tunnel = [
        tuple(clock.text(value) if isinstance(value, Instant) else str(value) for value in row)
        for row in instance.open_download().rows(has_exact_times=True)
    ]

    assert instance.get_source().tasks[0].settings["odps.sql.timezone"] == zone
    assert list(result.rows().rows) == by_tunnel


def test_a_project_says_its_zone_to_both_clients(pyodps, client):
    theirs = pyodps.get_project().properties

    assert client.get_project_properties() == dict(theirs)
    assert "odps.sql.timezone" not in theirs
