"""Arrow as the instance tunnel sends it, made by pyarrow."""

import struct
from decimal import Decimal

import google_crc32c
import pyarrow as pa

PARTS = pa.struct([("sec", pa.int64()), ("nano", pa.int32())])

#: Arrow's types on the wire by those of MaxCompute.
TYPES = {
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
    "char(5)": pa.string(),
    "varchar(5)": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms"),
    "timestamp": PARTS,
    "timestamp_ntz": PARTS,
    "interval_day_time": PARTS,
}


def arrow_type(name):
    if name.startswith("decimal"):
        precision, scale = map(int, name[8:-1].split(","))
        return (pa.decimal128 if precision <= 38 else pa.decimal256)(precision, scale)
    return TYPES[name]


def record_batch(types, rows):
    """Return a batch; times are given as on the wire: millis, days, or (seconds, nanoseconds)."""
    arrays = []
    for place, name in enumerate(types):
        values = [row[place] for row in rows]
        kind = arrow_type(name)
        if kind == PARTS:
            values = [v and {"sec": v[0], "nano": v[1]} for v in values]
            arrays.append(pa.array(values, kind))
        elif name in {"date", "datetime"}:
            whole = pa.int32() if name == "date" else pa.int64()
            arrays.append(pa.array(values, whole).cast(kind))
        elif name.startswith("decimal"):
            exact = [None if v is None else Decimal(v) for v in values]
            arrays.append(pa.array(exact, kind))
        else:
            arrays.append(pa.array(values, kind))
    return pa.RecordBatch.from_arrays(arrays, [f"c{n}" for n in range(len(types))])


def messages(*batches, has_end=True):
    """Return the messages of a stream, without the schema that comes first elsewhere."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        schema_bytes = sink.tell()
        for batch in batches:
            writer.write_batch(batch)
        end = sink.tell()
    stream = sink.getvalue().to_pybytes()
    return stream[schema_bytes : None if has_end else end]


def pieces(content, piece_bytes=64 * 1024):
    """Return a stream in pieces with their checksums."""
    out = [struct.pack(">I", piece_bytes)]
    whole = len(content) // piece_bytes
    for number in range(whole):
        piece = content[number * piece_bytes : (number + 1) * piece_bytes]
        out += [piece, struct.pack(">I", google_crc32c.value(piece))]
    last = content[whole * piece_bytes :]
    out += [last, struct.pack(">I", google_crc32c.value(content))]
    return b"".join(out)


def chunks(content, size=1000):
    return (content[start : start + size] for start in range(0, len(content), size))
