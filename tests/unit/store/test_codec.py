"""Records are checked when they are read."""

import subprocess
import sys

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


_FIRST_READ_BY_MANY = """
import sys, threading
from msgspec import defstruct
from odps_bot.store.codec import convert, decode

def record():
    fields = [(f"f{k}", int, 0) for k in range(8)]
    parts = [defstruct(f"Part{n}", fields) for n in range(6)]
    return defstruct("Record", [(f"p{n}", part | None, None) for n, part in enumerate(parts)])

sys.setswitchinterval(1e-6)
for _ in range(300):
    kind, start = record(), threading.Barrier(8)
    def read():
        start.wait()
        decode(b'{"p0":{"f0":1},"p5":{"f7":2}}', kind)
        convert({"p1": {"f0": 1}, "p4": {"f7": 2}}, kind)
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_that_read_the_first_record_of_a_kind_at_once_do_not_crash():
    reading = subprocess.run(
        [sys.executable, "-c", _FIRST_READ_BY_MANY], capture_output=True, check=False, text=True
    )

    assert (reading.returncode, reading.stderr) == (0, "")
