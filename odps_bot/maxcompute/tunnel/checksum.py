"""CRC32C, the checksum of the tunnel, https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4.

By the processor's own instruction where `google-crc32c` is installed (extra `fast`). Without it,
what is long is checked in lanes side by side: the checksums of all lanes are four long integers,
one for each of their bytes, and a step takes one byte of every lane by `bytes.translate`. That is
ten times as fast as byte after byte.
"""

import struct
from collections.abc import Callable, Sequence
from functools import cache

_POLYNOMIAL = 0x82F63B78  # reflected
_ALL_ONES = 0xFFFFFFFF

#: Lanes pay from here; shorter data is taken byte by byte.
_LEAST_FOR_LANES = 512
_LANE_BYTES = 16
_MOST_LANE_BLOCK = 64 * 1024

#: Fewer texts side by side are not worth it, and longer ones are taken each in lanes of its own.
_LEAST_SIDE_BY_SIDE = 16
_LONGEST_SIDE_BY_SIDE = 1024

#: Of an integer, its four bytes' contributions to another one.
_Operator = tuple[tuple[int, ...], ...]
#: Of a step of planes: the tables of `bytes.translate` by byte of the old and of the new checksum.
_Tables = tuple[tuple[bytes, ...], ...]


def crc32c(data: bytes | bytearray | memoryview, crc: int = 0) -> int:
    """Return the checksum of `data`, following data with the checksum `crc`."""
    extend = _extend()
    if extend is not None:
        return extend(crc, bytes(data))
    for start in range(0, len(data), _MOST_LANE_BLOCK):
        block = bytes(data[start : start + _MOST_LANE_BLOCK])
        lanes = len(block) // _LANE_BYTES
        whole = lanes * _LANE_BYTES if len(block) >= _LEAST_FOR_LANES else 0
        if whole:
            crc = crc32c_joined(crc, _of_lanes(block[:whole], lanes), whole)
        crc = _byte_by_byte(block[whole:], crc)
    return crc


def crc32c_each(texts: Sequence[bytes]) -> list[int]:
    """Return the checksum of each of the texts."""
    extend = _extend()
    if extend is not None:
        return [extend(0, text) for text in texts]
    checksums = [0] * len(texts)
    short = [place for place, text in enumerate(texts) if len(text) <= _LONGEST_SIDE_BY_SIDE]
    if len(short) < _LEAST_SIDE_BY_SIDE:
        return [crc32c(text) for text in texts]
    if len(short) < len(texts):
        for place, text in enumerate(texts):
            if len(text) > _LONGEST_SIDE_BY_SIDE:
                checksums[place] = crc32c(text)
    short.sort(key=lambda place: len(texts[place]), reverse=True)
    found = _side_by_side([texts[place] for place in short])
    for place, checksum in zip(short, found, strict=True):
        checksums[place] = checksum
    return checksums


def crc32c_joined(first: int, second: int, second_length: int) -> int:
    """Return the checksum of two texts in a row from those of each, and the second's length."""
    for bit in range(second_length.bit_length()):
        if second_length >> bit & 1:
            first = _applied(_zeros(bit), first)
    return first ^ second


@cache
def _extend() -> Callable[[int, bytes], int] | None:
    """Return the compiled function, if there is one; its package also has a slow one in Python."""
    try:
        import google_crc32c  # noqa: PLC0415  -- only a download needs it
    except ImportError:
        return None
    if google_crc32c.implementation != "c":
        return None
    extend: Callable[[int, bytes], int] = google_crc32c.extend
    return extend


def _byte_by_byte(data: bytes, crc: int) -> int:
    table = _table()
    crc ^= _ALL_ONES
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ _ALL_ONES


