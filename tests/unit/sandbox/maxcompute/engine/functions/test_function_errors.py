"""Arguments that a function does not take, with the service's code and the place in the text."""

import pytest

AT_COMPILE_TIME = {
    "select abs(true)": "ODPS-0130071:[1,8]",
    "select\n  lower(array(1))": "ODPS-0130071:[2,3]",
    "select length(true)": "ODPS-0130071:[1,8]",
    "select ceil(date '2020-01-01')": "ODPS-0130071:[1,8]",
    "select 1, shiftleft('1', 2)": "ODPS-0130071:[1,11]",
    "select soundex(array('a'))": "ODPS-0130071:[1,8]",
    "select regexp_count(map(1, 2), 'a')": "ODPS-0130071:[1,8]",
    "select conv('1')": "ODPS-0130221:[1,8]",
    "select e(1)": "ODPS-0130221:[1,8]",
    "select upper()": "ODPS-0130221:[1,8]",
    "select replace('a', 'b')": "ODPS-0130221:[1,8]",
    "select ordinal(1)": "ODPS-0130221:[1,8]",
    "select arrays_zip(array(1))": "ODPS-0130221:[1,8]",
    "select trunc_time('2025-06-03 07:15:08')": "ODPS-0130221:[1,8]",
    "select get_user_id(1)": "ODPS-0130221:[1,8]",
    "select json_tuple('{}')": "ODPS-0130221:[1,8]",
    "select array_sort(array(2, 1), x -> x)": "ODPS-0130071:[1,8]",
    "select all_match(array(1), 3)": "ODPS-0130071:[1,8]",
    "select stack(2, 1, 2, 3)": "ODPS-0130071:[1,8]",
    "select map(1)": "ODPS-0130071:[1,8]",
    "select from_json('{}', 'nonsense<')": "ODPS-0130071:[1,8]",
    "select from_json('{}', concat('a ', 'int'))": "ODPS-0130071:[1,8]",
    "select table_exists(concat('a', 'b'))": "ODPS-0130071:[1,8]",
    "select partition_exists('orders', '1', '2')": "ODPS-0130071:[1,8]",
    "select partition_exists('nope', '1')": "ODPS-0130131:[1,8]",
    "select sample(2, 3)": "ODPS-0130071:[1,8]",
    "select cluster_sample(2)": "ODPS-0130071:[1,8]",
    # What the macros are made of is no function.
    "select map_of(array(), 'x')": "ODPS-0130071:[1,8]",
    "select divide(1, 2)": "ODPS-0130071:[1,8]",
    "select lower_of_any('a')": "ODPS-0130071:[1,8]",
    "select odps_functions.gbk()": "ODPS-0130071:[1,23]",
    "select sha512('a')": "ODPS-0130071:[1,8]",
    "select sha2(array(1), 512)": "ODPS-0130071:[1,8]",
}
AT_RUN_TIME = {
    "select conv('1', 3, 10)": "bases of function conv are 2, 8, 10 and 16",
    "select chr(300)": "argument of function chr must be 0 to 255",
    "select regexp_count('a', '')": "pattern of function regexp_count must not be empty",
    "select regexp_substr('a', 'a', 0)": "start_position of function regexp_substr must be",
    "select regexp_instr('a', 'a', 1, 0)": "nth_occurrence of function regexp_instr must be",
    "select regexp_instr('a', 'a', 1, 1, 2)": "return_option of function regexp_instr must be",
    "select regexp_replace('a', 'a', 'b', -1)": "occurrence of function regexp_replace must not",
    "select format_number(1, -1)": "decimals of function format_number are 0 to 340",
    "select width_bucket(1, 5, 5, 3)": "function width_bucket needs a positive number of buckets",
    "select split_part('a', 'b', 0)": "start position of function split_part must be",
    "select instr('a', 'b', 1, 0)": "nth_appearance of function instr must be",
    "select from_utc_timestamp('2017-08-31 01:00:00', 'Nowhere')": "unknown time zone Nowhere",
    "select slice(array(1), 1, -1)": "length of function slice must not be negative",
    "select sequence(1, 5, -1)": "step of function sequence does not lead from start to stop",
    "select sequence(1, 5, 0)": "step of function sequence does not lead from start to stop",
    "select url_encode('a', 'big5')": "unknown encoding big5",
    "select is_encoding('a', 'utf-8', 'klingon')": "unknown encoding klingon",
    "select parse_url('http://h', 'PLACE')": "unknown part of function parse_url: PLACE",
    "select array_sort(array(2, 1), (a, b) -> null)": "comparator of function array_sort returned",
    "select map_concat('exception', map(1, 2), map(1, 3))": "duplicate map key",
    "select map_concat('first', map(1, 2), map(1, 3))": "mapDupKeyPolicy must be exception or",
    "select map_concat(map(1, 2), null)": "argument of function map_concat must not be NULL",
    "select map_from_arrays(array(1), array(1, 2))": "arrays of function map_from_arrays must have",
    "select map_from_arrays(array('a', null), array(1, 2))": "key of map must not be NULL",
    "select trunc_time('2025-06-03 07:15:08', 'week')": "illegal unit week",
}


@pytest.mark.parametrize("sql", AT_COMPILE_TIME)
def test_wrong_arguments_are_refused_with_their_place(session, sql):
    assert session.failure(sql).startswith(f"{AT_COMPILE_TIME[sql]} ")


@pytest.mark.parametrize("sql", AT_RUN_TIME)
def test_a_value_that_a_function_does_not_take_fails_the_statement(session, sql):
    failure = session.failure(sql)

    assert failure.startswith("ODPS-0121095:Invalid argument - ")
    assert AT_RUN_TIME[sql] in failure


BEYOND = (
    "dateadd(datetime '9999-12-31 00:00:00', 1, 'dd')",
    "date_add(date '2026-01-31', 1000000000)",
    "add_months('2026-01-31', 100000)",
    "from_unixtime(99999999999999)",
)


@pytest.mark.parametrize("expression", BEYOND)
def test_a_date_after_the_year_9999_fails_the_statement(session, expression):
    failure = session.failure(f"select {expression}")

    assert failure.startswith("ODPS-0121145:Data overflow - the result is not between the years")
