"""What becomes of the rows of a download that a planned fault has hit."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.calls import Response
from odps_bot.sandbox.maxcompute.tunnel.compression import DEFLATE
from odps_bot.sandbox.maxcompute.tunnel.rows import with_metrics

_ZEROS = bytes(1 << 20)


class DroppedError(Exception):
    """The connection ends here."""


@dataclass(frozen=True)
class WrongByte:
    """One bit of a byte is changed."""

    place: int

    def applied(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the changed stream."""
        position = 0
        for chunk in chunks:
            index = self.place - position
            position += len(chunk)
            if 0 <= index < len(chunk):
                yield chunk[:index] + bytes([chunk[index] ^ 1]) + chunk[index + 1 :]
            else:
                yield chunk


@dataclass(frozen=True)
class CutStream:
    """The rest is missing."""

    after_bytes: int
    is_dropped: bool

    def applied(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the beginning; raises `DroppedError` at the end of one that is not complete."""
        left = self.after_bytes
        for chunk in chunks:
            if len(chunk) >= left:
                yield chunk[:left]
                if self.is_dropped:
                    raise DroppedError
                return
            left -= len(chunk)
            yield chunk


@dataclass(frozen=True)
class ServerMetrics:
    """The footer of rows has metrics."""

    text: str

    def applied(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the stream with them."""
        return with_metrics(chunks, self.text)


StreamFault = WrongByte | CutStream | ServerMetrics


def bomb(size_bytes: int, beginning: bytes) -> Response:
    """Return a response that grows a thousandfold."""
    compressor = zlib.compressobj(9)
    starts = range(0, size_bytes, len(_ZEROS))
    parts = [compressor.compress(beginning)]
    parts += [compressor.compress(_ZEROS[: size_bytes - start]) for start in starts]
    parts.append(compressor.flush())
    return Response(
        content_type="application/octet-stream",
        headers={"Content-Encoding": DEFLATE},
        body=b"".join(parts),
    )
