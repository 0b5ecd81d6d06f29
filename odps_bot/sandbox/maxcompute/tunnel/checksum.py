"""CRC-32C (Castagnoli), the checksum of the tunnel's rows, four bytes at a time."""

import struct
from collections.abc import Callable

_POLYNOMIAL = 0x82F63B78
_WORDS = struct.Struct("<I")


def _tables() -> tuple[tuple[int, ...], ...]:
    first = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_POLYNOMIAL if crc & 1 else 0)
        first.append(crc)
    tables = [first]
    for _ in range(3):
        tables.append([first[crc & 0xFF] ^ (crc >> 8) for crc in tables[-1]])
    return tuple(tuple(table) for table in tables)


_T0, _T1, _T2, _T3 = _tables()


def crc32c(data: bytes, before: int = 0) -> int:
    """Return the checksum of some bytes, after those whose checksum is `before`."""
    return _EXTEND(before, data)


def extend_in_python(before: int, data: bytes) -> int:
    """Return the same without the extra `fast`."""
    crc = before ^ 0xFFFFFFFF
    whole = len(data) & ~3
    for (word,) in _WORDS.iter_unpack(data[:whole]):
        crc ^= word
        crc = _T3[crc & 0xFF] ^ _T2[(crc >> 8) & 0xFF] ^ _T1[(crc >> 16) & 0xFF] ^ _T0[crc >> 24]
    for byte in data[whole:]:
        crc = _T0[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _fastest() -> Callable[[int, bytes], int]:
    try:
        from google_crc32c import extend  # noqa: PLC0415  -- the extra `fast`
    except ImportError:
        return extend_in_python
    return lambda before, data: int(extend(before, data))


_EXTEND = _fastest()
