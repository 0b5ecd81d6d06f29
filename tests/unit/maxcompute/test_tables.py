"""How much a table holds, as far as the service tells."""

import json

import pytest

from odps_bot.maxcompute import MalformedResponseError, TableContent
from odps_bot.maxcompute.tables import parse_content


def described(root="Table", **facts):
    return f"<{root}><Schema><![CDATA[{json.dumps(facts)}]]></Schema></{root}>".encode()


def test_rows_size_and_partitions_are_read():
    body = described(size=512, recordNum=7, partitionKeys=[{"name": "ds"}])

    assert parse_content(body) == TableContent(rows=7, size_bytes=512, is_partitioned=True)


def test_a_partition_has_names_of_its_own_for_them():
    body = described("Partition", partitionSize=512, partitionRecordNum=7)

    assert parse_content(body) == TableContent(rows=7, size_bytes=512)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"size": -1, "recordNum": -1},
        {"size": "-", "recordNum": None},
        {"size": "NaN", "recordNum": []},
    ],
)
def test_what_the_service_does_not_tell_is_not_known(facts):
    assert parse_content(described(**facts)) == TableContent()


def test_no_rows_with_a_size_are_rows_that_nobody_has_counted():
    assert parse_content(described(size=512, recordNum=0)) == TableContent(size_bytes=512)


def test_a_view_is_one():
    assert parse_content(described(isVirtualView=True)).is_view


def test_a_description_that_cannot_be_read_is_an_error():
    with pytest.raises(MalformedResponseError):
        parse_content(b"<Table><Schema>{</Schema></Table>")
