"""GROUP BY with several groupings, and LATERAL VIEW."""

import pytest

SALES = "(select 'Bern' as city, 'tea' as product union all select 'Bern', 'ink') t"


GROUPS = {
    "select city, product, count(*), grouping__id from {t} group by city, product with rollup": {
        ("Bern", "tea", 1, 0),
        ("Bern", "ink", 1, 0),
        ("Bern", None, 2, 1),
        (None, None, 2, 3),
    },
    "select city, count(*) from {t} group by city with cube": {("Bern", 2), (None, 2)},
    "select city, count(*) from {t} group by rollup(city)": {("Bern", 2), (None, 2)},
    "select product, grouping(product) from {t} group by cube(product)": {
        ("tea", 0),
        ("ink", 0),
        (None, 1),
    },
    "select city, product, count(*) from {t}"
    " group by city, product grouping sets ((city), (product))": {
        ("Bern", None, 2),
        (None, "tea", 1),
        (None, "ink", 1),
    },
    "select wm_concat(distinct '-', city) from {t}": {("Bern",)},
}


@pytest.mark.parametrize("sql", GROUPS)
def test_rollup_cube_and_grouping_sets_group_rows(session, sql):
    assert set(session.rows(sql.format(t=SALES))) == GROUPS[sql]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "select k, v from (select map('a', 1, 'b', 2) m) x lateral view explode(m) t as k, v",
            [("a", 1), ("b", 2)],
        ),
        (
            "select p, v from (select array('a', 'b') a) x lateral view posexplode(a) t as p, v",
            [(0, "a"), (1, "b")],
        ),
        (
            (
                "select d from (select array(array(1, 2), array(3)) a) x"
                " lateral view explode(a) t as c lateral view explode(c) u as d"
            ),
            [(1,), (2,), (3,)],
        ),
    ],
)
def test_lateral_views_explode_arrays_and_maps(session, sql, rows):
    assert session.rows(sql) == rows


@pytest.mark.parametrize(("outer", "rows"), [("", [(1, 5)]), ("outer", [(1, 5), (2, None)])])
def test_an_outer_lateral_view_keeps_rows_with_empty_arrays(session, outer, rows):
    source = "select 1 n, array(5) a union all select 2, cast(null as array<int>)"

    found = session.rows(f"select n, c from ({source}) x lateral view {outer} explode(a) t as c")

    assert sorted(found) == rows
