"""UPDATE, DELETE and MERGE of transactional tables."""

import pytest

SHELVES = "(product string, quantity bigint) tblproperties ('transactional'='true')"


@pytest.fixture
def shop(session):
    """A session with a table of what is on the shelves, and one of what has come."""
    session.outcome(f"create table shelves {SHELVES}")
    session.outcome("insert into shelves values ('tea', 5), ('rice', 2), ('ink', 0)")
    session.outcome("create table deliveries (product string, quantity bigint)")
    session.outcome("insert into deliveries values ('tea', 10), ('silk', 3)")
    yield session
    session.outcome("drop table shelves")
    session.outcome("drop table deliveries")


def shelves(session):
    return dict(session.rows("select product, quantity from shelves"))


CHANGES = {
    "update shelves set quantity = quantity + 1 where product = 'ink'": {
        "tea": 5,
        "rice": 2,
        "ink": 1,
    },
    "UPDATE shelves AS s SET s.quantity = length(s.product)": {"tea": 3, "rice": 4, "ink": 3},
    "update shelves set (product, quantity) = ('wine', 1) where quantity = 2": {
        "tea": 5,
        "wine": 1,
        "ink": 0,
    },
    "update shelves set quantity = (select max(quantity) from deliveries) where product = 'tea'": {
        "tea": 10,
        "rice": 2,
        "ink": 0,
    },
    "update shelves set quantity = shelves.quantity + d.quantity from deliveries d"
    " where d.product = shelves.product": {"tea": 15, "rice": 2, "ink": 0},
    "update shelves set product = quantity, quantity = 7 where product = 'tea'": {
        "5": 7,
        "rice": 2,
        "ink": 0,
    },
    "delete from shelves where quantity < 5": {"tea": 5},
    "delete from sandbox.shelves s where s.product in (select product from deliveries)": {
        "rice": 2,
        "ink": 0,
    },
    "delete from shelves": {},
    "merge into shelves as s using deliveries as d on s.product = d.product"
    " when matched then update set quantity = s.quantity + d.quantity"
    " when not matched then insert values (d.product, d.quantity)": {
        "tea": 15,
        "rice": 2,
        "ink": 0,
        "silk": 3,
    },
    "merge into shelves s using (select 'tea' as product union all select 'rice') d"
    " on s.product = d.product when matched and s.quantity > 2 then delete"
    " when matched then update set s.quantity = 100": {"rice": 100, "ink": 0},
    "merge into shelves s using deliveries d on s.product = d.product"
    " when not matched and d.quantity > 99 then insert values (d.product, d.quantity)"
    " when not matched by source and s.quantity = 0 then delete": {"tea": 5, "rice": 2},
}


@pytest.mark.parametrize("sql", CHANGES)
def test_update_delete_and_merge_change_rows(shop, sql):
    shop.outcome(sql)

    assert shelves(shop) == CHANGES[sql]


def test_a_merge_clause_that_is_null_for_a_row_leaves_it_to_the_next(shop):
    shop.outcome("insert into shelves values ('lamp', null)")
    shop.outcome(
        "merge into shelves s using (select 'lamp' as product) d on s.product = d.product"
        " when matched and s.quantity > 1 then delete when matched then update set quantity = 9"
    )

    assert shelves(shop)["lamp"] == 9


REFUSALS = {
    "update deliveries set quantity = 1": (
        "ODPS-0130071:[1,1] Semantic analysis exception - "
        "UPDATE is only supported on transactional tables"
    ),
    "delete from deliveries": (
        "ODPS-0130071:[1,1] Semantic analysis exception - "
        "DELETE is only supported on transactional tables"
    ),
    "merge into deliveries d using shelves s on s.product = d.product when matched then delete": (
        "ODPS-0130071:[1,1] Semantic analysis exception - "
        "MERGE is only supported on transactional tables"
    ),
    "update shelves set colour = 1": (
        "ODPS-0130071:[1,1] Semantic analysis exception - column colour cannot be resolved"
    ),
    "update shelves set quantity = 1 where colour = 1": (
        "ODPS-0130071:[1,39] Semantic analysis exception - column colour cannot be resolved"
    ),
    "delete from nowhere": (
        "ODPS-0130131:[1,13] Table not found - table sandbox.nowhere cannot be resolved"
    ),
    "delete shelves": "ODPS-0130161:[1,8] Parse exception - invalid token 'shelves'",
    "update shelves": "ODPS-0130161:[1,15] Parse exception - invalid token '<EOF>'",
    "update shelves set (product, quantity) = (1)": (
        "ODPS-0130161:[1,45] Parse exception - invalid token '<EOF>'"
    ),
    "merge into shelves s using deliveries d on s.product = d.product"
    " when not matched then insert values (d.product)": (
        "ODPS-0130071:[1,1] Semantic analysis exception - wrong columns count 1 in data source, "
        "requires 2 columns (includes dynamic partitions if any)"
    ),
}


@pytest.mark.parametrize("sql", REFUSALS)
def test_invalid_changes_are_refused_without_effect(shop, sql):
    assert shop.failure(sql) == REFUSALS[sql]
    assert shelves(shop) == {"tea": 5, "rice": 2, "ink": 0}


def test_a_row_is_not_changed_twice(shop):
    shop.outcome("insert into deliveries values ('tea', 1)")

    failure = shop.failure(
        "merge into shelves s using deliveries d on s.product = d.product"
        " when matched then update set quantity = d.quantity"
        " when not matched then insert values (d.product, d.quantity)"
    )

    assert "more than one source row" in failure
    assert shelves(shop) == {"tea": 5, "rice": 2, "ink": 0}


def test_inserted_rows_add_partitions_and_keys_cannot_change(session):
    session.outcome(
        "create table visits (n bigint) partitioned by (ds string)"
        " tblproperties ('transactional'='true')"
    )
    session.outcome("insert into visits partition (ds='1') values (1)")
    session.outcome(
        "merge into visits v using (select 1 as n, '1' as ds union all select 2, '2') s"
        " on v.n = s.n and v.ds = s.ds when not matched then insert values (s.n, s.ds)",
        odps__sql__allow__fullscan="true",
    )

    assert session.outcome("show partitions visits").text == "ds=1\nds=2"
    assert "partition column ds cannot be updated" in session.failure(
        "update visits set ds = '3' where ds = '1'"
    )
    assert "is full scan with all partitions" in session.failure("delete from visits")
    session.outcome("delete from visits where ds = '1'")
    assert session.rows("select n from visits where ds > '0'") == [(2,)]


def test_transactional_tables_are_described_as_such(session):
    session.outcome(f"create table shown {SHELVES}")

    assert (
        "TBLPROPERTIES ('transactional'='true')" in session.outcome("show create table shown").text
    )


def test_explaining_a_change_is_a_read(shop):
    explained = shop.outcome("explain delete from shelves where quantity < 5")

    assert "M1" in explained.text
    assert len(shelves(shop)) == 3
    assert "readonly mode" in shop.failure("delete from shelves", odps__sql__read__only="true")


def test_three_part_names_are_project_schema_and_table(shop):
    shop.outcome("delete from sandbox.`default`.shelves where product = 'ink'")
    shop.outcome("insert into sandbox.`default`.shelves values ('paper', 1)")

    assert shelves(shop) == {"tea": 5, "rice": 2, "paper": 1}
