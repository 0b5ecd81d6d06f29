"""Functions on columns, aggregates, windows and NULL, with the types that they return."""

import pytest

from odps_bot.sandbox.maxcompute.accounts import account_number
from tests.unit.sandbox.maxcompute.conftest import NOW

TYPES = {
    "abs('-2')": "double",
    "abs(-1)": "int",
    "abs(cast(-1 as bigint))": "bigint",
    "abs(cast(1.5 as decimal(10,2)))": "decimal(10,2)",
    "abs(122320837456298376592387456923748)": "double",
    "ceil(1.5)": "bigint",
    "floor('1.5')": "bigint",
    "round(5)": "double",
    "round(cast(1.25 as decimal(10,2)), 1)": "decimal(10,1)",
    "sign(3)": "double",
    "factorial(5)": "bigint",
    "shiftleft(1, 2)": "int",
    "shiftleft(cast(1 as bigint), 2)": "bigint",
    "shiftrightunsigned(cast(-1 as tinyint), 28)": "int",
    "width_bucket(1, 0, 5, 5)": "bigint",
    "conv('1', 10, 2)": "string",
    "unhex('61')": "binary",
    "get_idcard_birthday('11010519491231002X')": "datetime",
    "get_idcard_age('11010519491231002X')": "bigint",
    "from_utc_timestamp(0, 'PST')": "timestamp",
    "next_day('2017-08-01', 'TU')": "string",
    "trunc_time(date '2025-06-03', 'day')": "string",
    "months_between('2017-08-01', '2017-07-01')": "double",
    "str_to_map('a=1')": "map<string,string>",
    "map_concat(map('a', 1), map('b', 2))": "map<string,int>",
    "array_position(array(1), 1)": "bigint",
    "arrays_zip(array(1), array('a'))": "array<struct<0:int,1:string>>",
    "arrays_overlap(array(1), array(1))": "boolean",
    "from_json('{}', 'a bigint, b array<string>')": "struct<a:bigint,b:array<string>>",
    "regexp_instr('a', 'a')": "bigint",
    "is_encoding('a', 'utf-8', 'gbk')": "boolean",
    "ordinal(1, 'a', 'b')": "string",
    "datepart(datetime '2026-01-31 10:20:30', 'ss')": "bigint",
    "extract(hour from datetime '2026-01-31 10:20:30')": "int",
    "size(map('a', 1))": "bigint",
    "table_exists('orders')": "boolean",
    "get_user_id()": "string",
}


@pytest.mark.parametrize("expression", TYPES)
def test_a_function_returns_its_type(session, expression):
    settings = {"odps__sql__type__system__odps2": "true"}

    assert session.types(f"select {expression}", **settings) == [TYPES[expression]]


ON_COLUMNS = {
    "conv(s, 16, 10), shiftleft(n, 1), format_number(x, 1)": ['"10",4,"1.5"', "\\N,\\N,\\N"],
    "char_matchcount(s, 'abc'), regexp_instr(s, 'a'), regexp_replace(s, 'a', 'b', 1)": [
        '1,1,"b"',
        "\\N,\\N,\\N",
    ],
    "soundex(s), url_encode(s, 'GBK'), is_encoding(s, 'utf-8', 'gbk'), replace(s, 'a', '')": [
        '"A000","a",true,""',
        "\\N,\\N,\\N,\\N",
    ],
    "next_day(d, 'MO'), trunc_time(d, 'month'), from_utc_timestamp(d, 'PST')": [
        '"2025-06-09","2025-06",2025-06-03 00:15:08',
        "\\N,\\N,\\N",
    ],
    "array_position(a, 2), array_sort(a, (p, q) -> q - p), all_match(a, i -> i > 0)": [
        '2,"[2,1]",true',
        "\\N,\\N,\\N",
    ],
    "str_to_map(s), get_idcard_sex(s), json_valid_ish": ['"{""a"":null}",\\N,1', "\\N,\\N,1"],
    "ordinal(1, n, 3), greatest(n, 1), abs(n), ceil(x), to_char(n)": [
        '2,2,2,2,"2"',
        "\\N,1,\\N,\\N,\\N",
    ],
}
COLUMNS = (
    "select 1 as k, 'a' as s, cast(2 as bigint) as n, 1.5 as x,"
    " datetime '2025-06-03 07:15:08' as d, array(1, 2) as a, 1 as json_valid_ish"
    " union all select 2, null, null, null, null, null, 1"
)


