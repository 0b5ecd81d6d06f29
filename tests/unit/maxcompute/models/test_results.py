import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import MalformedResponseError, ResultTable, TaskResult


def table(text, limit=None):
    return TaskResult(task_name="t", format="csv", text=text).rows(limit)


def test_null_differs_from_text_that_looks_like_it():
    assert table('"a","b"\n\\N,"\\N"\n') == ResultTable(("a", "b"), ((None, "\\N"),))


def test_quotes_commas_and_new_lines_stay_inside_of_quotes():
    text = '"id","text"\r\n1,"say ""hi"",\r\nthen go"\r\n2,""\r\n'

    assert table(text).rows == (("1", 'say "hi",\r\nthen go'), ("2", ""))


def test_numbers_are_not_quoted():
    text = '"sepallength","name"\n5.1,"Iris-setosa"\n-1.5E-7,"二"'

    assert table(text) == ResultTable(
        ("sepallength", "name"), (("5.1", "Iris-setosa"), ("-1.5E-7", "二"))
    )


def test_only_as_many_rows_as_wanted_are_read():
    text = '"a"\n' + "1\n" * 10_000 + '"never closed'

    assert table(text, 3).rows == (("1",),) * 3


def test_no_rows_have_columns_all_the_same():
    assert table('"a","b"\n') == ResultTable(("a", "b"), ())


@pytest.mark.parametrize(("result_format", "text"), [("text", "OK"), ("csv", "")])
def test_what_is_no_table_has_no_columns(result_format, text):
    result = TaskResult(task_name="t", format=result_format, text=text)

    assert result.rows() == ResultTable((), ())


@pytest.mark.parametrize("text", ['"a"\n"never closed', '"a"\n"1"2\n', '"a"\n1"2'])
def test_broken_csv_is_malformed(text):
    with pytest.raises(MalformedResponseError, match="character"):
        table(text)


CELLS = st.none() | st.text(st.characters(exclude_categories=("Cs",)))


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n))))
def test_any_cells_survive_the_round_trip(rows):
    width = len(rows[0]) if rows else 1

    def line(cells):
        return ",".join(
            "\\N" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in cells
        )

    names = tuple(f"c{number}" for number in range(width))
    text = "\n".join(line(cells) for cells in [names, *rows]) + "\n"

    assert table(text) == ResultTable(names, tuple(map(tuple, rows)))
