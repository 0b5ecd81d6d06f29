"""Functions that make rows and columns: selected alone, and in a lateral view."""

import pytest

ROWS = {
    # https://www.alibabacloud.com/help/en/maxcompute/user-guide/other-functions
    "select stack(3, 1, 2, 3, 4, 5, 6)": ["1,2", "3,4", "5,6"],
    "select stack(2, 'A', 10, date '2015-01-01', 'B', 20, date '2016-01-01') as (a, b, c)": [
        '"A",10,2015-01-01',
        '"B",20,2016-01-01',
    ],
    "select stack(2, a, b) as v from values (1, 2), (3, null) as t(a, b) order by v": [
        "\\N",
        "1",
        "2",
        "3",
    ],
    "select trans_array(1, ',', id, ip, at) as (id, ip, at) from values"
    " ('A', '192.168.0.1,192.168.0.2', '20120101010000') as t(id, ip, at)": [
        '"A","192.168.0.1","20120101010000"',
        '"A","192.168.0.2",\\N',
    ],
    "select trans_array(2, ';', 1, 'k', 'x;y') as (a, b, c)": ['1,"k","x"', '1,"k","y"'],
    "select trans_cols(1, id, ip1, ip2) as (idx, id, ip) from values"
    " ('A', '192.168.0.1', '192.168.0.2') as t(id, ip1, ip2)": [
        '1,"A","192.168.0.1"',
        '2,"A","192.168.0.2"',
    ],
    """select json_tuple('{"a":"中","b":[1,2],"c":{"d":3}}', 'a', 'b', 'c.d', 'z', '')""": [
        '"中","[1,2]","3",\\N,\\N'
    ],
    "select json_tuple(j, 'a') as a from values ('bad'), (null), ('{\"a\":1}') as t(j)": [
        "\\N",
        "\\N",
        '"1"',
    ],
    "select inline(array(struct(1, 'a'), struct(2, null))) as (x, y)": ['1,"a"', "2,\\N"],
    "select inline(array(named_struct('p', 1, 'q', 'a')))": ['1,"a"'],
    "select explode(map('k', 1, 'l', 2)) as (k, v)": ['"k",1', '"l",2'],
    "select posexplode(array('a', 'c')) as (at, v)": ['0,"a"', '1,"c"'],
    "select keyvalue_tuple('a:1;b:2', ';', ':', 'b', 'z') as (b, z)": ['"2",\\N'],
    "select parse_url_tuple('http://h.com/p?k=v', 'HOST', 'QUERY:k') as (h, k)": ['"h.com","v"'],
    "select id, a from (select 7 as id) s lateral view json_tuple('{\"a\":5}', 'a') t as a": [
        '7,"5"'
    ],
    "select x, y from (select 1) s lateral view inline(array(struct(1, 'a'))) t as x, y": ['1,"a"'],
    "select id, x from values (1, array(struct(5))), (2, null) as s(id, a)"
    " lateral view outer inline(a) t as x order by id": ["1,5", "2,\\N"],
    "select max(v) from (select stack(2, 3, 4) as v) q": ["4"],
    "select stack(3, 3, 1, 2) as v order by v desc limit 2": ["3", "2"],
}


@pytest.mark.parametrize("sql", ROWS)
def test_a_table_function_makes_the_rows_of_its_page(session, sql):
    assert session.csv(sql).split("\n") == ROWS[sql]


def test_columns_without_names_get_those_of_the_page(session):
    def names(sql):
        return [column.name for column in session.outcome(sql).rows.columns]

    assert names("select stack(1, 'a', 2)") == ["col0", "col1"]
    assert names("select json_tuple('{}', 'a', 'b')") == ["c0", "c1"]
    assert names("select inline(array(named_struct('p', 1, 'q', 2)))") == ["p", "q"]


def test_a_table_function_reads_a_partitioned_table(session):
    sql = "select json_tuple(to_json(named_struct('o', amount)), 'o') as o from orders"

    assert "full scan with all partitions" in session.failure(sql)
    assert len(session.rows(f"{sql} where ds = '20261031' limit 3")) == 3


def test_other_columns_cannot_be_selected_beside_one(session):
    failure = session.failure("select 1, json_tuple('{}', 'a')")

    assert failure.startswith("ODPS-0130071:[1,11] Semantic analysis exception")
