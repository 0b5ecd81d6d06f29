"""The algorithms of PAI's public library as steps of SQL."""

from odps_bot.sandbox.maxcompute.submission import XFlow
from odps_bot.sandbox.maxcompute.xflow import plan_steps


def test_split_sends_every_row_to_one_half_whatever_the_order_of_the_table(session):
    session.outcome("create table to_split (a bigint)")
    session.outcome("insert into to_split values (1), (2), (3), (4), (5), (6)")
    parameters = {
        "inputTableName": "to_split",
        "output1TableName": "half_1",
        "output2TableName": "half_2",
    }
    table = session.engine.table("sandbox", "to_split")
    first, second = plan_steps(XFlow("algo_public", "Split", parameters), lambda _name: table)

    session.outcome(first.sql)
    # The service promises no order, and the second half numbers the rows anew.
    session.outcome(
        "insert overwrite table to_split select a from to_split order by a desc limit 9"
    )
    session.outcome(second.sql)

    rows = session.rows("select a from half_1 union all select a from half_2")
    assert sorted(rows) == [(n,) for n in range(1, 7)]
