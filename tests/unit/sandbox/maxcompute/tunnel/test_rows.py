from datetime import UTC, date, datetime
from decimal import Decimal

from odps.models import Record
from odps.tunnel.io.reader import TunnelRecordReader
from odps.types import Column as OdpsColumn
from odps.types import OdpsSchema

from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.types import parse_type
from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c
from odps_bot.sandbox.maxcompute.tunnel.rows import encode_rows


class Stream:
    """What PyODPS reads from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int) -> bytes:
        chunk, self._content = self._content[:size], self._content[size:]
        return chunk

    def close(self) -> None:
        pass


def as_pyodps_reads_them(types, rows):
    """Return rows after a way through PyODPS's reader, which checks the checksums."""
    ours = [Column(f"c{index}", parse_type(text)) for index, text in enumerate(types)]
    content = b"".join(encode_rows(ours, rows))
    schema = OdpsSchema([OdpsColumn(column.name, str(column.type)) for column in ours])
    reader = TunnelRecordReader(schema, lambda *_, **__: Stream(content))
    read: list[Record] = list(reader)
    return [tuple(record.values) for record in read]


def test_the_checksum_is_crc32c():
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(b"") == 0
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_a_captured_stream_is_reproduced_byte_for_byte():
    columns = [
        Column("id", parse_type("bigint")),
        Column("name", parse_type("string")),
        Column("score", parse_type("double")),
        Column("ok", parse_type("boolean")),
    ]
    rows = [(1, "a", 0.5, True), (2, "b, c", -1.5, False), (None,) * 4]

    stream = b"".join(encode_rows(columns, rows)).hex()

    # PyODPS's own writer extends the sign of a checksum to ten bytes; five say the same.
    captured = (
        "080212016119000000000000e03f200180c0ff7f8ebee6d50d"
        "08041204622c206319000000000000f8bf200080c0ff7f86cab78f08"
        "80c0ff7f00f0ffff7f06f8ffff7ffaefe9ee0f"
    )
    assert stream == captured


def test_pyodps_reads_every_type():
    types = {
        "tinyint": -1,
        "int": 2**31 - 1,
        "bigint": -(2**63),
        "float": 0.5,
        "double": 1e300,
        "boolean": False,
        "string": "中文 and 'more'",
        "binary": b"\x00\xff",
        "decimal(10,2)": Decimal("-1.50"),
        "date": date(1969, 12, 31),
        "datetime": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC).replace(tzinfo=None),
        "array<bigint>": [1, None, 3],
        "map<string,bigint>": {"a": 1, "b": None},
    }

    rows = as_pyodps_reads_them(types, [tuple(types.values()), (None,) * len(types)])

    assert rows == [tuple(types.values()), (None,) * len(types)]


def test_pyodps_reads_structs():
    rows = as_pyodps_reads_them(["struct<a:bigint,b:array<string>>"], [({"a": None, "b": ["x"]},)])

    assert tuple(rows[0][0]) == (None, ["x"])


def test_thousands_of_rows_are_sent_in_several_chunks():
    columns = [Column("n", parse_type("bigint"))]

    chunks = list(encode_rows(columns, [(n,) for n in range(1_200)]))

    assert len(chunks) == 3
    assert as_pyodps_reads_them(["bigint"], [(n,) for n in range(1_200)])[-1] == (1_199,)
