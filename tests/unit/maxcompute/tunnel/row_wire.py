"""Rows as the instance tunnel sends them one by one, from values as Arrow has them on the wire."""

import struct

import google_crc32c

END_OF_ROW, END_OF_METRICS, COUNT, CHECKSUM = 33553408, 33554176, 33554430, 33554431


def rows_stream(types, rows, *, footer=None):
    """Return a stream; `footer` are fields between the number of rows and the last checksum."""
    out, checksums = b"", b""
    for row in rows:
        covered = b""
        for number, (name, value) in enumerate(zip(types, row, strict=True), 1):
            if value is not None:
                wire_type, wire, raw = encoded(name, value)
                out += tag(number, wire_type) + wire
                covered += struct.pack("<i", number) + raw
        checksum = google_crc32c.value(covered)
        out += tag(END_OF_ROW, 0) + varint(checksum)
        checksums += struct.pack("<I", checksum)
    out += tag(COUNT, 0) + varint(len(rows) << 1) + (footer or b"")
    return out + tag(CHECKSUM, 0) + varint(google_crc32c.value(checksums))


def encoded(name, value):
    if name == "double":
        raw = struct.pack("<d", value)
        return 1, raw, raw
    if name == "float":
        raw = struct.pack("<f", value)
        return 5, raw, raw
    if name == "boolean":
        return 0, bytes([value]), bytes([value])
    if name in {"timestamp", "timestamp_ntz", "interval_day_time"}:
        seconds, nanoseconds = value
        wire = zigzag(seconds) + zigzag(nanoseconds)
        return 2, wire, struct.pack("<qi", seconds, nanoseconds)
    if isinstance(value, int):
        return 0, zigzag(value), struct.pack("<q", value)
    raw = value if isinstance(value, bytes) else value.encode()
    return 2, varint(len(raw)) + raw, raw


def metrics(text):
    """Return what a service says of its own work, with a checksum."""
    raw = text.encode()
    number = 100
    checksum = google_crc32c.value(struct.pack("<i", number) + raw)
    return tag(number, 2) + varint(len(raw)) + raw + tag(END_OF_METRICS, 0) + varint(checksum)


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
