"""Which conditions keep a query from being refused as a full scan.

https://www.alibabacloud.com/help/en/maxcompute/use-cases/check-whether-partition-pruning-is-effective
"""

import pytest

PRUNED = {
    "select count(*) from orders where ds = '20261031'": 100,
    "select count(*) from orders where substr(ds, 1, 7) = '2026103'": 200,
    "select count(*) from orders where ds = '20261031' or ds = '20261030'": 200,
    "select count(*) from orders where not (ds < '20261030')": 200,
    "select count(*) from orders where cast(ds as bigint) = 20261031": 100,
    "select count(*) from orders where ds = max_pt('orders')": 100,
    "select count(*) from orders where ds in (select '20261031')": 100,
    "select count(*) from orders a join orders b on a.ds = b.ds and a.order_id = b.order_id "
    "where b.ds = '20261031'": 100,
    "select count(*) from stock s left join orders on s.product = city and ds = '20261031'": 10,
    "select count(*) from (select ds as day from orders) t where day = '20261031'": 100,
    "select count(*) from (select * from orders union all select * from orders) t "
    "where ds = '20261031'": 200,
    "with o as (select * from orders) select count(*) from o where ds = '20261031'": 100,
}


@pytest.mark.parametrize("sql", PRUNED)
def test_a_condition_on_partition_columns_alone_prunes(session, sql):
    assert session.rows(sql) == [(PRUNED[sql],)]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from orders",
        "select count(*) from orders where city = 'Berlin'",
        "select count(*) from orders where ds = rand()",
        "select count(*) from orders where ds = city",
        "select count(*) from orders where concat(ds, city) = 'x'",
        "select count(*) from orders where ds = '20261031' or city = 'Berlin'",
        "select count(*) from orders a join orders b on a.ds = b.ds",
        "select count(*) from orders a join orders b on a.ds = b.ds and a.city = 'Berlin'",
        "select count(*) from orders left join stock s on s.product = city and ds = '20261031'",
        "select count(*) from (select * from orders limit 5) t where ds = '20261031'",
        "select count(*) from customers where customer_id in (select customer_id from orders)",
        "with o as (select * from orders) select count(*) from o where city = 'Berlin'",
    ],
)
def test_other_conditions_do_not(session, sql):
    failure = session.failure(sql)

    assert failure.startswith("ODPS-0130071:[0,0] Semantic analysis exception - physical plan")
    assert "Table(sandbox,orders) is full scan with all partitions" in failure
    assert session.rows(sql, odps__sql__allow__fullscan="true")
