"""CRC-32C (Castagnoli), the checksum of the tunnel's rows, four bytes at a time."""

import struct

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


def crc32c(data: bytes) -> int:
    """Return the checksum of some bytes."""
    crc = 0xFFFFFFFF
    whole = len(data) & ~3
    for (word,) in _WORDS.iter_unpack(data[:whole]):
        crc ^= word
        crc = _T3[crc & 0xFF] ^ _T2[(crc >> 8) & 0xFF] ^ _T1[(crc >> 16) & 0xFF] ^ _T0[crc >> 24]
    for byte in data[whole:]:
        crc = _T0[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF
