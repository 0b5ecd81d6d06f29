"""How the tunnel frames an Arrow stream: pieces of one size, each with its checksum; pure.

The stream begins with the size. The last piece is shorter, maybe empty, and is followed by the
checksum of the whole instead of its own.
"""

import struct
from collections.abc import Iterable, Iterator

from odps_bot.sandbox.maxcompute.tunnel.checksum import crc32c

PIECE_BYTES = 65_536
_WORD = struct.Struct("!I")


def in_pieces(content: Iterable[bytes], *, size: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield the framed stream."""
    yield _WORD.pack(size)
    rest, whole = b"", 0
    for part in content:
        rest += part
        ready = len(rest) - len(rest) % size
        if not ready:
            continue
        chunk = []
        for start in range(0, ready, size):
            piece = rest[start : start + size]
            chunk += [piece, _WORD.pack(crc32c(piece))]
            whole = crc32c(piece, whole)
        rest = rest[ready:]
        yield b"".join(chunk)
    yield rest + _WORD.pack(crc32c(rest, whole))
