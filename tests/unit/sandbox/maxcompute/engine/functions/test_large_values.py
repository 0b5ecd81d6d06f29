"""Functions of long texts and arrays: neither slow out of proportion nor more than memory holds."""

import time

import pytest

#: Each took minutes, or all memory, while its time grew with the square of the number of elements.
LONG = {
    "size(array_distinct(sequence(1, 10000)))": 10_000,
    "size(map_keys(str_to_map(repeat('a=1,', 5000))))": 2,
    "size(map_keys(map_from_arrays(sequence(1, 10000), sequence(1, 10000))))": 10_000,
    "size(array_intersect(sequence(1, 10000), sequence(1, 10000)))": 10_000,
}
TOO_LONG = {
    "array_repeat('a', 1000000000)": "kWorkerOutOfMemory",
    "sequence(1, 100000000000)": "function sequence makes at most 10000 elements",
    "sequence(-9223372036854775807, 9223372036854775807)": "makes at most 10000 elements",
}


@pytest.mark.parametrize("expression", LONG)
def test_time_grows_with_the_number_of_elements(session, expression):
    start = time.process_time()
    value = session.value(expression)

    assert value == LONG[expression]
    assert time.process_time() - start < 20


def test_a_histogram_of_many_distinct_values_takes_seconds(session):
    start = time.process_time()
    rows = session.rows("select numeric_histogram(10, order_id) from orders where ds >= '0'")

    assert len(rows[0][0]) == 10
    assert time.process_time() - start < 20


@pytest.mark.parametrize("expression", TOO_LONG)
def test_a_result_beyond_all_memory_fails_the_statement(session, expression):
    assert TOO_LONG[expression] in session.failure(f"select {expression}")
