"""The stream of pieces in which the tunnel sends Arrow, each with a checksum. Pure.

The length of all pieces but the last one comes first, 32 bits with the high byte first; then
pieces, each with its CRC32C; behind the last one, which is shorter, comes that of all together.
Source: PyODPS, `odps/tunnel/io/reader.py`.
"""

import struct
from collections.abc import Iterator

from odps_bot.maxcompute.errors import MalformedResponseError
from odps_bot.maxcompute.tunnel.checksum import crc32c, crc32c_joined

_LENGTH = struct.Struct(">I")

#: The tunnel sends 64 KiB; it is one piece that is in memory before its checksum is known.
_LONGEST_PIECE_BYTES = 4 * 1024 * 1024


class Pieces:
    """What the pieces contain, verified. Raises MalformedResponseError for a wrong checksum."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._received = bytearray()
        self._verified = bytearray()
        self._piece_bytes = 0
        self._checksum = 0
        self._has_ended = False

    def read(self, size: int) -> bytes:
        """Return so many bytes. Raises MalformedResponseError if the stream ends before."""
        while len(self._verified) < size:
            if self._has_ended:
                raise MalformedResponseError("The stream of Arrow ends early.")
            self._verify_next()
        with memoryview(self._verified) as verified:
            data = bytes(verified[:size])
        del self._verified[:size]
        return data

    def is_at_end(self) -> bool:
        """Return whether all has been read, and verified."""
        while not self._verified and not self._has_ended:
            self._verify_next()
        return not self._verified

    def _verify_next(self) -> None:
        if not self._piece_bytes:
            self._piece_bytes = _LENGTH.unpack(self._received_at_most(4).ljust(4, b"\0"))[0]
            if not 0 < self._piece_bytes <= _LONGEST_PIECE_BYTES:
                raise MalformedResponseError("The response is no stream of Arrow.")
        whole = self._received_at_most(self._piece_bytes + 4)
        if not whole:
            self._has_ended = True  # the number of rows is verified all the same
            return
        piece = whole[:-4]
        checksum = crc32c(piece)
        self._checksum = crc32c_joined(self._checksum, checksum, len(piece))
        if len(piece) < self._piece_bytes:
            self._has_ended = True
            checksum = self._checksum
        if len(whole) < 4 or _LENGTH.unpack(whole[-4:])[0] != checksum:  # noqa: PLR2004  -- its size
            raise MalformedResponseError("The checksum of a piece of Arrow is wrong.")
        self._verified += piece

    def _received_at_most(self, size: int) -> bytes:
        """Return so many bytes, or fewer at the end."""
        received = self._received
        while len(received) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            received += chunk
        with memoryview(received) as view:
            data = bytes(view[:size])
        del received[:size]
        return data
