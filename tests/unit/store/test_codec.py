"""Records are checked when they are read."""

import msgspec
import pytest

from odps_bot.store.codec import (
    CorruptRecordError,
    Instant,
    decode,
    decode_or_discard,
    decode_or_none,
)


class Record(msgspec.Struct):
    """A record."""

    name: str
    at: Instant | None = None


CORRUPT = [
    b"",
    b"{",
    b"\xff",
    b"[]",
    b"{}",
    b'{"name": 1}',
    b'{"name":"a","at":"2026-11-22T12:00"}',
]


def test_fields_of_a_later_version_are_ignored():
    assert decode(b'{"name": "a", "later": 1}', Record) == Record("a")


@pytest.mark.parametrize("kept", CORRUPT)
def test_what_we_have_not_written_is_corrupt(kept, caplog):
    with pytest.raises(CorruptRecordError):
        decode(kept, Record)
    assert decode_or_none(kept, Record) is None
    assert caplog.records == []
    assert decode_or_discard(kept, Record) is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize("kept", [None, "text", 7])
def test_what_is_not_there_is_none(kept):
    assert decode_or_none(kept, Record) is None
