"""CRC32C, the checksum of the tunnel, https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4."""

import struct
from functools import cache

_POLYNOMIAL = 0x82F63B78  # reflected
_ALL_ONES = 0xFFFFFFFF


def crc32c(data: bytes, crc: int = 0) -> int:
    """Return the checksum of `data`, following data with the checksum `crc`."""
    pairs, last = divmod(len(data), 2)
    table = _table_of_pairs()
    crc ^= _ALL_ONES
    # Two bytes at a time: this loop takes most of a download's time.
    for pair in struct.unpack_from(f"<{pairs}H", data):
        crc = table[(crc ^ pair) & 0xFFFF] ^ (crc >> 16)
    if last:
        crc = _table_of_bytes()[(crc ^ data[-1]) & 0xFF] ^ (crc >> 8)
    return crc ^ _ALL_ONES


@cache
def _table_of_bytes() -> tuple[int, ...]:
    def entry(crc: int) -> int:
        for _ in range(8):
            crc = (crc >> 1) ^ (_POLYNOMIAL if crc & 1 else 0)
        return crc

    return tuple(entry(byte) for byte in range(256))


@cache
def _table_of_pairs() -> tuple[int, ...]:
    table = _table_of_bytes()
    return tuple(
        table[(table[pair & 0xFF] ^ (pair >> 8)) & 0xFF] ^ (table[pair & 0xFF] >> 8)
        for pair in range(1 << 16)
    )