@pytest.mark.parametrize("expressions", ON_COLUMNS)
def test_functions_take_columns_and_null(session, expressions):
    sql = f"select {expressions} from ({COLUMNS}) t order by k"

    assert session.csv(sql).split("\n") == ON_COLUMNS[expressions]


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        (
            "select round(sum(x), 1), abs(min(x)), ceil(avg(x)), format_number(sum(x), 2)",
            '3.8,1.25,2,"3.75"',
        ),
        (
            "select to_char(count(*)), concat('n', count(*)), lower(max(s)), length(max(s))",
            '"2","n2","bc",2',
        ),
        ("select round(x / sum(x) over (), 2), upper(lag(s) over (order by s))", "0.33,\\N"),
        ("select upper(wm_concat(',', s)), array_join(collect_list(s), '-')", '"A,BC","A-BC"'),
        ("select format_number(sum(x), '#,##0.0'), bitwise_xor_agg(n)", '"3.8",3'),
        ("select map_agg(s, n), numeric_histogram(1, x)", '"{""A"":1,""BC"":2}","{""1.875"":2.0}"'),
    ],
)
def test_functions_take_aggregates_and_windows(session, sql, row):
    rows = "values (1.25, 'A', 1), (2.5, 'BC', 2) as t(x, s, n)"

    assert session.csv(f"{sql} from {rows}").split("\n")[0] == row


def test_a_numeric_histogram_has_at_most_so_many_points(session):
    salaries = "800, 1600, 1250, 2975, 1250, 2850, 2450, 3000, 5000, 1500, 1100, 950, 3000, 1300"
    rows = ", ".join(f"({salary})" for salary in salaries.split(", "))
    [[points]] = session.rows(f"select numeric_histogram(5, x) from values {rows} as t(x)")
    [[none]] = session.rows(f"select numeric_histogram(null, x) from values {rows} as t(x)")
    [[many]] = session.rows(
        "select numeric_histogram(10, order_id) from orders where ds = '20261031'"
    )

    assert len(points) == 5
    assert sum(points.values()) == 14
    assert points[5000.0] == 1.0
    assert none is None
    assert len(many) == 10


def test_samples_choose_rows_and_each_row_is_in_one_part(session):
    parts = [
        {
            key
            for [key] in session.rows(
                f"select order_id from orders where ds = '20261031' and sample(4, {part}, order_id)"
            )
        }
        for part in (1, 2, 3, 4)
    ]
    everything = {
        key for [key] in session.rows("select order_id from orders where ds = '20261031'")
    }

    assert set.union(*parts) == everything
    assert sum(map(len, parts)) == len(everything)
    assert session.csv("select sample(4, null)") == "\\N"
    assert session.csv("select sample(1)") == "true"


def test_a_cluster_sample_takes_so_many_rows_of_each_partition(session):
    rows = "values ('x', 1), ('x', 2), ('x', 3), ('y', 4), ('y', 5), ('z', 6) as t(k, v)"
    counted = "select k, count(*) from ({}) q where s group by k order by k"

    two = f"select k, cluster_sample(2) over (partition by k) as s from {rows}"
    a_third = f"select k, cluster_sample(3, 1) over (partition by k) as s from {rows}"

    assert session.csv(counted.format(two)).split("\n") == ['"x",2', '"y",2', '"z",1']
    assert session.csv(counted.format(a_third)).split("\n") == ['"x",1']


def test_the_catalog_says_which_tables_and_partitions_exist(session):
    assert (
        session.csv(
            "select table_exists('orders'), table_exists('sandbox.ORDERS'), table_exists('nope'),"
            " table_exists('elsewhere.orders'), partition_exists('orders', '20261031'),"
            " partition_exists('sandbox.orders', '19990101')"
        )
        == "true,true,false,false,true,false"
    )