def _of_lanes(data: bytes, lanes: int) -> int:
    """Return the checksum of as many lanes of equal length in a row."""
    length = len(data) // lanes
    planes = [(1 << 8 * lanes) - 1] * 4
    for place in range(length):
        planes = _stepped(planes, data[place::length], lanes)
    ones = (1 << 8 * lanes) - 1
    found = [(plane ^ ones).to_bytes(lanes, "little") for plane in planes]
    level = _LANE_BYTES.bit_length() - 1
    while lanes > 1:
        if lanes % 2:  # carried on alone, as a lane that zeros precede
            found = [b"\0" + plane for plane in found]
            lanes += 1
        lanes //= 2
        found = _joined_pairs(found, _join_tables(level), lanes)
        level += 1
    return int.from_bytes(bytes(plane[0] for plane in found), "little")


def _joined_pairs(planes: list[bytes], tables: _Tables, pairs: int) -> list[bytes]:
    """Return the planes of half as many lanes, each of two neighbours."""
    firsts = [plane[::2] for plane in planes]
    joined = []
    for new, plane in enumerate(planes):
        found = int.from_bytes(plane[1::2], "little")
        for first, table in zip(firsts, tables, strict=True):
            found ^= int.from_bytes(first.translate(table[new]), "little")
        joined.append(found.to_bytes(pairs, "little"))
    return joined


def _side_by_side(texts: Sequence[bytes]) -> list[int]:
    """Return the checksums of texts that are sorted by length, the longest first."""
    count = len(texts)
    lengths = list(map(len, texts))
    longest = lengths[0]
    padded = b"".join([text.ljust(longest, b"\0") for text in texts])
    planes = [(1 << 8 * count) - 1] * 4
    done = [b""] * 4  # of the texts that have ended, from the last on
    active = count
    for place in range(longest + 1):
        ended = active
        while active and lengths[active - 1] == place:
            active -= 1
        if active < ended:
            for number, plane in enumerate(planes):
                raw = plane.to_bytes(ended, "little")
                done[number] = raw[active:] + done[number]
                planes[number] = int.from_bytes(raw[:active], "little")
        if not active:
            break
        planes = _stepped(planes, padded[place : active * longest : longest], active)
    mixed = bytearray(4 * count)
    for number, ended_plane in enumerate(done):
        mixed[number::4] = ended_plane
    return [crc ^ _ALL_ONES for crc in struct.unpack(f"<{count}I", mixed)]


def _stepped(planes: list[int], column: bytes, count: int) -> list[int]:
    """Return the checksums' planes after another byte of each."""
    low, second, third, high = planes
    index = (low ^ int.from_bytes(column, "little")).to_bytes(count, "little")
    tables = _step_tables()
    return [
        second ^ int.from_bytes(index.translate(tables[0]), "little"),
        third ^ int.from_bytes(index.translate(tables[1]), "little"),
        high ^ int.from_bytes(index.translate(tables[2]), "little"),
        int.from_bytes(index.translate(tables[3]), "little"),
    ]


@cache
def _table() -> tuple[int, ...]:
    def entry(crc: int) -> int:
        for _ in range(8):
            crc = (crc >> 1) ^ (_POLYNOMIAL if crc & 1 else 0)
        return crc

    return tuple(entry(byte) for byte in range(256))


@cache
def _step_tables() -> tuple[bytes, ...]:
    return tuple(_bytes_of(_table(), number) for number in range(4))


@cache
def _join_tables(level: int) -> _Tables:
    return tuple(tuple(_bytes_of(part, number) for number in range(4)) for part in _zeros(level))


def _bytes_of(table: Sequence[int], number: int) -> bytes:
    return bytes(entry >> 8 * number & 0xFF for entry in table)


@cache
def _zeros(level: int) -> _Operator:
    """Return what 2**level bytes of zero do to a checksum, without its inversions."""
    if level == 0:
        table = _table()
        once = [[table[byte] for byte in range(256)]]
        once += [[byte << 8 * (number - 1) for byte in range(256)] for number in (1, 2, 3)]
        return tuple(map(tuple, once))
    half = _zeros(level - 1)
    return tuple(tuple(_applied(half, entry) for entry in part) for part in half)


def _applied(operator: _Operator, crc: int) -> int:
    first, second, third, fourth = operator
    return first[crc & 0xFF] ^ second[crc >> 8 & 0xFF] ^ third[crc >> 16 & 0xFF] ^ fourth[crc >> 24]
