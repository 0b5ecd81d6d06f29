"""The tasks that have ended, as SQL reads them.

https://www.alibabacloud.com/help/en/maxcompute/user-guide/tenant-level-information-schema
"""

from datetime import UTC, datetime, timedelta

import pytest

from odps_bot.sandbox.maxcompute.engine import tasks_history
from odps_bot.sandbox.maxcompute.engine.tasks_history import EndedTask
from tests.unit.sandbox.maxcompute.conftest import NOW, Session

TODAY = "20261101"
NAME = "information_schema.tasks_history"
TENANT = "system_catalog.information_schema.tasks_history"
PROJECT_COLUMNS = [
    *("task_catalog", "task_schema", "task_name", "task_type", "inst_id", "status", "owner_id"),
    *("owner_name", "result", "start_time", "end_time", "input_records", "output_records"),
    *("input_bytes", "output_bytes", "input_tables", "output_tables", "operation_text"),
    *("signature", "complexity", "cost_cpu", "cost_mem", "settings", "ds"),
]
SCHEMAS = {"odps__namespace__schema": "true"}


@pytest.fixture(autouse=True)
def no_tasks(engine, monkeypatch):
    """Every test starts without tasks."""
    with monkeypatch.context() as limited:
        limited.setattr(tasks_history, "MAX_TASKS", 0)
        add(engine, "dropped")


def add(engine, inst_id, *, ago=timedelta(hours=1), project="sandbox", size=0, **values):
    ended_at = NOW - ago
    given = {"task_catalog": project, "inst_id": inst_id, "end_time": ended_at, **values}
    engine.history.add(EndedTask(ended_at, size, lambda: given))


def ids(session, where="true", name=NAME, **settings):
    rows = session.rows(f"select inst_id from {name} where {where} order by inst_id", **settings)
    return [inst_id for (inst_id,) in rows]


def test_the_columns_are_those_of_the_documentation(session):
    names = [column.name for column in session.outcome(f"select * from {NAME}").rows.columns]
    of_account = session.outcome(f"select * from {TENANT}", **SCHEMAS).rows.columns

    assert names == PROJECT_COLUMNS
    types = {column.name: str(column.type) for column in of_account}
    assert len(types) == 41
    assert {name: kind for name, kind in types.items() if kind != "string"} == {
        **dict.fromkeys(("submit_time", "start_time", "end_time"), "datetime"),
        **dict.fromkeys(("complexity", "cost_cpu", "cost_mem"), "double"),
        **dict.fromkeys(("priority", "ext_node_priority"), "bigint"),
        **dict.fromkeys(
            ("input_records", "output_records", "input_bytes", "output_bytes"), "bigint"
        ),
        "lowfrequency_storage_input_bytes": "bigint",
        "longterm_storage_input_bytes": "bigint",
        "oss_input_bytes": "bigint",
        "tablestore_input_bytes": "bigint",
    }


def test_what_is_not_known_is_null(engine, session):
    add(engine, "i", task_name="t", cost_cpu=100.0)

    row = session.rows(f"select task_name, cost_cpu, owner_name, complexity, ds from {NAME}")

    assert row == [("t", 100.0, None, None, TODAY)]


def test_a_project_reads_its_own_tasks_and_an_account_those_of_all(engine, session):
    add(engine, "mine")
    add(engine, "theirs", project="analytics")

    assert session.rows(f"select task_catalog, task_schema, inst_id from {NAME}") == [
        ("odps", "sandbox", "mine")
    ]
    assert session.rows(
        f"select task_catalog, inst_id from {TENANT} order by inst_id", **SCHEMAS
    ) == [("sandbox", "mine"), ("analytics", "theirs")]


def test_without_schemas_a_project_cannot_name_that_of_the_account(session):
    assert session.failure(f"select * from {TENANT}") == (
        "ODPS-0130131:[1,49] Table not found - table system_catalog.tasks_history "
        "cannot be resolved"
    )


def test_a_task_is_seen_five_minutes_after_its_end(engine, session):
    add(engine, "older", ago=timedelta(minutes=5))
    add(engine, "newer", ago=timedelta(minutes=4, seconds=59))

    assert ids(session) == ["older"]


def test_tasks_of_fourteen_days_are_kept(engine, session):
    day = timedelta(days=1)
    add(engine, "too old", ago=15 * day)
    add(engine, "old", ago=14 * day)
    add(engine, "new", ago=day)

    assert ids(session, f"ds <= '{TODAY}'") == ["new", "old"]
    assert ids(session, "ds = '20261018'") == ["old"]
    assert ids(session, "ds = '20261017'") == []


def test_times_are_whole_seconds_and_a_partition_is_the_day_of_the_end_in_shanghai(engine, session):
    add(engine, "i", ago=NOW - datetime(2026, 10, 30, 16, 30, 0, 256_000, tzinfo=UTC))

    assert session.rows(f"select end_time, ds from {NAME} where ds = '20261031'") == [
        (datetime.fromisoformat("2026-10-31 00:30:00"), "20261031")
    ]
    assert session.rows(f"select end_time from {NAME}", odps__sql__timezone="UTC") == [
        (datetime.fromisoformat("2026-10-30 16:30:00"),)
    ]


def test_tasks_that_end_later_join_those_that_were_read(engine, session):
    add(engine, "first")
    before = ids(session)
    add(engine, "second", ago=timedelta(minutes=10))

    assert (before, ids(session)) == (["first"], ["first", "second"])