def test_an_identity_card_is_checked_and_its_age_is_of_this_year(session):
    assert session.csv("select get_idcard_age('11010519491231002X')") == str(NOW.year - 1949)
    cards = {
        "11010519491231002X": '"F",1949-12-31 00:00:00',
        "11010519491231002x": '"F",1949-12-31 00:00:00',
        "110105194912310021": "\\N,\\N",  # another last digit
        "99010519491231002X": "\\N,\\N",  # no such province
        "130503670401001": '"M",1967-04-01 00:00:00',
        "130503671301001": "\\N,\\N",  # a month 13
        "1": "\\N,\\N",
    }
    for card, row in cards.items():
        sql = f"select get_idcard_sex('{card}'), get_idcard_birthday('{card}')"
        assert session.csv(sql) == row


def test_trunc_time_is_of_utc_but_for_dates(session):
    times = ("datetime '2025-06-03 07:15:08'", "date '2025-06-03'")
    sql = "select " + ", ".join(f"trunc_time({time}, 'day')" for time in times)

    assert session.csv(sql) == '"2025-06-02","2025-06-03"'
    assert session.csv(sql, odps__sql__timezone="America/New_York") == '"2025-06-03","2025-06-03"'


def test_text_in_gbk_is_escaped_by_the_bytes_of_its_characters(session):
    assert session.csv("select url_decode(url_encode('中文 a&é', 'GBK'), 'GBK')") == '"中文 a&é"'
    assert session.csv("select url_encode('한', 'GBK')") == '"%3F"'
    for character in "一丂囍龥、。":
        escaped = "".join(f"%{byte:02X}" for byte in character.encode("gbk"))
        assert session.csv(f"select url_encode('{character}', 'gbk')") == f'"{escaped}"'


def test_a_lambda_in_a_lambda_sees_both_parameters(session):
    sql = "select filter(array(1, 2, 3), x -> any_match(array(2, 3), y -> y = x))"

    assert session.csv(sql) == '"[2,3]"'


def test_get_user_id_is_the_number_that_whoami_says(session):
    assert session.csv("select get_user_id()") == f'"{account_number("ALIYUN$me@example.com")}"'


AGGREGATES = {
    "percentile(order_id, 0.5)": "2950.5",
    "percentile(order_id, array(0.1, 0.9))": '"[2910.9,2990.1]"',
    "percentile_approx(order_id, 0.5), percentile_approx(order_id, 0.5, 100)": "2950.5,2950.5",
    "round(percentile_approx(amount, 0.5), 2)": "406.71",
    "percentile_approx(cast(amount as string), 0)": "10.92",
    "wm_concat(distinct ',', city) within group (order by city desc)": (
        '"Singapore,Shenzhen,Shanghai,Lagos,Hangzhou,Chengdu,Berlin,Beijing"'
    ),
    "size(collect_list(city) within group (order by city))": "100",
}


@pytest.mark.parametrize("expression", AGGREGATES)
def test_aggregates_of_a_partition(session, expression):
    rows = session.csv(f"select {expression} from orders where ds = '20261031'")

    assert rows == AGGREGATES[expression]


def test_the_default_of_lag_has_the_type_of_the_value(session):
    sql = "select lag(order_id, 1, '0') over (order by order_id) from orders where ds = '20261031'"

    assert session.types(sql) == ["bigint"]
    assert session.csv(f"{sql} limit 2").split() == ["0", "2901"]


def test_a_float_shows_its_own_digits(session):
    sql = "select cast(1.1 as float), cast(16777216 as float), cast('nan' as float)"

    assert session.csv(sql) == "1.1,16777216.0,NaN"


@pytest.mark.parametrize(
    "sql",
    [
        "select rowid from orders where ds = '20261031'",
        "select o.rowid from orders o where ds = '20261031'",
        "select 1 from orders where ds = '20261031' and rowid = 0",
    ],
)
def test_no_statement_can_name_the_engines_row_ids(session, sql):
    assert "column rowid cannot be resolved" in session.failure(sql)
