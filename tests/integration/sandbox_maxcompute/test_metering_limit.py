import pytest
from odps import errors

QUERY = "select count(*) from orders where ds >= '20261001'"
LIMIT = "odps.sql.metering.value.max"


def test_what_is_estimated_above_its_limit_is_not_run(odps):
    with pytest.raises(errors.ODPSError, match="Metering data exceed max value"):
        odps.execute_sql(QUERY, hints={LIMIT: "0.000001"})


@pytest.mark.parametrize("limit", ["1000", "nonsense", "nan"])
def test_what_is_below_its_limit_runs(odps, limit):
    assert odps.execute_sql(QUERY, hints={LIMIT: limit}).is_successful()


def test_an_estimate_has_no_limit(odps):
    assert int(odps.execute_sql_cost(QUERY, hints={LIMIT: "0.000001"}).input_size) > 0
