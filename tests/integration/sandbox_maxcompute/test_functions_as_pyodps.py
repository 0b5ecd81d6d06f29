"""Functions through the protocol: PyODPS reads values and types, as text and by the tunnel."""

from datetime import date, datetime
from decimal import Decimal

import pytest

VALUES = {
    "conv('ab', 16, 10)": "171",
    "shiftrightunsigned(-14, 2)": 1073741820,
    "ceil(-1.1)": -1,
    "trunc(125.815, 1)": 125.80000000000001,
    "cos(3.1415926 / 2)": 2.6794896585028633e-8,
    "abs(cast(-1.5 as decimal(10,2)))": Decimal("1.50"),
    "regexp_instr('i love www.taobao.com', 'o[[:alpha:]]{1}', 3, 2)": 14,
    "url_encode('中文', 'GBK')": "%D6%D0%CE%C4",
    "is_encoding('测试', 'utf-8', 'gbk')": True,
    "get_idcard_sex('11010519491231002X')": "F",
    "date_add(date '2005-02-28', 1)": date(2005, 3, 1),
    "trunc_time(date '2025-06-03', 'month')": "2025-06",
    "log2(0)": None,
}


@pytest.mark.parametrize("has_tunnel", [True, False])
def test_values_and_types_reach_pyodps(odps, has_tunnel):
    sql = "select " + ", ".join(VALUES)
    hints = {"odps.sql.type.system.odps2": "true"}

    with odps.execute_sql(sql, hints=hints).open_reader(tunnel=has_tunnel) as reader:
        [row] = list(reader)

    expected = list(VALUES.values())
    assert [_comparable(value) for value in row.values] == [_comparable(v) for v in expected]


def test_binary_values_reach_pyodps_by_the_tunnel(odps):
    with odps.execute_sql("select unhex('616263')").open_reader(tunnel=True) as reader:
        assert [list(row.values) for row in reader] == [[b"abc"]]


def test_nested_values_reach_pyodps(odps):
    sql = (
        "select str_to_map('a=1,b=2'), array_sort(array(5, 6, 1), (l, r) -> l - r),"
        " from_json('{\"a\":1, \"b\":0.8}', 'a bigint, b double')"
    )

    with odps.execute_sql(sql).open_reader(tunnel=True) as reader:
        [[by_key, items, struct]] = [list(row.values) for row in reader]

    assert dict(by_key) == {"a": "1", "b": "2"}
    assert list(items) == [1, 5, 6]
    assert tuple(struct) == (1, 0.8)


def test_a_wrong_argument_fails_the_instance_with_its_place(odps):
    with pytest.raises(Exception, match=r"ODPS-0130071:\[1,8\].*function abs") as failed:
        odps.execute_sql("select abs(true)")

    assert "ODPS-0130071" in str(failed.value)


def _comparable(value):
    """Return what both ways of reading have in common: days without time."""
    return value.date() if isinstance(value, datetime) else value