def test_names_are_case_insensitive_and_aliases_work(engine, session):
    add(engine, "i")

    assert ids(session, name="Information_Schema.TASKS_HISTORY") == ["i"]
    assert session.rows(
        f"select a.inst_id from {NAME} a join {NAME} b on a.inst_id = b.inst_id and a.ds = b.ds"
    ) == [("i",)]
    assert session.rows(f"with t as (select * from {NAME}) select count(*) from t") == [(1,)]


def test_beyond_the_limits_the_oldest_tasks_are_dropped(engine, session, monkeypatch):
    monkeypatch.setattr(tasks_history, "MAX_TASKS", 3)
    monkeypatch.setattr(tasks_history, "MAX_CHARACTERS", 100)
    for number in range(5):
        add(engine, f"i{number}", size=1)
    few = ids(session)
    add(engine, "large", size=100)

    assert (few, ids(session)) == (["i2", "i3", "i4"], ["large"])


def test_tables_and_views_can_be_made_from_it(engine, session):
    add(engine, "i")
    session.outcome(f"create table kept as select inst_id, ds from {NAME}")
    session.outcome(f"create view seen as select inst_id from {NAME}")
    session.outcome("create view seen_again as select * from seen")
    add(engine, "j")

    assert session.rows("select inst_id from kept") == [("i",)]
    assert session.rows("select count(*) from seen_again") == [(2,)]
    session.outcome("drop view seen")


@pytest.mark.parametrize("name", ["tables", "tasks", "columns"])
def test_other_names_are_not_found(session, name):
    assert session.failure(f"select * from information_schema.{name}") == (
        f"ODPS-0130131:[1,34] Table not found - table information_schema.{name} cannot be resolved"
    )
    assert "Table not found" in session.failure(f"desc information_schema.{name}")
    assert "Table not found" in session.failure(f"drop table information_schema.{name}")


@pytest.mark.parametrize(
    ("sql", "privilege"),
    [
        (f"insert into {NAME} partition (ds = '{TODAY}') select 1", "Update"),
        (f"insert overwrite table {NAME} select * from {NAME}", "Update"),
        (f"update {NAME} set status = 'x'", "Update"),
        (f"delete from {NAME} where ds = '{TODAY}'", "Update"),
        (f"truncate table {NAME}", "Update"),
        (f"alter table {NAME} drop partition (ds = '{TODAY}')", "Alter"),
        (f"drop table {NAME}", "Drop"),
        (f"drop view if exists {NAME}", "Drop"),
        (f"explain insert into {NAME} select 1", "Update"),
    ],
)
def test_nobody_changes_it(session, sql, privilege):
    expected = (
        "ODPS-0130013:Authorization exception - Authorization Failed [4019], You have NO "
        f"privilege 'odps:{privilege}' on "
        "{acs:odps:*:projects/information_schema/tables/tasks_history}."
    )

    assert session.failure(sql) == expected
    script = f"select 1; {sql}"
    assert session.failure(script, odps__sql__submit__mode="script") == expected


@pytest.mark.parametrize(
    "sql",
    [
        f"create table {NAME} (a bigint)",
        "create table if not exists information_schema.mine (a bigint)",
        f"create or replace view {NAME} as select 1",
    ],
)
def test_nobody_adds_tables_beside_it(session, sql):
    assert session.failure(sql) == (
        "ODPS-0130013:Authorization exception - Authorization Failed [4019], You have NO "
        "privilege 'odps:CreateTable' on {acs:odps:*:projects/information_schema}."
    )


def test_it_is_described_like_other_views(engine, session):
    add(engine, "i")
    described = session.outcome(f"desc {NAME}").text

    assert "Project: information_schema" in described
    assert "InternalTable: NO" in described
    assert "| cost_cpu        | double     |" in described
    assert "Table not found" in session.failure("desc sandbox.tasks_history")
    assert "Table not found" in session.failure("desc tasks_history")


def test_it_is_shown_with_its_partitions(session):
    partitions = session.outcome(f"show partitions {NAME}").text.split("\n")

    assert (len(partitions), partitions[0], partitions[-1]) == (15, "ds=20261018", f"ds={TODAY}")
    assert session.outcome("show tables in information_schema").text.endswith(":tasks_history")
    assert session.outcome("show tables in information_schema like 'x*'").text == ""
    assert "tasks_history" not in session.outcome("show tables").text
    assert session.value(f"table_exists('{NAME}')")


def test_no_name_of_the_engines_own_schemas_reaches_it(session):
    for name in ("odps_history.tasks_history", "odps_history_analytics.tasks_history"):
        assert "Table not found" in session.failure(f"select * from {name}")


def test_statements_that_do_not_name_it_load_nothing(engine, session, monkeypatch):
    add(engine, "i")
    monkeypatch.setattr(engine.history, "refresh", lambda _: pytest.fail("loaded"))

    session.outcome("select count(*) from customers")
    session.outcome("create view other as select 1 as a")
    session.outcome("select * from other")


def test_the_rows_are_of_the_latest_time(engine):
    add(engine, "i", ago=timedelta(minutes=5))
    engine.history.refresh(NOW)
    engine.history.refresh(NOW - timedelta(minutes=5))

    assert ids(Session(engine)) == ["i"]
