"""A query with a function that the sandbox has is a read, unless the function looks at a table.

Names that MaxCompute documents as its own count as functions that only compute.
"""

import pytest

from odps_bot.sandbox.maxcompute.engine.functions.all_functions import FUNCTIONS
from odps_bot.sql.builtin_functions import is_built_in
from odps_bot.sql.classification import StatementClass, classify

#: They take the name of a table, which must be a plain string.
LOOK_AT_NAMED = {"max_pt", "partition_exists", "table_exists"}
#: Called otherwise than `f(a)`.
OF_THEIR_OWN = {
    "cast": "cast(a as string)",
    "cluster_sample": "cluster_sample(2) over (partition by a)",
    "extract": "extract(year from a)",
    "filter": "filter(a, x -> x > 1)",
    "array_sort": "array_sort(a, (l, r) -> l - r)",
    "json_tuple": "json_tuple(a, 'x', 'y') as (x, y)",
    "trans_array": "trans_array(1, ',', a, b) as (a, b)",
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS - LOOK_AT_NAMED))
def test_a_query_with_a_function_of_the_sandbox_is_a_read(name):
    sql = f"select {OF_THEIR_OWN.get(name, f'{name}(a)')} from t"

    assert classify(sql).statement_class is StatementClass.READ
    assert is_built_in(name)


@pytest.mark.parametrize("name", sorted(LOOK_AT_NAMED))
def test_a_table_that_a_function_looks_at_is_named_by_a_plain_string(name):
    assert classify(f"select {name}('shop.orders', '1')").statement_class is StatementClass.READ
    for computed in ("concat('shop', '.orders')", "'a' || 'b'", "n", "(select 'orders')", "@x"):
        assert (
            classify(f"select {name}({computed}, '1') from t").statement_class
            is StatementClass.UNKNOWN
        )


def test_what_samples_or_tells_the_account_reads_nothing_else():
    for expression in ("sample(4, 1, a)", "get_user_id()", "uuid()", "rand()"):
        assert classify(f"select {expression} from t").statement_class is StatementClass.READ
        assert (
            classify(f"insert into u select {expression} from t").statement_class
            is StatementClass.WRITE
        )
