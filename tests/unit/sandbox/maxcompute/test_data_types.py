import duckdb
import pytest

from odps_bot.sandbox.maxcompute.engine.types import UnknownTypeError, from_duckdb, parse_type


@pytest.mark.parametrize(
    "text",
    [
        "bigint",
        "decimal(10,2)",
        "varchar(20)",
        "array<string>",
        "map<string,array<decimal(10,2)>>",
        "struct<a:bigint,b:map<string,double>>",
    ],
)
def test_types_survive_parsing_and_formatting(text):
    assert str(parse_type(text)) == text


@pytest.mark.parametrize("text", ["", "bgint", "array<bigint", "map<bigint>", "decimal(x)", "int)"])
def test_invalid_types_are_refused(text):
    with pytest.raises(UnknownTypeError):
        parse_type(text)


@pytest.mark.parametrize(
    "text",
    [
        "tinyint",
        "bigint",
        "double",
        "string",
        "date",
        "datetime",
        "timestamp",
        "boolean",
        "binary",
        "decimal(18,2)",
        "array<bigint>",
        "map<string,double>",
        "struct<a:bigint,b:string>",
    ],
)
def test_types_survive_a_round_trip_through_duckdb(text):
    with duckdb.connect() as connection:
        relation = connection.sql(f"SELECT CAST(NULL AS {parse_type(text).duckdb})")

        assert str(from_duckdb(relation.types[0])) == text


def test_an_integer_constant_is_a_bigint_without_the_new_types():
    with duckdb.connect() as connection:
        kind = connection.sql("SELECT 1").types[0]

        assert str(from_duckdb(kind, has_int=True)) == "int"
        assert str(from_duckdb(kind, has_int=False)) == "bigint"
