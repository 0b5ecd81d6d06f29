"""Files with SQL are text, whatever wrote them."""

import pytest

from odps_bot.input.slack_message.files import trouble_of
from odps_bot.input.sql_file import UnreadableFileError, as_text


@pytest.mark.parametrize(
    "content",
    [
        "select '花'".encode(),
        "select '花'".encode("utf-8-sig"),
        "select '花'".encode("utf-16"),
        b"\xfe\xff" + "select '花'".encode("utf-16-be"),
    ],
)
def test_text_is_read_in_the_encodings_that_editors_write(content: bytes) -> None:
    assert as_text(content) == "select '花'"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x89PNG\r\n", b"select\x00 1", b"\xb4\xfa"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="isn't text"):
        as_text(content)


@pytest.mark.parametrize(
    ("file", "answer"),
    [
        ({"name": "a.sql"}, True),
        ({"name": "A.SQL", "filetype": "sql"}, True),
        ({"name": "a.txt"}, True),
        ({"name": "Untitled", "filetype": "sql"}, True),
        ({"name": "a.png", "filetype": "png"}, False),
        ({"name": None}, False),
        ({}, False),
    ],
)
def test_files_of_sql_are_known_by_name_or_type(file: dict[str, str], answer: bool) -> None:
    assert (trouble_of(file) is None) is answer
