"""The sample tables: Fisher's iris data, and the orders of a shop.

Iris is public domain: R. A. Fisher, 1936, via the UCI Machine Learning Repository.
"""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import duckdb

from odps_bot.sandbox.maxcompute.engine.catalog import Catalog, Column, Table, literal
from odps_bot.sandbox.maxcompute.engine.types import parse_type

#: The last day of `orders`; fixed, so that examples and tests stay valid.
LAST_DAY = date(2026, 10, 31)
DAYS = 30
CUSTOMERS = 5_000
CREATED_AT = datetime(2026, 11, 1, tzinfo=UTC)
OWNER = "ALIYUN$sandbox@example.com"
_CITIES = ("Hangzhou", "Shanghai", "Beijing", "Shenzhen", "Chengdu", "Singapore", "Berlin", "Lagos")
_PRODUCTS = (
    "tea",
    "rice",
    "silk",
    "paper",
    "ink",
    "lamp",
    "chair",
    "bicycle",
    "kettle",
    "umbrella",
)


@dataclass(frozen=True)
class _Sample:
    name: str
    comment: str
    columns: str
    partition_columns: str = ""
    is_transactional: bool = False


_IRIS = _Sample(
    "pyodps_iris",
    "Fisher's iris, 150 flowers",
    "sepallength double, sepalwidth double, petallength double, petalwidth double, name string",
)
_ORDERS = _Sample(
    "orders",
    "Orders of a shop, generated",
    "order_id bigint, customer_id bigint, city string, product string, quantity bigint, "
    "amount decimal(18,2), ordered_at datetime",
    "ds string",
)
_CUSTOMERS = _Sample(
    "customers",
    "Customers of the shop, generated",
    "customer_id bigint, name string, city string, is_member boolean, birthday date",
)
_STOCK = _Sample(
    "stock",
    "Stock of the shop; its rows can be changed",
    "product string, quantity bigint",
    is_transactional=True,
)


def load(
    cursor: duckdb.DuckDBPyConnection, catalog: Catalog, project: str, orders_rows: int
) -> None:
    """Create the sample tables in a project, always with the same rows."""
    _create(cursor, catalog, project, _IRIS)
    flowers = resources.files(__package__).joinpath("iris.csv").read_text()
    rows = list(csv.reader(flowers.splitlines()))[1:]
    values = ", ".join(f"({', '.join(row[:4])}, {literal(row[4])})" for row in rows)
    cursor.execute(f"INSERT INTO {_name(project, _IRIS)} VALUES {values}")

    _create(cursor, catalog, project, _CUSTOMERS)
    cursor.execute(f"INSERT INTO {_name(project, _CUSTOMERS)} {_customers_sql()}")

    _create(cursor, catalog, project, _STOCK)
    cursor.execute(f"INSERT INTO {_name(project, _STOCK)} {_stock_sql()}")

    days = [f"{LAST_DAY - timedelta(days=back):%Y%m%d}" for back in range(DAYS)]
    orders = _create(cursor, catalog, project, _ORDERS)
    cursor.execute(f"INSERT INTO {_name(project, _ORDERS)} {_orders_sql(orders_rows)}")
    catalog.add_partitions(orders, ((day,) for day in days))


def _create(
    cursor: duckdb.DuckDBPyConnection, catalog: Catalog, project: str, sample: _Sample
) -> Table:
    table = Table(
        project=project,
        name=sample.name,
        columns=_columns(sample.columns),
        partition_columns=_columns(sample.partition_columns),
        is_transactional=sample.is_transactional,
        comment=sample.comment,
        owner=OWNER,
        created_at=CREATED_AT,
    )
    columns = ", ".join(f'"{column.name}" {column.type.duckdb}' for column in table.all_columns)
    cursor.execute(f"CREATE TABLE {table.sql_name} ({columns})")
    catalog.put(table)
    return table


def _columns(text: str) -> tuple[Column, ...]:
    pairs = (part.split(" ") for part in text.split(", ") if part)
    return tuple(Column(name, parse_type(type_text)) for name, type_text in pairs)


def _name(project: str, sample: _Sample) -> str:
    return f'"{project}"."{sample.name}"'


def _customers_sql() -> str:
    return f"""
        SELECT i, 'customer ' || i, {_pick(_CITIES, "i * 13")}, hash(i * 17) % 3 = 0,
            DATE '1950-01-01' + CAST(hash(i * 19) % 20000 AS INTEGER)
        FROM range(1, {CUSTOMERS + 1}) AS r(i)"""


def _stock_sql() -> str:
    products = ", ".join(literal(product) for product in _PRODUCTS)
    return f"""
        SELECT product, CAST(hash(i * 29) % 200 AS BIGINT)
        FROM (SELECT unnest([{products}]) AS product, unnest(range({len(_PRODUCTS)})) AS i)"""


def _orders_sql(rows: int) -> str:
    """Return a query for the rows of `orders`, ordered by day."""
    first = LAST_DAY - timedelta(days=DAYS - 1)
    return f"""
        SELECT
            i + 1,
            CAST(1 + hash(i * 3) % {CUSTOMERS} AS BIGINT),
            {_pick(_CITIES, "i * 5")},
            {_pick(_PRODUCTS, "i * 7")},
            CAST(1 + hash(i * 11) % 9 AS BIGINT),
            CAST((1 + hash(i * 11) % 9) * (100 + hash(i * 7) % 20000) AS DECIMAL(18, 2)) / 100,
            DATE '{first}' + to_days(CAST(day AS INTEGER))
                + to_seconds(CAST(hash(i * 23) % 86400 AS INTEGER)),
            strftime(DATE '{first}' + CAST(day AS INTEGER), '%Y%m%d')
        FROM (SELECT i, i * {DAYS} // {max(rows, 1)} AS day FROM range({rows}) AS r(i))"""


def _pick(choices: tuple[str, ...], key: str) -> str:
    listed = ", ".join(literal(choice) for choice in choices)
    return f"([{listed}])[CAST(1 + hash({key}) % {len(choices)} AS INTEGER)]"
