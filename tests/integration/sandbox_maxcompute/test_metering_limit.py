import pytest
from odps import errors

QUERY = "select count(*) from orders where ds >= '20261001'"
LIMIT = "odps.sql.metering.value.max"


def test_a_statement_estimated_above_its_limit_does_not_run(odps):
    with pytest.raises(errors.ODPSError, match="Metering data exceed max value"):
        odps.execute_sql(QUERY, hints={LIMIT: "0.000001"})


@pytest.mark.parametrize("limit", ["1000", "nonsense", "nan"])
def test_a_statement_below_its_limit_runs(odps, limit):
    assert odps.execute_sql(QUERY, hints={LIMIT: limit}).is_successful()


def test_estimates_ignore_the_limit(odps):
    assert int(odps.execute_sql_cost(QUERY, hints={LIMIT: "0.000001"}).input_size) > 0
